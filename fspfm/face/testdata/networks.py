"""Writes small detection networks with the outputs of SCRFD and RetinaFace, a picture, and what the published decoding
makes of them.

    python -m venv venv
    venv/bin/pip install onnx==1.23.2 onnxruntime==1.32.0 opencv-python-headless==4.12.0.88
    venv/bin/python networks.py

The networks find nothing sensible: their weights are random. Their layers' shapes, and the order and layout of their outputs,
are those of the real ones. The decoding is written here from its publications, independently of the Go code.
"""
import json
import pathlib

import cv2
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
STRIDES = (8, 16, 32)
WIDTH, HEIGHT = 160, 96  # of the fixed inputs
rng = np.random.default_rng(42)


class Net:
    """Average pooling to the stride, then one 1x1 convolution per output."""

    def __init__(self):
        self.nodes, self.weights, self.outputs, self.count = [], [], [], 0

    def add(self, op, inputs, **attributes):
        self.count += 1
        name = f"t{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [name], name=f"{op}_{self.count}", **attributes))
        return name

    def weight(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def head(self, x, channels, spread, bias):
        w = self.weight((rng.normal(size=(channels, 3, 1, 1)) * spread).astype(np.float32))
        b = self.weight((rng.normal(size=channels) * spread + bias).astype(np.float32))
        return self.add("Conv", [x, w, b], kernel_shape=[1, 1])

    def rows(self, x, shape):
        """[1, anchors * k, h, w] to rows of k, cell by cell."""
        x = self.add("Transpose", [x], perm=[0, 2, 3, 1])
        return self.add("Reshape", [x, self.weight(np.array(shape, np.int64))])

    def save(self, name, order):
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
            [helper.make_tensor_value_info(o, TensorProto.FLOAT, shape) for o, shape in order],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
        onnx.checker.check_model(model)
        onnx.save(model, HERE / name)


def scrfd(name, points):
    net, outs = Net(), ([], [], [])
    for s in STRIDES:
        x = net.add("AveragePool", ["input.1"], kernel_shape=[s, s], strides=[s, s])
        outs[0].append(net.add("Sigmoid", [net.rows(net.head(x, 2, 2.0, -1.0), [-1, 1])]))
        outs[1].append(net.rows(net.head(x, 8, 0.5, 2.0), [-1, 4]))
        if points:
            outs[2].append(net.rows(net.head(x, 20, 1.0, 0.0), [-1, 10]))
    net.save(name, [(o, [None, k]) for kind, k in zip(outs, (1, 4, 10)) for o in kind])


def retinaface(name):
    net, outs = Net(), ([], [], [])
    for s in STRIDES:
        x = net.add("AveragePool", ["input.1"], kernel_shape=[s, s], strides=[s, s])
        x = net.add("Mul", [x, net.weight(np.float32([1 / 64]))])  # its inputs are not scaled
        for out, k, spread in zip(outs, (4, 2, 10), (1.0, 2.0, 1.0)):
            out.append(net.rows(net.head(x, 2 * k, spread, 0.0), [1, -1, k]))
    boxes, scores, points = (net.add("Concat", o, axis=1) for o in outs)
    scores = net.add("Softmax", [scores], axis=2)
    net.save(name, [(o, [1, None, k]) for o, k in ((boxes, 4), (scores, 2), (points, 10))])


def classifier(name):
    """No detector: two outputs."""
    net = Net()
    x = net.add("AveragePool", ["input.1"], kernel_shape=[32, 32], strides=[32, 32])
    net.save(name, [(net.rows(net.head(x, k, 1.0, 0.0), [-1, k]), [None, k]) for k in (2, 3)])


def nms(dets, limit):
    """py_cpu_nms, as in RetinaFace and InsightFace."""
    x1, y1, x2, y2 = dets[:, 0], dets[:, 1], dets[:, 2], dets[:, 3]
    areas = (x2 - x1 + 1) * (y2 - y1 + 1)
    order, keep = np.argsort(-dets[:, 4], kind="stable"), []
    while order.size:
        i, rest = order[0], order[1:]
        keep.append(i)
        w = np.maximum(0, np.minimum(x2[i], x2[rest]) - np.maximum(x1[i], x1[rest]) + 1)
        h = np.maximum(0, np.minimum(y2[i], y2[rest]) - np.maximum(y1[i], y1[rest]) + 1)
        order = rest[w * h / (areas[i] + areas[rest] - w * h) <= limit]
    return keep


def finish(boxes, scores, points, threshold, limit):
    chosen = scores >= threshold
    dets = np.column_stack([boxes, scores])[chosen].astype(np.float64)
    points = points[chosen]
    faces = []
    for i in nms(dets, limit):
        x1, y1, x2, y2, score = dets[i].tolist()
        faces.append({"box": [x1, y1, x2 - x1, y2 - y1], "landmarks": points[i].reshape(-1, 2).tolist(), "score": score})
    return faces


def run(name, blob):
    session = onnxruntime.InferenceSession(str(HERE / name), providers=["CPUExecutionProvider"])
    return session.run(None, {"input.1": blob})


def scrfd_faces(name, image, points):
    blob = cv2.dnn.blobFromImage(image, 1 / 128, (WIDTH, HEIGHT), (127.5, 127.5, 127.5), swapRB=True)
    outs = run(name, blob)
    boxes, scores, marks = [], [], []
    for i, s in enumerate(STRIDES):
        y, x = np.mgrid[: HEIGHT // s, : WIDTH // s]
        centers = np.repeat((np.stack([x, y], -1) * s).reshape(-1, 2), 2, axis=0)
        d = outs[i + 3] * s
        boxes.append(np.concatenate([centers - d[:, :2], centers + d[:, 2:]], axis=1))
        scores.append(outs[i][:, 0])
        marks.append((centers[:, None] + outs[i + 6].reshape(-1, 5, 2) * s) if points else np.zeros((len(d), 5, 2)))
    return finish(np.concatenate(boxes), np.concatenate(scores), np.concatenate(marks), 0.5, 0.4)


def retinaface_faces(name, image):
    blob = (image.astype(np.float32) - (104, 117, 123)).astype(np.float32).transpose(2, 0, 1)[None]
    loc, conf, landms = (o[0] for o in run(name, blob))
    priors = []
    for s, sizes in zip(STRIDES, ((16, 32), (64, 128), (256, 512))):
        for i in range(-(-HEIGHT // s)):
            for j in range(-(-WIDTH // s)):
                priors += [((j + 0.5) * s / WIDTH, (i + 0.5) * s / HEIGHT, m / WIDTH, m / HEIGHT) for m in sizes]
    priors = np.array(priors)
    boxes = np.concatenate([priors[:, :2] + loc[:, :2] * 0.1 * priors[:, 2:], priors[:, 2:] * np.exp(loc[:, 2:] * 0.2)], axis=1)
    boxes[:, :2] -= boxes[:, 2:] / 2
    boxes[:, 2:] += boxes[:, :2]
    marks = priors[:, None, :2] + landms.reshape(-1, 5, 2) * 0.1 * priors[:, None, 2:]
    size = np.array([WIDTH, HEIGHT])
    return finish(boxes * np.tile(size, 2), conf[:, 1], marks * size, 0.6, 0.4)


if __name__ == "__main__":
    coarse = rng.integers(0, 256, (12, 20, 3), dtype=np.uint8)
    picture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(HERE / "scene.png"), picture)
    scrfd("scrfd.onnx", True)
    scrfd("scrfd_without_points.onnx", False)
    retinaface("retinaface.onnx")
    classifier("classifier.onnx")
    faces = {
        "scrfd.onnx": scrfd_faces("scrfd.onnx", picture, True),
        "scrfd_without_points.onnx": scrfd_faces("scrfd_without_points.onnx", picture, False),
        "retinaface.onnx": retinaface_faces("retinaface.onnx", picture),
    }
    for name, found in faces.items():
        print(name, len(found), "faces")
        assert 5 <= len(found) <= 500
    rounded = json.loads(json.dumps(faces), parse_float=lambda v: round(float(v), 5))
    (HERE / "networks.json").write_text(json.dumps(rounded).replace('{"box"', '\n{"box"') + "\n")
