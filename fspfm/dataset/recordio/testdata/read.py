"""Reads a set that this package wrote, with MXNet's reader and InsightFace's rules, and prints what it holds. Run with mxnet 1.9.1,
numpy 1.23 and opencv-python-headless.

    python read.py PATH/train
"""

import sys

import cv2
import mxnet as mx
import numpy as np

base = sys.argv[1]
rec = mx.recordio.MXIndexedRecordIO(base + ".idx", base + ".rec", "r")
zero, _ = mx.recordio.unpack(rec.read_idx(0))
assert zero.flag > 0
first, end = int(zero.label[0]), int(zero.label[1])
classes = {}
for key in range(first, end):
    header, _ = mx.recordio.unpack(rec.read_idx(key))
    for face in range(int(header.label[0]), int(header.label[1])):
        classes[face] = key - first
for key in range(1, first):
    header, data = mx.recordio.unpack(rec.read_idx(key))
    label = np.atleast_1d(header.label)
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (112, 112, 3) and int(label[0]) == classes[key]
    if key % max(1, first // 5) == 0:
        print(key, "class", int(label[0]), "labels", len(label), "yaw", label[1] if len(label) > 1 else None, picture.mean().round(1))
print(first - 1, "faces of", end - first, "identities")
