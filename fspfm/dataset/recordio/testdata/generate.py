"""Writes the sets of this folder byte by byte, after MXNet's and dmlc-core's description of the format. Where mxnet can be imported, it
writes them again with mxnet.recordio and compares. Made with Python 3.11, opencv-python-headless 4.12.0, and compared with
mxnet 1.9.1 (numpy 1.23).

    python generate.py          # writes
    python generate.py compare  # compares what lies here with what mxnet writes
"""

import os
import struct
import sys

MAGIC = struct.pack("<I", 0xCED7230A)


class Struct:
    """Writes records with struct alone."""

    def __init__(self, base):
        self.rec, self.idx = open(base + ".rec", "wb"), open(base + ".idx", "w")

    def write(self, key, label, image, number):
        if isinstance(label, list):
            head = struct.pack("<IfQQ", len(label), 0, number, 0) + struct.pack("<%df" % len(label), *label)
        else:
            head = struct.pack("<IfQQ", 0, label, number, 0)
        self.idx.write("%d\t%d\n" % (key, self.rec.tell()))
        payload, parts, start = head + image, [], 0
        for i in range(0, len(payload) - 3, 4):
            if payload[i : i + 4] == MAGIC:
                parts.append(payload[start:i])
                start = i + 4
        parts.append(payload[start:])
        for k, part in enumerate(parts):
            kind = 0 if len(parts) == 1 else 1 if k == 0 else 3 if k == len(parts) - 1 else 2
            self.rec.write(MAGIC + struct.pack("<I", kind << 29 | len(part)) + part + bytes(-len(part) % 4))

    def close(self):
        self.rec.close()
        self.idx.close()


class MXNet:
    def __init__(self, base):
        import mxnet as mx

        self.mx, self.rec = mx, mx.recordio.MXIndexedRecordIO(base + ".idx", base + ".rec", "w")

    def write(self, key, label, image, number):
        header = self.mx.recordio.IRHeader(0, label, number, 0)
        self.rec.write_idx(key, self.mx.recordio.pack(header, image))

    def close(self):
        self.rec.close()


def image(k, n=0, tail=b""):
    """The JPEGs differ in their first pixel; what follows a JPEG's end is ignored by all decoders."""
    with open("faces/%d.jpg" % (k % 3), "rb") as f:
        return f.read() + bytes(range(1, n + 1)) + tail


def insight(writer):
    """Three identities with 4, 0 and 3 faces; the last face is of no identity's range."""
    w = writer
    w.write(0, [9.0, 12.0], b"", 0)
    align = -(24 + len(image(0))) % 4
    faces = [
        (0, image(0)),
        (0, image(1, 1)),
        (0, image(2, 2)),
        (0, image(0, 3)),
        (2, image(0, align, MAGIC)),  # ends with the magic
        (2, image(0, align, b"abcd" + MAGIC + b"xy")),  # once, within
        (2, image(0, align, MAGIC + MAGIC + b"a" + MAGIC + b"bcd" + MAGIC)),  # twice, once off the grid, once at the end
        (3, image(1)),
    ]
    for k, (label, data) in enumerate(faces):
        w.write(k + 1, float(label), data, k + 1)
    for k, (a, b) in enumerate([(1, 5), (5, 5), (5, 8)]):
        w.write(9 + k, [float(a), float(b)], b"", 9 + k)
    w.close()


def vectors(writer):
    """im2rec's layout, keys not in order, vectors of all kinds."""
    w = writer
    nan = float("nan")
    points = [38.0, 52.0, 74.0, 51.0, 60.0, 72.0, 42.0, 92.0, 71.0, 93.0]
    w.write(7, [1.0, 45.0, -5.0, 2.5], image(0), 7)
    w.write(0, [0.0], image(1), 0)
    w.write(3, [1.0, 0.5, 0.25], image(2), 3)
    w.write(2, [0.0, -60.0, 10.0, 0.0] + points + [10.0, 5.0, 100.0, 110.0, 1.0 + 2 + 8], image(0), 2)
    w.write(1, [2.0, nan, nan, nan] + points, image(1), 1)
    w.write(4, 2.0, image(2), 4)
    w.close()


SETS = {"insight": insight, "vectors": vectors}

if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    if sys.argv[1:] == ["compare"]:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            for name, make in SETS.items():
                make(MXNet(os.path.join(folder, name)))
                for ext in (".rec", ".idx"):
                    with open(name + ext, "rb") as a, open(os.path.join(folder, name + ext), "rb") as b:
                        assert a.read() == b.read(), name + ext
                print(name, "equals what mxnet writes")
        sys.exit()
    import cv2
    import numpy as np

    os.makedirs("faces", exist_ok=True)
    for k in range(3):
        picture = np.full((112, 112, 3), (40 * k, 100, 200 - 50 * k), np.uint8)
        picture[:8, :8] = 255 - 80 * k
        cv2.imwrite("faces/%d.jpg" % k, picture)
    for name, make in SETS.items():
        make(Struct(name))
    with open("property", "w") as f:
        f.write("5,112,112\n")
