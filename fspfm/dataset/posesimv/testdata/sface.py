"""Scores verification sets with SFace as OpenCV runs it. For each .bin file: the true accept rates of its genuine pairs, once at the
thresholds that its own impostor pairs give, once at those of every first picture with every second one of other people (whose
pictures of one pair list share a person is known from the genuine pairs). Python 3.11, opencv-python 4.12.0.

    python sface.py face_recognition_sface_2021dec.onnx DIR/*.bin
"""

import os
import pickle
import sys

import cv2
import numpy as np

net = cv2.FaceRecognizerSF.create(sys.argv[1], "")
known = {}


def feature(data):
    if data not in known:
        v = net.feature(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))[0]
        known[data] = v / np.linalg.norm(v)
    return known[data]


def tar(genuine, impostors, far):
    threshold = np.sort(impostors)[::-1][int(far * len(impostors))]
    return 100 * np.mean(genuine > threshold)


for path in sys.argv[2:]:
    with open(path, "rb") as f:
        bins, same = pickle.load(f)
    same = np.array(same)
    a = np.array([feature(b) for b in bins[0::2]])
    b = np.array([feature(b) for b in bins[1::2]])
    scores = (a * b).sum(1)
    genuine, impostors = scores[same], scores[~same]
    a, b, tiles = a[same], b[same], len(same) // 2
    # Genuine pairs of one person lie side by side: people are recognised by their shots' number.
    shots = int(os.environ.get("SHOTS", "1"))
    person = np.arange(tiles) // shots
    cross = (a @ b.T)[person[:, None] != person[None, :]]
    print(
        "%-22s pairs %5d: TAR at FAR 0.01 %5.1f   all %8d: TAR at FAR 0.01 %5.1f, 0.001 %5.1f"
        % (os.path.basename(path), len(same), tar(genuine, impostors, 0.01), len(cross), tar(genuine, cross, 0.01), tar(genuine, cross, 0.001))
    )
