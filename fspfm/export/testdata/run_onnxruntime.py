"""Runs the exported files with ONNX Runtime, and keeps what comes out.

    python run_onnxruntime.py [FOLDER]

For every NAME.onnx in the folder (this one if none is given) there is NAME_inputs.safetensors, which the Go tests wrote with
-update or into the folder of -full. The outputs go to NAME_outputs.safetensors; versions are in its metadata. If NAME_ours.safetensors
is there (-full), the largest difference to it is printed.
"""
import glob
import os
import sys

import numpy as np
import onnx
import onnxruntime
import safetensors.numpy

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
for path in sorted(glob.glob(os.path.join(folder, "*.onnx"))):
    base = path[: -len(".onnx")]
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    inputs = safetensors.numpy.load_file(base + "_inputs.safetensors")
    names = [o.name for o in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, inputs)))
    single = dict(zip(names, session.run(names, {k: v[:1] for k, v in inputs.items()})))  # the batch is free
    for name in names:
        assert np.abs(outputs[name][:1] - single[name]).max() <= 1e-5 * np.abs(outputs[name]).max(), name
    safetensors.numpy.save_file(outputs, base + "_outputs.safetensors", metadata={"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__})
    os.chmod(base + "_outputs.safetensors", 0o644)
    print(os.path.basename(path), {k: v.shape for k, v in inputs.items()}, "->", {k: v.shape for k, v in outputs.items()})
    if os.path.exists(base + "_ours.safetensors"):
        ours = safetensors.numpy.load_file(base + "_ours.safetensors")
        for name in names:
            print(f"  {name}: largest difference {np.abs(outputs[name] - ours[name]).max():.2e}, largest value {np.abs(outputs[name]).max():.3g}")
