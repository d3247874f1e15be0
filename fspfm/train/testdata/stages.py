"""Writes stages.json: 200 steps of both stages of the paper, at a tiny size, in PyTorch. Run: python stages.py

Written with Python 3.11, torch 2.13.0 (CPU), float64. IResNet, FSPFM (eq. 1), attention, ArcFace and the losses are written here from their
papers, independently of the Go code. Initial weights and batches come from formulas that the Go test repeats; losses, and some values of every
final weight, are stored. Weights are in PyTorch's layout.
"""

import json
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
STEPS, BATCH, CLASSES, D, POSE, POSE_HIDDEN, SIZE, FACES = 200, 8, 5, 8, 3, 6, 16, 20
CHANNELS = [4, 8, 16, 32]


def wave(name, n, scale):
    k = torch.arange(n, dtype=torch.float64)
    return scale * torch.sin(0.1 * sum(name.encode()) + 2.4 * k + 0.37 * ((k * k) % 1009))


def fill(module, prefix=""):
    """Gives every convolution and linear layer its weights by formula; the rest begins as PyTorch has it."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            if p.dim() > 1:
                fan = p[0].numel()
                p.copy_(wave(prefix + name, p.numel(), 1 / math.sqrt(fan)).view_as(p))
            elif name.endswith("bias"):
                p.zero_()


class Block(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.prelu = nn.PReLU(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 2, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(cout)
        self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, 2, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + self.downsample(x)


class IResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, CHANNELS[0], 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(CHANNELS[0])
        self.prelu = nn.PReLU(CHANNELS[0])
        cin = CHANNELS[0]
        for i, c in enumerate(CHANNELS, 1):
            setattr(self, f"layer{i}", nn.Sequential(Block(cin, c)))
            cin = c
        self.bn2 = nn.BatchNorm2d(cin)
        self.fc = nn.Linear(cin * (SIZE // 16) ** 2, D)
        self.features = nn.BatchNorm1d(D)
        self.features.weight.requires_grad = False

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        for i in range(1, 5):
            x = getattr(self, f"layer{i}")(x)
        return self.features(self.fc(torch.flatten(self.bn2(x), 1)))


class FSPFM(nn.Module):
    def __init__(self):
        super().__init__()
        for k in (1, 2):
            setattr(self, f"t{k}", nn.ModuleDict({"fc1": nn.Linear(D, D), "prelu": nn.PReLU(D), "fc2": nn.Linear(D, D)}))
            setattr(self, f"p{k}", nn.ModuleDict({"fc1": nn.Linear(POSE, POSE_HIDDEN), "fc2": nn.Linear(POSE_HIDDEN, D)}))

    def forward(self, f, p):
        scale = f.norm(dim=1, keepdim=True) / D**0.5
        out = f
        for k in (1, 2):
            t, q = getattr(self, f"t{k}"), getattr(self, f"p{k}")
            residual = t["fc2"](t["prelu"](t["fc1"](f / scale)))
            out = out + scale * residual * torch.sigmoid(q["fc2"](torch.relu(q["fc1"](p))))
        return out


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(D, D), nn.Linear(D, D)

    def forward(self, f):
        w = torch.sigmoid(self.fc2(torch.relu(self.fc1(f / f.norm(dim=1, keepdim=True) * D**0.5))))
        return w / w.mean(dim=1, keepdim=True)


def arcface(features, weight, classes, s=16.0, m=0.2):
    cos = F.normalize(features) @ F.normalize(weight).T
    own = cos.gather(1, classes[:, None])
    raised = own * math.cos(m) - torch.sqrt(1 - own**2) * math.sin(m)
    return F.cross_entropy(s * cos.scatter(1, classes[:, None], raised), classes)


def images(step):
    b, h, w, c = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in (BATCH, SIZE, SIZE, 3)), indexing="ij")
    k = (b + step) % CLASSES
    x = torch.sin(0.9 * (k + 1) * (h + 1) * 0.31 + 0.7 * w * (k + 2) + 1.1 * c) + 0.5 * torch.sin(0.3 * b + 0.5 * h + 0.13 * step * (w + 1))
    return x.permute(0, 3, 1, 2)


def labels(step):
    return (torch.arange(BATCH) + step) % CLASSES


def poses(step):
    b = torch.arange(BATCH, dtype=torch.float64)
    return torch.stack([torch.sin(0.2 * step + b), 0.3 * torch.cos(b + 0.1 * step), 0.1 * torch.sin(3 * b)], 1)


def some(named):
    out = {}
    for name, t in named:
        flat = t.detach().flatten()
        out[name] = flat[:: max(1, len(flat) // 16)].tolist()
    return out


def stage1():
    net, head = IResNet(), FSPFM()
    fill(net)
    fill(head)
    weight = nn.Parameter(wave("classes", CLASSES * D, 1.0).view(CLASSES, D))
    params = [p for p in [*net.parameters(), *head.parameters(), weight] if p.requires_grad]
    opt = torch.optim.SGD(params, lr=0.02, momentum=0.9, weight_decay=5e-4)
    losses = []
    for step in range(STEPS):
        for g in opt.param_groups:
            g["lr"] = 0.02 if step < 120 else 0.002
        opt.zero_grad()
        loss = arcface(head(net(images(step)), poses(step)), weight, labels(step))
        loss.backward()
        nn.utils.clip_grad_norm_([p for p in net.parameters() if p.requires_grad], 5)
        opt.step()
        losses.append(loss.item())
    final = some([*(("extractor/" + n, t) for n, t in net.state_dict().items() if "num_batches" not in n),
                  *(("head/" + n, t) for n, t in head.state_dict().items()), ("classes", weight)])
    return {"losses": losses, "final": final}


def stage2(weighting, reduction):
    f_net, p_net, am = FSPFM(), FSPFM(), Attention()
    fill(f_net), fill(p_net), fill(am)
    f_net.requires_grad_(False)
    weight = nn.Parameter(wave("classes", CLASSES * D, 1.0).view(CLASSES, D))
    features = wave("features", FACES * D, 2.0).view(FACES, D)
    pose = wave("poses", FACES * POSE, 1.0).view(FACES, POSE)
    params = [*p_net.parameters(), weight] + ([*am.parameters()] if weighting == "attention" else [])
    opt = torch.optim.AdamW(params, lr=1e-2, weight_decay=0.01)
    losses, adas = [], []
    b = torch.arange(BATCH)
    for step in range(STEPS):
        frontal, profile = (3 * step + b) % FACES, (7 * step + 5 * b) % FACES
        opt.zero_grad()
        target = f_net(features[frontal], pose[frontal]).detach()
        if weighting == "attention":
            target = target * am(features[frontal])
        out = p_net(features[profile], pose[profile])
        squares = (target - out) ** 2
        if weighting == "max":
            w = target.abs() / target.abs().max(dim=1, keepdim=True).values
            ada = 2 * (w * squares).mean()
        else:
            ada = squares.sum(1).mean() if reduction == "sum" else squares.mean()
        loss = arcface(out, weight, profile % CLASSES) + 4 * ada
        loss.backward()
        opt.step()
        losses.append(loss.item())
        adas.append(ada.item())
    final = some([*(("p_net/head/" + n, t) for n, t in p_net.state_dict().items()),
                  *(("f_net/attention/" + n, t) for n, t in am.state_dict().items() if weighting == "attention"), ("classes", weight)])
    return {"weighting": weighting, "reduction": reduction, "losses": losses, "adas": adas, "final": final}


result = {"stage1": stage1(), "stage2": [stage2("attention", "mean"), stage2("none", "sum"), stage2("max", "mean")]}
pathlib.Path(__file__).with_name("stages.json").write_text(json.dumps(result) + "\n")
for r in [result["stage1"], *result["stage2"]]:
    print(r.get("weighting", "stage 1"), r["losses"][0], r["losses"][-1])
