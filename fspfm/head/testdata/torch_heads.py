"""Writes values and all gradients of FSPFM (eq. 1) and of the attention module as PyTorch computes them.

    python -m venv venv
    venv/bin/pip install torch==2.13.0 numpy
    venv/bin/python torch_heads.py

The networks are written here from the paper's text, independently of the Go code, with torch.nn's layers and autograd. Linear weights
are written as [inputs, outputs], the transpose of PyTorch's.
"""
import json
import pathlib

import torch
from torch import nn

assert torch.__version__.split("+")[0] == "2.13.0", torch.__version__
D, POSE, HIDDEN, POSE_HIDDEN, BATCH = 6, 5, 7, 4, 3


class Module(nn.Module):
    def __init__(self, blocks, gate, norm, stats):
        super().__init__()
        self.t = nn.ModuleList(nn.Sequential(nn.Linear(D, HIDDEN), nn.PReLU(HIDDEN), nn.Linear(HIDDEN, D)) for _ in range(blocks))
        self.p = nn.ModuleList(nn.Sequential(nn.Linear(POSE, POSE_HIDDEN), nn.ReLU(), nn.Linear(POSE_HIDDEN, D), gate) for _ in range(blocks))
        self.norm = norm
        if stats:
            self.register_buffer("mean", torch.randn(POSE))
            self.register_buffer("std", torch.rand(POSE) + 0.5)
        self.stats = stats

    def forward(self, f, p):
        if self.stats:
            p = (p - self.mean) / self.std
        scale = f.norm(dim=1, keepdim=True) / D**0.5 if self.norm else 1.0
        return f + scale * sum(t(f / scale) * q(p) for t, q in zip(self.t, self.p))

    def named(self):
        for k, (t, p) in enumerate(zip(self.t, self.p), 1):
            yield f"t{k}/fc1", t[0]
            yield f"t{k}/prelu", t[1]
            yield f"t{k}/fc2", t[2]
            yield f"p{k}/fc1", p[0]
            yield f"p{k}/fc2", p[2]


class Attention(nn.Module):
    def __init__(self, form, norm):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(D, HIDDEN), nn.Linear(HIDDEN, D)
        self.form, self.norm = form, norm

    def forward(self, f):
        if self.norm:
            f = f / f.norm(dim=1, keepdim=True) * D**0.5
        w = torch.sigmoid(self.fc2(torch.relu(self.fc1(f))))
        return {"mean-one": w / w.mean(dim=1, keepdim=True), "plain": w, "residual": 1 + w}[self.form]

    def named(self):
        yield "fc1", self.fc1
        yield "fc2", self.fc2


def dump(net, inputs, prefix, out):
    """One pass forwards and backwards, in both dtypes, from the same numbers."""
    weights = torch.randn(BATCH, D, dtype=torch.float64)
    for dtype, name in ((torch.float64, "Float64"), (torch.float32, "Float32")):

        def put(key, tensor):
            out.append({"name": f"{prefix}/{name.lower()}/{key}", "dtype": name, "dims": list(tensor.shape),
                        "values": tensor.detach().double().flatten().tolist()})

        net = net.to(dtype)
        net.zero_grad()
        x = [t.to(dtype).clone().requires_grad_() for t in inputs]
        value = net(*x)
        (value * weights.to(dtype)).sum().backward()
        put("value", value)
        put("weights", weights.to(dtype))
        for i, t in enumerate(x):
            put(f"input{i}", t)
            put(f"d/input{i}", t.grad)
        for path, layer in net.named():
            for key, parameter in layer.named_parameters():
                turn = (lambda t: t.T) if parameter.dim() == 2 else (lambda t: t)
                put(f"{path}/{key}", turn(parameter))
                put(f"d/{path}/{key}", turn(parameter.grad))
        for key, buffer in net.named_buffers():
            put(f"pose/{key}", buffer)


def shaken(net):
    """Slopes of PReLU differ too, and every number is exact in float32, so that both dtypes begin at the same point."""
    net = net.double()
    with torch.no_grad():
        for p in net.parameters():
            p += 0.2 * torch.randn_like(p)
            p.copy_(p.float())
        for b in net.buffers():
            b.copy_(b.float())
    return net


def main():
    torch.manual_seed(42)
    out = []
    f = torch.randn(BATCH, D).double()
    p = torch.randn(BATCH, POSE).double()
    for name, net in (("default", Module(2, nn.Sigmoid(), True, True)), ("letter", Module(2, nn.Sigmoid(), False, False)),
                      ("tanh", Module(1, nn.Tanh(), True, False))):
        dump(shaken(net), [f, p], f"module/{name}", out)
    for form, norm in (("mean-one", True), ("plain", False), ("residual", True)):
        dump(shaken(Attention(form, norm)), [f], f"attention/{form}", out)
    text = "[\n" + ",\n".join(json.dumps(t) for t in out) + "\n]\n"
    (pathlib.Path(__file__).parent / "torch_heads.json").write_text(text)


main()
