"""Reads verification sets as InsightFace's tools do, decodes their pictures with OpenCV and prints what they hold. Python 3.11,
opencv-python-headless 4.12.0.

    python read.py FILE.bin...
"""

import hashlib
import pickle
import sys

import cv2
import numpy as np

for path in sys.argv[1:]:
    with open(path, "rb") as f:
        data = f.read()
    try:
        bins, same = pickle.loads(data)
    except UnicodeDecodeError:
        bins, same = pickle.loads(data, encoding="bytes")
    assert len(bins) == 2 * len(same)
    shapes = set()
    for b in bins:
        picture = cv2.imdecode(np.frombuffer(b, np.uint8), cv2.IMREAD_COLOR)
        shapes.add(picture.shape)
    print(path, len(same), "pairs,", sum(same), "of one person, pictures", shapes, hashlib.sha256(data).hexdigest()[:16])
