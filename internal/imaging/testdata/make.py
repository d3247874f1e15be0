"""Writes the pictures of this folder and what OpenCV makes of them.

    python -m venv venv
    venv/bin/pip install opencv-python-headless==4.12.0.88 pillow==12.0.0
    venv/bin/python make.py

Every picture is computed here; none shows anything real. NAME.want.png is what cv2.imread gives for NAME, and
warp_N.want.png and resize_WxH.want.png are what cv2.warpAffine and cv2.resize give for noise.png.
"""
import io
import json
import pathlib
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
W, H = 61, 45  # odd, so that subsampled chroma has an edge


def scene():
    """Coloured ramps, a disc and a bar: soft and hard colour edges, no symmetry."""
    y, x = np.mgrid[:H, :W].astype(np.float64)
    rgb = np.stack([255 * x / (W - 1), 255 * y / (H - 1), 128 + 100 * np.sin(x / 7 + y / 11)], axis=-1)
    rgb[(x - 18) ** 2 + (y - 15) ** 2 < 80] = (230, 30, 40)
    rgb[30:36, 25:58] = (20, 60, 220)
    return np.rint(rgb).clip(0, 255).astype(np.uint8)


def exif(orientation, order):
    mark, code = {"<": b"II*\0", ">": b"MM\0*"}[order], order
    # The resolution unit comes first, so that a reader has to look past an entry.
    entries = struct.pack(code + "HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(code + "HHIHH", 0x0128, 3, 1, 2, 0)
    return mark + struct.pack(code + "IH", 8, 2) + entries + struct.pack(code + "I", 0)


def with_exif_jpeg(data, tiff):
    body = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def with_exif_png(data, tiff):
    chunk = b"eXIf" + tiff
    end = 8 + 25  # signature and IHDR
    return data[:end] + struct.pack(">I", len(tiff)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[end:]


def save(name, data):
    (HERE / name).write_bytes(data)
    got = cv2.imread(str(HERE / name), cv2.IMREAD_COLOR)
    cv2.imwrite(str(HERE / (name + ".want.png")), got)


def jpegs(rgb):
    bgr = rgb[..., ::-1].copy()
    factors = {
        "420": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        "422": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
        "440": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_440,
        "444": cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    }
    for progressive in (0, 1):
        for name, factor in factors.items():
            flags = [cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
            save(f"{'progressive' if progressive else 'baseline'}_{name}.jpg", cv2.imencode(".jpg", bgr, flags)[1].tobytes())
        flags = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive, cv2.IMWRITE_JPEG_RST_INTERVAL, 2]
        save(f"{'progressive' if progressive else 'baseline'}_restart.jpg", cv2.imencode(".jpg", bgr, flags)[1].tobytes())
    for mode, name in (("L", "grey"), ("CMYK", "cmyk")):
        out = io.BytesIO()
        Image.fromarray(rgb).convert(mode).save(out, "JPEG", quality=90)
        save(f"{name}.jpg", out.getvalue())


def orientations(rgb):
    bgr = rgb[..., ::-1].copy()
    jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()
    png = cv2.imencode(".png", bgr)[1].tobytes()
    for n in range(1, 9):
        save(f"orientation_{n}.jpg", with_exif_jpeg(jpeg, exif(n, "<>"[n % 2])))
    save("orientation_6.png", with_exif_png(png, exif(6, ">")))


def depths(rgb):
    deep = rgb.astype(np.uint16) * 257 + np.arange(W, dtype=np.uint16)[None, :, None] % 3
    save("rgb16.png", cv2.imencode(".png", deep[..., ::-1])[1].tobytes())
    save("grey16.png", cv2.imencode(".png", deep[..., 1])[1].tobytes())
    save("grey8.png", cv2.imencode(".png", rgb[..., 1])[1].tobytes())
    out = io.BytesIO()
    Image.fromarray(rgb).quantize(32).save(out, "PNG")
    save("palette.png", out.getvalue())


def geometry():
    rng = np.random.default_rng(42)
    noise = rng.integers(0, 256, (47, 65, 3), dtype=np.uint8)
    cv2.imwrite(str(HERE / "noise.png"), noise)
    maps = [
        [[0.83, -0.21, 7.3], [0.21, 0.83, -4.9]],
        [[2.4, 0.9, -60.25], [-0.9, 2.4, 11.5]],
        [[0.3, 0.0, 20.0], [0.1, -0.4, 30.0]],
        [[1.0, 0.0, 0.5], [0.0, 1.0, -0.5]],
    ]
    for i, m in enumerate(maps):
        out = cv2.warpAffine(noise, np.array(m), (57, 51), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        cv2.imwrite(str(HERE / f"warp_{i}.want.png"), out)
    sizes = [(32, 24), (97, 71), (65, 20), (13, 47), (7, 5), (1, 1)]
    for w, h in sizes:
        cv2.imwrite(str(HERE / f"resize_{w}x{h}.want.png"), cv2.resize(noise, (w, h), interpolation=cv2.INTER_LINEAR))
    (HERE / "geometry.json").write_text(json.dumps({"opencv": cv2.__version__, "warps": maps, "sizes": sizes}) + "\n")


if __name__ == "__main__":
    picture = scene()
    jpegs(picture)
    orientations(picture)
    depths(picture)
    geometry()
