"""Runs the ONNX files that examples/bench writes with PyTorch: only the operators and attributes that occur there."""

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper


def same_padding(pads):
    """Symmetric padding of a 2-D operator: [top, left, bottom, right] -> (top, left)."""
    if pads[:2] != pads[2:]:
        raise ValueError(f"padding {pads} is not symmetric")
    return tuple(pads[:2])


OPS = {
    "Add": lambda a, x, y: x + y,
    "Mul": lambda a, x, y: x * y,
    "Exp": lambda a, x: x.exp(),
    "Tanh": lambda a, x: x.tanh(),
    "Sigmoid": lambda a, x: x.sigmoid(),
    "Softmax": lambda a, x: x.softmax(a["axis"]),
    "MatMul": lambda a, x, y: x @ y,
    "Transpose": lambda a, x: x.permute(a["perm"]).contiguous(),
    "ReduceSum": lambda a, x, axes: x.sum(axes.tolist(), keepdim=bool(a["keepdims"])),
    "ReduceMax": lambda a, x, axes: x.amax(axes.tolist(), keepdim=bool(a["keepdims"])),
    "Flatten": lambda a, x: x.flatten(1),
    "Gemm": lambda a, x, w, b=None: F.linear(x, w, b),
    "PRelu": lambda a, x, slope: F.prelu(x, slope.flatten()),
    "BatchNormalization": lambda a, x, w, b, m, v: F.batch_norm(x, m, v, w, b, False, 0.0, a["epsilon"]),
    "MaxPool": lambda a, x: F.max_pool2d(x, a["kernel_shape"], a["strides"], same_padding(a["pads"])),
    "Conv": lambda a, x, w, b=None: F.conv2d(x, w, b, a["strides"], same_padding(a["pads"]), 1, a["group"]),
}


class Graph:
    def __init__(self, path):
        graph = onnx.load(path).graph
        self.nodes = [(OPS[n.op_type], {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}, list(n.input), n.output[0])
                      for n in graph.node]
        self.constants = {i.name: self.image_layout(torch.from_numpy(numpy_helper.to_array(i).copy())) for i in graph.initializer}
        self.output = graph.output[0].name

    @staticmethod
    def image_layout(tensor):
        """Images and kernels are kept channels-last, the layout in which PyTorch's CPU convolutions are fastest."""
        return tensor.contiguous(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor

    def __call__(self, inputs):
        values = {**self.constants, **inputs}
        for op, attributes, names, output in self.nodes:
            values[output] = op(attributes, *[values[name] for name in names])
        return values[self.output]
