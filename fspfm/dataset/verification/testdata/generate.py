"""Writes verification sets of three pairs in the protocols of the Python that runs it. Made with Python 2.7.18 (protocols 0 to 2), and
with Python 3.11 and NumPy 2.2.6 (protocols 0 to 5, and arrays).

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
