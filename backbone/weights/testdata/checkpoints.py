"""Writes the checkpoints that the tests read, with PyTorch. versions.json says which versions made the committed ones.

    python checkpoints.py            small networks, beside this file
    python checkpoints.py full DIR   IResNet-50 and HopeNet at full width, into DIR, and their outputs beside this file

The full checkpoints are too large to be committed: TestFullWidth makes the same weights in Go, and

    go test ./backbone/weights -run FullCheckpoints -checkpoints DIR

reads the files.

The networks are written from their published descriptions, with the published names. Values are those of fill(), which Go can
compute too.
"""
import collections
import json
import os
import sys
import zlib

import numpy as np
import safetensors.torch
import torch
import torchvision
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


class IBlock(nn.Module):
    """The block of arcface_torch's IResNet."""

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.prelu = nn.PReLU(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, planes, 1, stride, bias=False), nn.BatchNorm2d(planes))

    def forward(self, x):
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + (x if self.downsample is None else self.downsample(x))


class IResNet(nn.Module):
    def __init__(self, blocks, width=1.0, size=112, features=512):
        super().__init__()
        planes = int(64 * width)
        self.conv1 = nn.Conv2d(3, planes, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.prelu = nn.PReLU(planes)
        inputs = planes
        for stage, count in enumerate(blocks):
            out = planes << stage
            layers = [IBlock(inputs if i == 0 else out, out, 2 if i == 0 else 1) for i in range(count)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
            inputs, size = out, (size + 1) // 2
        self.bn2 = nn.BatchNorm2d(inputs)
        self.dropout = nn.Dropout(0.0)
        self.fc = nn.Linear(inputs * size * size, features)
        self.features = nn.BatchNorm1d(features)

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.features(self.fc(torch.flatten(self.bn2(x), 1)))


class Bottleneck(nn.Module):
    """torchvision's, with the stride on the 3x3 convolution."""

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride != 1 or inputs != 4 * planes:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(y)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class HopeNet(nn.Module):
    """deep-head-pose's network, with the layer that it never uses. At width 1 the trunk's names are torchvision's own."""

    def __init__(self, blocks=(3, 4, 6, 3), width=1.0, bins=66):
        super().__init__()
        planes = int(64 * width)
        self.conv1 = nn.Conv2d(3, planes, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = planes
        for stage, count in enumerate(blocks):
            out = planes << stage
            layers = [Bottleneck(inputs if i == 0 else 4 * out, out, 2 if i == 0 and stage > 0 else 1) for i in range(count)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
            inputs = 4 * out
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc_yaw = nn.Linear(inputs, bins)
        self.fc_pitch = nn.Linear(inputs, bins)
        self.fc_roll = nn.Linear(inputs, bins)
        self.fc_finetune = nn.Linear(inputs + 3, 3)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        x = torch.flatten(self.avgpool(x), 1)
        return x, self.fc_yaw(x), self.fc_pitch(x), self.fc_roll(x)


def uniform(n, seed):
    """n numbers in [-1, 1): a 64-bit linear congruential generator, its upper 24 bits."""
    out = np.empty(n, np.uint64)
    state, mask = (seed * 0x9E3779B97F4A7C15 + 1) & (1 << 64) - 1, (1 << 64) - 1
    # By leaps: powers of the generator applied to blocks.
    a, c = 6364136223846793005, 1442695040888963407
    block = min(n, 4096)
    for i in range(block):
        out[i] = state
        state = (a * state + c) & mask
    leap_a, leap_c = 1, 0
    for _ in range(block):
        leap_a, leap_c = leap_a * a & mask, (leap_c * a + c) & mask
    done = block
    with np.errstate(over="ignore"):
        while done < n:
            m = min(block, n - done)
            out[done : done + m] = out[done - block : done - block + m] * np.uint64(leap_a) + np.uint64(leap_c)
            done += m
    return (out >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def fill(model):
    """Sets every number of a state dict by a rule that keeps activations near one. TestFullWidth has the same rule."""
    for name, t in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            t.fill_(1000)
            continue
        u = torch.from_numpy(uniform(t.numel(), zlib.crc32(name.encode()))).reshape(t.shape)
        if t.dim() > 1:
            value = u * (3.0 / t[0].numel()) ** 0.5
        elif name.endswith("running_var"):
            value = 1.0 + 0.5 * u
        elif name.endswith("running_mean") or name.endswith("bias"):
            value = 0.1 * u
        elif "prelu" in name:
            value = 0.25 + 0.1 * u
        else:
            value = 0.5 + 0.2 * u  # of a batch normalisation: below one, so that sums of blocks do not grow
        t.copy_(value.float())
    return model.eval()


def image(batch, size):
    return torch.from_numpy(uniform(batch * 3 * size * size, 4242)).reshape(batch, 3, size, size).float()


def run(model, x):
    with torch.no_grad():
        return model(x)


def save_outputs(path, **tensors):
    safetensors.torch.save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata={"torch": torch.__version__})


def small():
    iresnet = fill(IResNet((3, 4, 14, 3), 1 / 32, 16, 8))
    x = image(2, 16)
    torch.save(iresnet.state_dict(), os.path.join(HERE, "iresnet50_narrow.pth"))
    save_outputs(os.path.join(HERE, "iresnet50_narrow_outputs.safetensors"), feature=run(iresnet, x))

    hopenet = fill(HopeNet((3, 4, 6, 3), 1 / 32))
    x = image(2, 64)
    feature, yaw, pitch, roll = run(hopenet, x)
    torch.save(hopenet.state_dict(), os.path.join(HERE, "hopenet_narrow.pkl"), _use_new_zipfile_serialization=False)
    save_outputs(os.path.join(HERE, "hopenet_narrow_outputs.safetensors"), feature=feature, yaw=yaw, pitch=pitch, roll=roll)
    kinds()


def kinds():
    """Tensors of all kinds, in both of PyTorch's formats and as safetensors."""
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    half = torch.tensor([0.5, -2.0, 65504.0, 6e-8, float("inf")], dtype=torch.float16)
    tensors = collections.OrderedDict(
        f64=torch.tensor([0.1, -1e300], dtype=torch.float64), f32=base, f16=half, bf16=torch.tensor([1.5, -3e38], dtype=torch.bfloat16),
        i64=torch.tensor([-(2**63), 2**63 - 1]), i32=torch.tensor([-5, 7], dtype=torch.int32), i16=torch.tensor([-300], dtype=torch.int16),
        i8=torch.tensor([-128], dtype=torch.int8), u8=torch.tensor([[255, 0]], dtype=torch.uint8), bool=torch.tensor([True, False]),
        scalar=torch.tensor(3.0), empty=torch.zeros(0, 5), one=torch.ones(1, 1, 1),
    )
    safetensors.torch.save_file({k: v.contiguous() for k, v in tensors.items()}, os.path.join(HERE, "kinds.safetensors"), metadata={"made by": "checkpoints.py"})
    strided = collections.OrderedDict(
        tensors, transposed=base.permute(2, 0, 1), strided=base[:, ::2, 1::2], row=base[1, 2], expanded=torch.tensor([1.0, 2.0]).expand(3, 2),
        parameter=nn.Parameter(base.reshape(6, 4).T),
    )
    for name, new in ("kinds.pt", True), ("kinds_legacy.pt", False):
        torch.save(strided, os.path.join(HERE, name), _use_new_zipfile_serialization=new)
    torch.save({"u16": torch.tensor([65535], dtype=torch.uint16), "u64": torch.tensor([2**63 + 5], dtype=torch.uint64)}, os.path.join(HERE, "unsigned.pt"))
    linear = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(linear.parameters(), 0.1, momentum=0.9)
    linear(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    parallel = nn.DataParallel(linear)
    torch.save({"epoch": 3, "best": np.float64(0.5), "state_dict": parallel.state_dict(), "optimizer": optimizer.state_dict(), "size": base.shape},
               os.path.join(HERE, "nested.pt"))
    torch.save(linear, os.path.join(HERE, "module.pt"))
    with open(os.path.join(HERE, "versions.json"), "w") as f:
        json.dump({"python": sys.version.split()[0], "torch": torch.__version__, "torchvision": torchvision.__version__,
                   "safetensors": safetensors.__version__, "numpy": np.__version__}, f)


def full(folder):
    iresnet = fill(IResNet((3, 4, 14, 3)))
    x = image(1, 112)
    torch.save(iresnet.state_dict(), os.path.join(folder, "iresnet50.pth"))
    save_outputs(os.path.join(HERE, "iresnet50_full_outputs.safetensors"), feature=run(iresnet, x))

    hopenet = fill(HopeNet())
    trunk = torchvision.models.resnet50(weights=None).state_dict()
    ours = hopenet.state_dict()
    assert all(trunk[k].shape == ours[k].shape for k in trunk if not k.startswith("fc.")), "the trunk is not torchvision's"
    x = image(1, 224)
    feature, yaw, pitch, roll = run(hopenet, x)
    torch.save(ours, os.path.join(folder, "hopenet.pkl"), _use_new_zipfile_serialization=False)
    save_outputs(os.path.join(HERE, "hopenet_full_outputs.safetensors"), feature=feature, yaw=yaw, pitch=pitch, roll=roll)


if sys.argv[1:2] == ["full"]:
    full(sys.argv[2])
else:
    small()
