"""Writes what PyTorch computes for the networks of package backbone, for its tests to compare with.

    python reference.py
    python reference.py own    # how far PyTorch's own float32 is from its float64

Made with PyTorch 2.13.0 and torchvision 0.28.0 on a CPU, Python 3.11. The networks are written anew here, after their published
descriptions, with the published names of modules; of others' code only torch is used. Inputs and parameters come from
the generator below, which package internal/pytorch has too: no weights are stored. The fixtures are golden.Fixtures in float64,
all tensors in PyTorch's order of axes:

    inference              value in evaluation mode, before the step
    value, loss            of the training step; the loss is the sum of value times weights drawn as "loss"
    gradient/NAME          of the loss by each parameter, and by "input"
    running/NAME           running statistics after the step

The gradient by the input, and all tensors of networks at full width, are there as summaries only, as "summary/" and the name: see summary.
"""

import json
import math
import os
import sys

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)


def draw(name, count):
    """Numbers in [0, 1): SplitMix64, started from the FNV-1a hash of a name."""
    h = 0xCBF29CE484222325
    for c in name.encode():
        h = (h ^ c) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) / 2**53


def even(name, *shape):
    """Numbers in [-1, 1) in a tensor."""
    return torch.from_numpy(2 * draw(name, math.prod(shape)) - 1).reshape(shape).to(torch.get_default_dtype())


def fill(net):
    """Gives every parameter and running statistic its value, by its name and shape."""
    for name, v in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        u = torch.from_numpy(draw(name, v.numel())).reshape(v.shape)
        if v.dim() > 1:
            values = (2 * u - 1) * math.sqrt(6 / math.prod(v.shape[1:]))
        elif name.endswith("weight") or name.endswith("running_var"):
            values = 0.25 + 0.5 * u
        else:
            values = 0.2 * (u - 0.5)
        v.copy_(values)


def summary(t):
    """Sum, Euclidean norm, greatest magnitude, and the elements at 0, 1/3, 2/3 and the end."""
    t = t.detach().reshape(-1)
    n = t.numel()
    at = [0, n // 3, 2 * n // 3, n - 1]
    return torch.cat([torch.stack([t.sum(), t.norm(), t.abs().max()]), t[at]])


def summaries(tensors):
    return {"summary/" + name: summary(t) for name, t in tensors.items()}


def small(tensors):
    """Everything but the input's gradient, and of that a summary."""
    slope = tensors.pop("gradient/input")
    return tensors | summaries({"gradient/input": slope})


def step(net, batch, size, loss):
    """One training step; loss takes what the network returns to (loss, value)."""
    fill(net)
    x = even("input", batch, 3, size, size).requires_grad_()
    out = {}
    net.eval()
    with torch.no_grad():
        out["inference"] = loss(net(x))[1]
    net.train()
    value, out["value"] = loss(net(x))
    value.backward()
    out["loss"] = value
    out["gradient/input"] = x.grad
    for name, p in net.named_parameters():
        if p.requires_grad:
            out["gradient/" + name] = p.grad
    for name, b in net.named_buffers():
        if not name.endswith("num_batches_tracked"):
            out["running/" + name] = b
    return out


def write(path, tensors):
    lines = []
    for name, t in tensors.items():
        t = t.detach()
        values = ",".join("%.13g" % v for v in t.reshape(-1).tolist())
        lines.append('{"name":%s,"dtype":"Float64","dims":%s,"values":[%s]}' % (json.dumps(name), json.dumps(list(t.shape)), values))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), path), "w") as f:
        f.write("[\n" + ",\n".join(lines) + "\n]\n")


def weighted(value):
    """The loss of the networks that have none of their own."""
    return (value * even("loss", *value.shape)).sum(), value


def conv(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class IBlock(nn.Module):
    """Block of IResNet: normalisation first, nothing after the sum."""

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = conv(inputs, planes, 3)
        self.bn2 = nn.BatchNorm2d(planes)
        self.prelu = nn.PReLU(planes)
        self.conv2 = conv(planes, planes, 3, stride)
        self.bn3 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(conv(inputs, planes, 1, stride), nn.BatchNorm2d(planes))

    def forward(self, x):
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + (x if self.downsample is None else self.downsample(x))


class IResNet(nn.Module):
    def __init__(self, blocks, width, size, features):
        super().__init__()
        self.stages = len(blocks)
        inputs = round(64 * width)
        self.conv1, self.bn1, self.prelu = conv(3, inputs, 3), nn.BatchNorm2d(inputs), nn.PReLU(inputs)
        for i, count in enumerate(blocks):
            planes = round(width * 64 * 2**i)
            stage = [IBlock(inputs if j == 0 else planes, planes, 2 if j == 0 else 1) for j in range(count)]
            setattr(self, f"layer{i + 1}", nn.Sequential(*stage))
            inputs, size = planes, (size + 1) // 2
        self.bn2 = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs * size * size, features)
        self.features = nn.BatchNorm1d(features)
        self.features.weight.requires_grad = False

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.features(self.fc(self.bn2(x).flatten(1)))


class ConvBlock(nn.Module):
    """Convolution, normalisation, and PReLU unless linear."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1, linear=False, pad=None):
        super().__init__()
        c = conv(inputs, outputs, kernel, stride, groups)
        if pad is not None:
            c.padding = (pad, pad)
        self.layers = nn.Sequential(c, nn.BatchNorm2d(outputs))
        if not linear:
            self.layers.append(nn.PReLU(outputs))

    def forward(self, x):
        return self.layers(x)


class Depthwise(nn.Module):
    def __init__(self, inputs, outputs, inner, stride, residual):
        super().__init__()
        self.residual = residual
        self.layers = nn.Sequential(
            ConvBlock(inputs, inner, 1), ConvBlock(inner, inner, 3, stride, groups=inner), ConvBlock(inner, outputs, 1, linear=True)
        )

    def forward(self, x):
        y = self.layers(x)
        return x + y if self.residual else y


class Chain(nn.Module):
    def __init__(self, count, channels, inner):
        super().__init__()
        self.layers = nn.Sequential(*[Depthwise(channels, channels, inner, 1, True) for _ in range(count)])

    def forward(self, x):
        return self.layers(x)


class DepthwiseHead(nn.Module):
    """One kernel over the whole image per channel, and a projection."""

    def __init__(self, channels, side, features):
        super().__init__()
        self.layers = nn.Sequential(
            ConvBlock(channels, channels, side, groups=channels, linear=True, pad=0),
            nn.Flatten(),
            nn.Linear(channels, features, bias=False),
            nn.BatchNorm1d(features),
        )

    def forward(self, x):
        return self.layers(x)


class MobileFaceNet(nn.Module):
    """Scale 2; the first group is one convolution with a group per 64 * width channels."""

    def __init__(self, blocks, width, size, features):
        super().__init__()
        w = lambda channels: round(channels * width)
        self.layers = nn.Sequential(
            ConvBlock(3, w(128), 3, 2),
            ConvBlock(w(128), w(128), 3, groups=w(64)),
            Depthwise(w(128), w(128), w(128), 2, False),
            Chain(blocks[1], w(128), w(128)),
            Depthwise(w(128), w(256), w(256), 2, False),
            Chain(blocks[2], w(256), w(256)),
            Depthwise(w(256), w(256), w(512), 2, False),
            Chain(blocks[3], w(256), w(256)),
        )
        self.conv_sep = ConvBlock(w(256), w(512), 1)
        self.features = DepthwiseHead(w(512), size // 16, features)

    def forward(self, x):
        return self.features(self.conv_sep(self.layers(x)))


class Block(nn.Module):
    """Block of ResNet: 3x3, 3x3, or 1x1, 3x3, 1x1 to four times the channels; activation after the sum."""

    def __init__(self, inputs, planes, stride, bottleneck, activation):
        super().__init__()
        self.out = planes * (4 if bottleneck else 1)
        kernels = [(1, 1), (3, stride), (1, 1)] if bottleneck else [(3, stride), (3, 1)]
        self.count, channels = len(kernels), inputs
        for i, (kernel, s) in enumerate(kernels):
            outputs = self.out if i == self.count - 1 else planes
            setattr(self, f"conv{i + 1}", conv(channels, outputs, kernel, s))
            setattr(self, f"bn{i + 1}", nn.BatchNorm2d(outputs))
            setattr(self, "act" if i == self.count - 1 else f"act{i + 1}", activation(outputs))
            channels = outputs
        self.downsample = None
        if stride > 1 or inputs != self.out:
            self.downsample = nn.Sequential(conv(inputs, self.out, 1, stride), nn.BatchNorm2d(self.out))

    def forward(self, x):
        y = x
        for i in range(self.count):
            y = getattr(self, f"bn{i + 1}")(getattr(self, f"conv{i + 1}")(y))
            if i < self.count - 1:
                y = getattr(self, f"act{i + 1}")(y)
        return self.act(y + (x if self.downsample is None else self.downsample(x)))


def stages(net, inputs, channels, blocks, bottleneck, activation):
    """Puts the stages into the network, and returns how many channels come out."""
    for i, count in enumerate(blocks):
        stage = []
        for j in range(count):
            stage.append(Block(inputs, channels[i], 2 if i > 0 and j == 0 else 1, bottleneck, activation))
            inputs = stage[-1].out
        setattr(net, f"layer{i + 1}", nn.Sequential(*stage))
    return inputs


class ResNet(nn.Module):
    """ResNet without classifier."""

    def __init__(self, blocks, width, bottleneck):
        super().__init__()
        inputs = round(64 * width)
        self.conv1, self.bn1, self.relu = conv(3, inputs, 7, 2), nn.BatchNorm2d(inputs), nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.stages = len(blocks)
        channels = [round(width * 64 * 2**i) for i in range(self.stages)]
        self.length = stages(self, inputs, channels, blocks, bottleneck, lambda _: nn.ReLU())

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return x.mean((2, 3))


class Mini(nn.Module):
    """The small network of this project; without features, it ends in the mean over the image."""

    def __init__(self, channels, blocks, size, features):
        super().__init__()
        self.conv1, self.bn1, self.prelu = nn.Conv2d(3, channels[0], 7, 4, 3, bias=False), nn.BatchNorm2d(channels[0]), nn.PReLU(channels[0])
        self.stages = len(blocks)
        self.length = stages(self, channels[0], channels, blocks, False, nn.PReLU)
        side = (size + 3) // 4
        for _ in blocks[1:]:
            side = (side + 1) // 2
        self.features = DepthwiseHead(self.length, side, features) if features else None

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.features(x) if self.features else x.mean((2, 3))


SMALL = {
    "iresnet": (lambda: IResNet([1, 2], 1 / 16, 12, 5), 12),
    "mobilefacenet": (lambda: MobileFaceNet([1, 1, 1, 1], 1 / 16, 32, 6), 32),
    "resnet": (lambda: ResNet([1, 2], 1 / 16, False), 24),
    "bottleneck": (lambda: ResNet([1, 2], 1 / 16, True), 24),
    "mini": (lambda: Mini([4, 6], [1, 2], 20, 5), 20),
}


def own():
    """Prints the greatest errors of PyTorch in float32, measured as package internal/pytorch measures those of others."""
    for name, (net, size) in SMALL.items():
        wide = {k: v.detach() for k, v in step(net(), 8, size, weighted).items()}
        torch.set_default_dtype(torch.float32)
        narrow = {k: v.detach().double() for k, v in step(net(), 8, size, weighted).items()}
        torch.set_default_dtype(torch.float64)
        least = 0.1 * max(float(v.abs().max()) for k, v in wide.items() if k.startswith("gradient/") and k != "gradient/input")
        errors = []
        for k, v in wide.items():
            scale = max(float(v.abs().max()), least if k.startswith("gradient/") else 0.0)
            if k != "loss":
                errors.append((float((narrow[k] - v).abs().max()) / scale, k))
        print(name, ["%.2g %s" % e for e in sorted(errors, reverse=True)[:3]])


def main():
    assert torch.__version__.startswith("2.13."), torch.__version__
    for name, (net, size) in SMALL.items():
        write(name + ".json", small(step(net(), 8, size, weighted)))
    full = step(IResNet([2, 2, 2, 2], 1, 112, 512), 4, 112, weighted)
    write("iresnet18.json", summaries(full))


if __name__ == "__main__":
    own() if sys.argv[1:] == ["own"] else main()
