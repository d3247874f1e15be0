"""Writes the pickles that the tests read. Made with Python 3.11 and NumPy 2.x; the file names the versions.

    python pickles.py
"""
import collections
import json
import os
import pickle
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def value():
    shared = ["twice", b"\x00\xff"]
    return {
        "none": None, "yes": True, "no": False,
        "ints": [0, 255, 256, 65536, -1, 2**31, -(2**31) - 1, 2**63 - 1, -(2**63), 2**80, -(2**80)],
        "floats": [0.1, -1e300, 1e-300],
        "text": ["", "plain", "back\\slash 'quote' \"double\"\nnewline", "gr\u00fc\u00df \u4e2d \U0001f600"],
        "bytes": [b"", bytes(range(256)), b"x" * 300],
        "bytearray": bytearray(b"\x80abc"),
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
        "set": {7}, "frozenset": frozenset([8]),
        ("a", "tuple"): "key", 5: "five", b"k": "bytes key",
        "shared": [shared, shared],
        "long list": list(range(2000)),
    }


def arrays():
    rng = np.random.default_rng(42)
    return {
        "u1": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "f4": rng.normal(size=3).astype(np.float32),
        "big": np.arange(3, dtype=">i4"),
        "fortran": np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3)),
        "bools": np.array([True, False]),
        "empty": np.zeros((0, 4), np.uint8),
        "scalars": [np.bool_(True), np.int16(-5), np.uint64(9), np.float32(0.5), np.float64(0.25)],
    }


for protocol in range(6):
    for name, make in ("plain", value), ("numpy", arrays):
        with open(os.path.join(HERE, f"{name}{protocol}.pkl"), "wb") as f:
            pickle.dump(make(), f, protocol=protocol)
with open(os.path.join(HERE, "versions.json"), "w") as f:
    json.dump({"python": sys.version.split()[0], "numpy": np.__version__}, f)
