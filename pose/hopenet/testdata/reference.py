"""Writes what PyTorch computes for HopeNet, for the tests of package hopenet to compare with.

    python reference.py

Made with PyTorch 2.13.0 and torchvision 0.28.0 on a CPU, Python 3.11. Generator, format and the small trunk are those of the script
of package backbone; the trunk at full width is torchvision's ResNet-50. The loss is HopeNet's with alpha 0.001, for
angles drawn as "angles". The value is [batch, 3 * 66 + feature]: scores of yaw, pitch and roll, then the pooled feature.
"""

import os
import sys

import torch
import torchvision
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "..", "backbone", "testdata"))
import reference  # noqa: E402

BINS, ALPHA = 66, 0.001


class HopeNet(nn.Module):
    """Trunk and heads side by side, as in deep-head-pose, so that all names are at one level."""

    def __init__(self, trunk, length):
        super().__init__()
        self.names = [name for name, _ in trunk.named_children()]
        for name, module in trunk.named_children():
            setattr(self, name, module)
        self.body = [trunk]  # hidden from named_parameters
        self.fc_yaw, self.fc_pitch, self.fc_roll = (nn.Linear(length, BINS) for _ in range(3))

    def forward(self, x):
        f = self.body[0](x)
        return self.fc_yaw(f), self.fc_pitch(f), self.fc_roll(f), f


def loss(out):
    batch = out[3].shape[0]
    degrees = 90 * reference.even("angles", batch, 3)
    labels = torch.floor((degrees + 99) / 3).long()
    total = 0
    for i in range(3):
        decoded = 3 * (out[i].softmax(1) * torch.arange(BINS)).sum(1) - 99
        total = total + nn.functional.cross_entropy(out[i], labels[:, i]) + ALPHA * nn.functional.mse_loss(decoded, degrees[:, i])
    return total, torch.cat(out, 1)


def main():
    assert torch.__version__.startswith("2.13."), torch.__version__
    trunk = reference.ResNet([1, 1], 1 / 16, True)
    reference.write(os.path.join(here, "small.json"), reference.small(reference.step(HopeNet(trunk, trunk.length), 8, 32, loss)))
    trunk = torchvision.models.resnet50(weights=None)
    trunk.fc = nn.Identity()
    full = reference.step(HopeNet(trunk, 2048), 2, 224, loss)
    reference.write(os.path.join(here, "resnet50.json"), reference.summaries(full))


if __name__ == "__main__":
    main()
