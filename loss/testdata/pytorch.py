"""Writes pytorch.json: what PyTorch makes of the losses, values and gradients, in float64 and float32.

    pip install torch==2.13.0 numpy==2.2.6
    python pytorch.py > pytorch.json

Tensors are named CASE/in0, in1, ... (the matrices), CASE/labels, CASE/reals (angles in radians, or answers), CASE/DTYPE/value and
CASE/DTYPE/by0, by1, ... (gradients; none for what is frozen). The first tensor is empty: its name says which versions wrote the file. Operands
are float32 numbers, so that both dtypes start from the same.
"""

import json
import math
import platform

import numpy as np
import torch
import torch.nn.functional as F

BATCH, D, CLASSES = 6, 8, 10
rng = np.random.default_rng(42)


def normal(*shape, size=1.0):
    return (size * rng.standard_normal(shape)).astype(np.float32).astype(np.float64)


def cosines(features, weights):
    return F.linear(F.normalize(features), F.normalize(weights)).clamp(-1, 1)


def straight_through(cos, labels, m):
    """arcface_torch's way: angles, margin and cosine in place, where autograd does not look. It sees clamp, then times s."""
    rows = torch.arange(len(labels))
    with torch.no_grad():
        target = cos[rows, labels].arccos_()
        cos.arccos_()
        cos[rows, labels] = target + m
        cos.cos_()
    return cos


def analytic(cos, labels, m):
    own = F.one_hot(labels, cos.shape[1]).bool()
    return torch.where(own, torch.cos(torch.arccos(cos) + m), cos)


def fallback(cos, labels, m):
    """The first implementations' way: beyond pi - m a straight line."""
    own = F.one_hot(labels, cos.shape[1]).bool()
    raised = cos * math.cos(m) - torch.sqrt(1 - cos**2) * math.sin(m)
    raised = torch.where(cos > math.cos(math.pi - m), raised, cos - math.sin(math.pi - m) * m)
    return torch.where(own, raised, cos)


def cosface(cos, labels, m):
    return cos - m * F.one_hot(labels, cos.shape[1]).to(cos.dtype)


def margin(logits, s, m):
    def value(features, weights, labels, _):
        # arcface_torch's own cross entropy differs only in that it reports no loss above -log 1e-30.
        return F.cross_entropy(logits(cosines(features, weights), labels, m) * s, labels)

    return value


def ada(frontal, attention, profile, *_):
    return ((frontal.detach() * attention - profile) ** 2).sum(dim=1).mean()


def ada_mean(frontal, attention, profile, *_):
    return F.mse_loss(profile, frontal.detach() * attention)


def ada_unit(frontal, attention, profile, *_):
    return ((F.normalize(frontal.detach() * attention) - F.normalize(profile)) ** 2).sum(dim=1).mean()


def feature_l2(frontal, profile, *_):
    return ((frontal.detach() - profile) ** 2).sum(dim=1).mean()


def max_ada(sign):
    """Huang and Ding's: the target's own size as the weight, signed in their code."""

    def value(frontal, profile, *_):
        target = frontal.detach()
        top, _ = torch.max(torch.abs(target), dim=1)
        w = sign(target) / top.view(-1, 1)
        return (F.mse_loss(profile, target, reduction="none") * w).mean() * 2.0

    return value


def contrastive(a, b, _, same):
    d2 = ((a - b) ** 2).sum(dim=1)
    return (same * d2 + (1 - same) * torch.clamp(1.4 - d2, min=0)).mean()


def matching(a, b, people, _):
    """The cross entropy of a batch's cosines both ways; other photos of the same person are passed over."""
    z = 16 * cosines(a, b)
    same = (people[:, None] == people[None, :]) & ~torch.eye(len(people), dtype=torch.bool)
    z = z.masked_fill(same, -math.inf)
    own = torch.arange(len(people))
    return (F.cross_entropy(z, own) + F.cross_entropy(z.T, own)) / 2


def hopenet(scores, labels, angles):
    """deep-head-pose's loss of one angle, with alpha 2 and as many bins as there are scores."""
    degrees = torch.rad2deg(angles)
    index = torch.arange(scores.shape[1], dtype=scores.dtype)
    decoded = torch.sum(F.softmax(scores, dim=1) * index, 1) * 3 - 99
    return F.cross_entropy(scores, labels) + 2 * F.mse_loss(decoded, degrees)


def distillation(student, teacher, centres, _, turned):
    """Package loss's reading of PAD, with acos as PyTorch has it."""
    w = 1 + (1 - torch.cos(turned))
    diff = torch.arccos(cosines(student, centres.detach())) - torch.arccos(cosines(teacher.detach(), centres.detach()))
    return (w * (diff**2).mean(dim=1)).sum() / w.sum()


def orientation(predicted, rotations, *_):
    """loss.Orientation: the squared distance of matrices that are rows."""
    return F.mse_loss(predicted, rotations.detach(), reduction="sum") / len(predicted)


def landmarks(weight, least, most):
    """loss.Landmarks, by PyTorch's own likelihood of a Gaussian and its cross entropy of logits."""

    def value(predicted, truth, *_):
        p, t = predicted.view(len(predicted), -1, 4), truth.detach().view(len(truth), -1, 3)
        middle, half = (least + most) / 2, (most - least) / 2
        variance = torch.exp(2 * (middle + half * torch.tanh((p[..., 2:3] - middle) / half)))
        off = F.gaussian_nll_loss(p[..., :2], t[..., :2], variance.expand_as(p[..., :2]), full=False, eps=0, reduction="none").sum(dim=-1)
        return (off + weight * F.binary_cross_entropy_with_logits(p[..., 3], t[..., 2], reduction="none")).mean()

    return value


def facing(labels):
    """Features and class weights; the first feature is nearly opposite to its class, the second close to it."""
    features, weights = normal(BATCH, D, size=3), normal(CLASSES, D, size=0.5)
    features[0] = -5 * weights[labels[0]] + features[0] / 8
    features[1] = 5 * weights[labels[1]] + features[1] / 8
    return [features.astype(np.float32).astype(np.float64), weights]


def cases():
    labels = rng.integers(0, CLASSES, BATCH)
    reals = normal(BATCH)
    yield "softmax", lambda z, y, _: F.cross_entropy(z, y), [normal(BATCH, CLASSES, size=3)], labels, reals
    yield "arcface straight-through", margin(straight_through, 64, 0.5), facing(labels), labels, reals
    yield "arcface", margin(analytic, 64, 0.5), facing(labels), labels, reals
    yield "arcface fallback", margin(fallback, 64, 0.5), facing(labels), labels, reals
    yield "arcface s32 m0.3", margin(analytic, 32, 0.3), facing(labels), labels, reals
    yield "cosface", margin(cosface, 64, 0.4), facing(labels), labels, reals
    yield "no margin", margin(cosface, 64, 0), facing(labels), labels, reals
    yield "ada", ada, [normal(BATCH, D) for _ in range(3)], labels, reals
    yield "ada mean", ada_mean, [normal(BATCH, D) for _ in range(3)], labels, reals
    yield "ada unit", ada_unit, [normal(BATCH, D) for _ in range(3)], labels, reals
    yield "feature l2", feature_l2, [normal(BATCH, D) for _ in range(2)], labels, reals
    yield "max ada", max_ada(lambda t: t), [normal(BATCH, D) for _ in range(2)], labels, reals
    yield "max ada abs", max_ada(torch.abs), [normal(BATCH, D) for _ in range(2)], labels, reals
    yield "contrastive", contrastive, [normal(BATCH, D, size=0.4) for _ in range(2)], labels, np.array([1.0, 0, 0, 1, 0, 0])
    bins = rng.integers(0, 66, BATCH)
    yield "hopenet", hopenet, [normal(BATCH, 66, size=2)], bins, np.deg2rad(3.0 * bins - 97.5).astype(np.float32).astype(np.float64)
    yield "distillation", distillation, [normal(BATCH, D), normal(BATCH, D), normal(CLASSES, D)], labels, reals
    yield "orientation", orientation, [normal(BATCH, 9), normal(BATCH, 9)], labels, reals
    truth = normal(BATCH, 5, 3)
    truth[..., 2] = rng.integers(0, 2, (BATCH, 5))
    points = [normal(BATCH, 20), truth.reshape(BATCH, 15)]
    yield "landmarks", landmarks(1, -6, 0), points, labels, reals
    yield "landmarks w0.5 -2 to 1", landmarks(0.5, -2, 1), points, labels, reals
    yield "matching", matching, [normal(BATCH, D) for _ in range(2)], np.array([3, 1, 4, 1, 5, 9]), reals


def write(tensors):
    def line(name, x):
        x = np.asarray(x, dtype=np.float64)
        values = [repr(v) if math.isfinite(v) else None for v in x.ravel().tolist()]
        assert None not in values, name
        return f'{{"name":{json.dumps(name)},"dtype":"Float64","dims":{list(x.shape)},"values":[{",".join(values)}]}}'

    print("[\n" + ",\n".join(line(*t) for t in tensors) + "\n]")


def main():
    tensors = [(f"written by torch {torch.__version__}, numpy {np.__version__}, Python {platform.python_version()}", np.zeros(0))]
    for name, loss, operands, labels, reals in cases():
        tensors += [(f"{name}/in{i}", x) for i, x in enumerate(operands)]
        tensors += [(f"{name}/labels", labels), (f"{name}/reals", reals)]
        for dtype in (torch.float64, torch.float32):
            short = str(dtype).removeprefix("torch.")
            x = [torch.tensor(m, dtype=dtype, requires_grad=True) for m in operands]
            value = loss(*x, torch.tensor(labels), torch.tensor(reals, dtype=dtype))
            value.backward()
            tensors.append((f"{name}/{short}/value", value.item()))
            tensors += [(f"{name}/{short}/by{i}", m.grad.numpy()) for i, m in enumerate(x) if m.grad is not None]
    write(tensors)


main()
