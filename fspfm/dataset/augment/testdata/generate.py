"""Writes torchvision.json: what torchvision computes for uint8 tensors. Made with Python 3.11, torch 2.13.0, torchvision 0.28.0.

    python generate.py > torchvision.json
"""

import base64
import json

import torch
import torchvision.transforms.functional as F

torch.manual_seed(42)
height, width = 18, 16
picture = torch.randint(0, 256, (height, width, 3), dtype=torch.uint8)
picture[0] = torch.arange(width, dtype=torch.uint8)[:, None] * 17  # greys
picture[1] = torch.randint(0, 2, (width, 3), dtype=torch.uint8) * 255  # corners of the colour cube
picture[2, :, 0] = picture[2, :, 1]  # two equal channels
picture[3, :, 1] = picture[3, :, 2]
picture[4, :, 2] = picture[4, :, 0]
picture[5:9] = (picture[5:9] // 8) + 100  # dull ones

steps = {
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "hue": F.adjust_hue,
    "gray": lambda x, _: F.rgb_to_grayscale(x, 3),
    "flip": lambda x, _: F.hflip(x),
}
cases = [[[name, f]] for name in ("brightness", "contrast", "saturation") for f in (0.0, 0.37, 0.8, 1.0, 1.2345, 2.5)]
cases += [[["hue", f]] for f in (-0.5, -0.213, -0.02, 0.0, 0.011, 0.25, 0.5)]
cases += [[["gray", 0]], [["flip", 0]]]
cases += [
    [["gray", 0], ["flip", 0], ["hue", 0.1], ["contrast", 1.3]],
    [["saturation", 1.4], ["hue", -0.1], ["contrast", 0.7], ["brightness", 1.1]],
    [["brightness", 0.9], ["contrast", 1.2], ["saturation", 0.6], ["hue", 0.03]],
]


def packed(x):
    return base64.b64encode(x.contiguous().numpy().tobytes()).decode()


out = []
for case in cases:
    x = picture.permute(2, 0, 1)
    for name, factor in case:
        x = steps[name](x, factor)
    out.append({"steps": [{"name": n, "factor": f} for n, f in case], "pix": packed(x.permute(1, 2, 0))})
print(json.dumps({"width": width, "pix": packed(picture), "cases": out}, indent=1))
