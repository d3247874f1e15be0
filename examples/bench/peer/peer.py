"""One of the programs that examples/bench compares the engines with.

It speaks JSON lines. Standard input carries one request per line, standard output one answer per line:

    {"load": model, "inputs": [{"name", "path", "shape"}], "output": path, "threads": n}
        loads an ONNX model, runs it once, writes its output as raw little-endian float32 -> {"version", "shape"}
    {"load": "", "photos": {"detector", "recognizer", "paths"}, "output": path, "threads": n}
        reads the photos; what is run and timed is to find the first face of each, to align and to embed it -> the same
    {"load": "", "search": {"features", "queries", "length", "k"}, "output": path, "threads": n}
        reads features and queries as raw little-endian float32; what is run and timed is to find the k nearest features of
        all queries by IndexFlatIP; the output are their numbers -> the same
    {"run": calls, "seconds": limit}
        runs it again, at least once and until either bound is reached -> {"ms": [time of each call]}

An answer {"error": text} says what went wrong. The only argument is the name of the peer: onnxruntime, torch, opencv or faiss.
"""

import json
import sys
import time

import numpy as np


def open_onnxruntime(model, inputs, threads):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return ort.__version__, lambda: session.run(None, inputs)[0]


def open_torch(model, inputs, threads):
    import torch

    from torch_graph import Graph

    torch.set_num_threads(threads)
    graph = Graph(model)
    tensors = {name: graph.image_layout(torch.from_numpy(value)) for name, value in inputs.items()}

    def call():
        with torch.inference_mode():
            return graph(tensors).numpy()

    return torch.__version__, call


def open_opencv(photos, threads):
    import cv2

    cv2.setNumThreads(threads)
    detector = cv2.FaceDetectorYN.create(photos["detector"], "", (320, 320))
    recognizer = cv2.FaceRecognizerSF.create(photos["recognizer"], "")
    images = [cv2.imread(path) for path in photos["paths"]]

    def embed(image):
        detector.setInputSize((image.shape[1], image.shape[0]))
        face = detector.detect(image)[1][0]
        return recognizer.feature(recognizer.alignCrop(image, face)).ravel()

    def call():
        features = np.stack([embed(image) for image in images])
        return features / np.linalg.norm(features, axis=1, keepdims=True)

    return cv2.__version__, call


def open_faiss(search, threads):
    import faiss

    faiss.omp_set_num_threads(threads)
    features, queries = (np.fromfile(search[name], dtype="<f4").reshape(-1, search["length"]) for name in ("features", "queries"))
    index = faiss.IndexFlatIP(search["length"])
    index.add(features)
    return faiss.__version__, lambda: index.search(queries, search["k"])[1]


PEERS = {"onnxruntime": open_onnxruntime, "torch": open_torch}


def load(peer, request):
    if "photos" in request:
        version, call = open_opencv(request["photos"], request["threads"])
    elif "search" in request:
        version, call = open_faiss(request["search"], request["threads"])
    else:
        inputs = {i["name"]: np.fromfile(i["path"], dtype="<f4").reshape(i["shape"]) for i in request["inputs"]}
        version, call = PEERS[peer](request["load"], inputs, request["threads"])
    output = np.ascontiguousarray(call())
    output.astype("<f4").tofile(request["output"])
    return call, {"version": version, "shape": list(output.shape)}


def run(call, request):
    times, start = [], time.perf_counter()
    while not times or (len(times) < request["run"] and time.perf_counter() - start < request["seconds"]):
        begin = time.perf_counter()
        call()
        times.append((time.perf_counter() - begin) * 1e3)
    return {"ms": times}


def main():
    peer, call = sys.argv[1], None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "load" in request:
                call = None  # frees the model before the next one is loaded
                call, answer = load(peer, request)
            else:
                answer = run(call, request)
        except Exception as error:  # the Go side reports it and goes on with the other contestants
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
