"""Takes training steps of IResNet with PyTorch, for examples/bench -what train.

It speaks JSON lines as peer.py does. The network is written here from its published description.

    {"load": weights, "depth", "batch", "images": path, "targets": path, "output": path, "threads": n, "device", "channels_last": bool}
        reads PyTorch's names and layouts from a safetensors file, takes the first step, and writes its loss -> {"version", "shape"}
    {"run": calls, "seconds": limit}
        takes more steps -> {"ms": [time of each]}
"""

import json
import sys
import time

import numpy as np
import torch
from torch import nn

STAGES = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 14, 3), 100: (3, 13, 30, 3)}


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.prelu = nn.PReLU(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, stride, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(cout)
        self.downsample = None
        if stride != 1 or cin != cout:
            self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + (x if self.downsample is None else self.downsample(x))


class IResNet(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.conv1, self.bn1, self.prelu = nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64)
        cin = 64
        for i, count in enumerate(STAGES[depth]):
            cout = 64 << i
            blocks = [Block(cin if k == 0 else cout, cout, 2 if k == 0 else 1) for k in range(count)]
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
            cin = cout
        self.bn2, self.fc, self.features = nn.BatchNorm2d(512), nn.Linear(25088, 512), nn.BatchNorm1d(512)
        self.features.weight.requires_grad = False

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        for i in range(4):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.features(self.fc(torch.flatten(self.bn2(x), 1)))


def read_safetensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        data = f.read()
    header.pop("__metadata__", None)
    return {k: torch.from_numpy(np.frombuffer(data[v["data_offsets"][0]:v["data_offsets"][1]], "<f4").reshape(v["shape"]).copy())
            for k, v in header.items()}


def load(request):
    torch.set_num_threads(request["threads"])
    n = request["batch"]
    net = IResNet(request["depth"])
    net.load_state_dict(read_safetensors(request["load"]), strict=False)
    images = torch.from_numpy(np.fromfile(request["images"], "<f4").reshape(n, 112, 112, 3)).permute(0, 3, 1, 2)
    targets = torch.from_numpy(np.fromfile(request["targets"], "<f4").reshape(n, 512))
    layout = torch.channels_last if request["channels_last"] else torch.contiguous_format
    net, images = net.to(request["device"], memory_format=layout), images.to(request["device"]).contiguous(memory_format=layout)
    targets = targets.to(request["device"])
    optimiser = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.01, momentum=0.9, weight_decay=5e-4)

    def step():
        optimiser.zero_grad()
        loss = nn.functional.mse_loss(net(images), targets)
        loss.backward()
        optimiser.step()
        return loss.item()

    np.array([step()], "<f4").tofile(request["output"])
    return step, {"version": torch.__version__, "shape": [1]}


def run(step, request):
    times, start = [], time.perf_counter()
    while not times or (len(times) < request["run"] and time.perf_counter() - start < request["seconds"]):
        begin = time.perf_counter()
        step()
        times.append((time.perf_counter() - begin) * 1e3)
    return {"ms": times}


def main():
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "load" in request:
                step = None  # frees the network before the next one is loaded
                step, answer = load(request)
            else:
                answer = run(step, request)
        except Exception as error:  # the Go side reports it and goes on with the other contestants
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
