"""Writes damaged files made of those one folder up, and what OpenCV makes of them.

    python -m venv venv
    venv/bin/pip install opencv-python-headless==5.0.0.93
    venv/bin/python make.py

NAME.want.png is what cv2.imread gives for NAME.
"""
import pathlib
import random

import cv2

HERE = pathlib.Path(__file__).parent


def save(name, data):
    (HERE / name).write_bytes(data)
    got = cv2.imread(str(HERE / name), cv2.IMREAD_COLOR)
    cv2.imwrite(str(HERE / (name + ".want.png")), got)


def source(name):
    return (HERE.parent / name).read_bytes()


def flipped(data, start, seed, count=3):
    """Some bytes behind start are replaced by others, none of them or of what they replace 255."""
    out, rng = bytearray(data), random.Random(seed)
    while count:
        at = rng.randrange(start, len(out) - 2)
        if out[at] != 0xFF and out[at - 1] != 0xFF:
            out[at], count = rng.randrange(255), count - 1
    return bytes(out)


for kind in ("420", "422", "444"):
    data = source(f"baseline_{kind}.jpg")
    save(f"cut_{kind}.jpg", data[: len(data) * 6 // 10])
    save(f"no_end_{kind}.jpg", data[:-2])
data = source("grey.jpg")
save("cut_grey.jpg", data[: len(data) * 8 // 10])
# In its last scan; of one cut earlier, OpenCV shows something smoother than what is there.
data = source("progressive_420.jpg")
save("cut_progressive.jpg", data[:-30])
data = source("baseline_restart.jpg")
scan = data.index(b"\xff\xda") + 20
at = data.index(b"\xff\xd2")
save("restart_lost.jpg", data[: at - 5] + data[at + 9 :])
save("restart_cut.jpg", data[: at + 40])
for seed in range(4):
    save(f"restart_flipped_{seed}.jpg", flipped(data, scan, seed))
data = source("baseline_444.jpg")
for seed in range(2):
    save(f"flipped_{seed}.jpg", flipped(data, data.index(b"\xff\xda") + 20, 10 + seed))
