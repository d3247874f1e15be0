"""Writes verification sets of three pairs in the protocols of the Python that runs it. Made with Python 2.7.18 (protocols 0 to 2), and
with Python 3.11 and NumPy 2.4.6 (protocols 0 to 5, and arrays).

    python2 generate.py; python3 generate.py
"""

import os
import pickle
import sys

os.chdir(os.path.dirname(os.path.abspath(__file__)))
major = sys.version_info[0]
pictures = []
for k in range(3):
    with open("../../recordio/testdata/faces/%d.jpg" % k, "rb") as f:
        pictures.append(f.read())
bins = [pictures[k] for k in (0, 1, 1, 1, 2, 0)]
same = [False, True, False]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    with open("python%d-protocol%d.bin" % (major, protocol), "wb") as f:
        pickle.dump((bins, same), f, protocol)
if major == 3:
    import numpy as np

    arrays = [np.frombuffer(b, np.uint8) for b in bins]
    with open("arrays.bin", "wb") as f:
        pickle.dump((arrays, np.array(same)), f, 4)
    with open("mixed.bin", "wb") as f:
        pickle.dump([tuple(bytearray(b) for b in bins), [np.bool_(s) if k else int(s) for k, s in enumerate(same)]], f, 2)

    def objects(items, *shape):
        a = np.empty(len(items), object)
        a[:] = items
        return a.reshape(shape)

    # What trees of InsightFace and its forks hold beside lists of bytes: columns, arrays of objects, objects of one element, fixed lengths.
    with open("columns.bin", "wb") as f:
        pickle.dump(([a.reshape(-1, 1) if k % 2 else a.reshape(1, -1) for k, a in enumerate(arrays)], np.array(same).reshape(-1, 1)), f, 4)
    with open("objects.bin", "wb") as f:
        pickle.dump((objects(bins, len(bins), 1), objects(same, len(same))), f, 3)
    with open("object-arrays.bin", "wb") as f:
        pickle.dump(objects([objects(arrays, len(arrays)), same], 2), f, 5)
    with open("wrapped.bin", "wb") as f:
        pickle.dump(([objects([b]) if k % 2 else objects([b], 1) for k, b in enumerate(bins)], same), f, 4)
    with open("strings.bin", "wb") as f:
        pickle.dump((np.array(bins), same), f, 2)
    with open("string-scalars.bin", "wb") as f:
        pickle.dump(([np.bytes_(b) for b in bins], same), f, 4)
