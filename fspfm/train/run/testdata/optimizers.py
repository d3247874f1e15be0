"""Writes optimizers.json: 50 steps of PyTorch's optimizers on a small network. Run: python optimizers.py

Written with Python 3.11, torch 2.13.0 (CPU), float64. The network is linear(4, 8), tanh, linear(8, 3), mean squared error. Batches
come from a formula that the Go test repeats, so that only initial weights, losses and final weights are stored.
"""

import json
import math
import pathlib

import torch

STEPS, BATCH = 50, 6


def batch(step):
    i = torch.arange(BATCH, dtype=torch.float64)[:, None] + 10.0 * step
    x = torch.sin(0.7 * i + 1.3 * torch.arange(4, dtype=torch.float64)[None])
    y = torch.cos(0.4 * i + 0.9 * torch.arange(3, dtype=torch.float64)[None]) * 3
    return x, y


def rate(case, step):
    """Epochs of 10 steps."""
    if case["shape"] == "constant":
        return case["lr"]
    if case["shape"] == "steps":  # milestones at epochs 2 and 4
        return case["lr"] * 0.1 ** ((step >= 20) + (step >= 40))
    warm = 10
    if step < warm:
        return case["lr"] * step / warm
    return case["lr"] * (1 - (step - warm) / (STEPS - warm))


CASES = [
    dict(name="sgd", rule="sgd", lr=0.1, shape="steps", momentum=0.9, wd=5e-4, clip=0.0, accumulate=1),
    dict(name="sgd_clip_polynomial", rule="sgd", lr=0.1, shape="polynomial", momentum=0.9, wd=5e-4, clip=0.5, accumulate=1),
    dict(name="sgd_plain_accumulated", rule="sgd", lr=0.05, shape="constant", momentum=0.0, wd=0.0, clip=0.0, accumulate=2),
    dict(name="adamw", rule="adamw", lr=1e-2, shape="constant", momentum=0.0, wd=0.1, clip=0.0, accumulate=1),
    dict(name="adam", rule="adamw", lr=1e-2, shape="steps", momentum=0.0, wd=0.0, clip=1.0, accumulate=1),
]


def run(case):
    torch.manual_seed(42)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3)).double()
    start = [p.detach().clone() for p in net.parameters()]
    if case["rule"] == "sgd":
        opt = torch.optim.SGD(net.parameters(), lr=case["lr"], momentum=case["momentum"], weight_decay=case["wd"])
    else:
        opt = torch.optim.AdamW(net.parameters(), lr=case["lr"], weight_decay=case["wd"])
    losses, norms = [], []
    for step in range(STEPS):
        opt.zero_grad()
        for part in range(case["accumulate"]):
            x, y = batch(step * case["accumulate"] + part)
            loss = torch.nn.functional.mse_loss(net(x), y)
            (loss / case["accumulate"]).backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), case["clip"] or math.inf)
        for group in opt.param_groups:
            group["lr"] = rate(case, step)
        opt.step()
        losses.append(loss.item())
        norms.append(norm.item())
    flat = lambda ps: [[v for v in (p.T if p.dim() == 2 else p).detach().flatten().tolist()] for p in ps]
    return dict(case, start=flat(start), final=flat(net.parameters()), losses=losses, norms=norms)


out = pathlib.Path(__file__).with_name("optimizers.json")
out.write_text("[\n" + ",\n".join(json.dumps(run(c)) for c in CASES) + "\n]\n")
