"""Writes the pictures of this folder.

    python -m venv venv
    venv/bin/pip install pillow==13.0.0 pillow-heif==1.8.1 numpy
    venv/bin/python make.py

Every picture is computed here; none shows anything real. Those with a number have EXIF's orientation of that number, and
the same upright picture.
"""
import pathlib

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
HERE = pathlib.Path(__file__).parent
W, H = 192, 128

# What has to be done to the upright picture so that the orientation turns it upright again.
UNDO = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def scene():
    """Soft ramps without symmetry, and a dark corner at the top left."""
    y, x = np.mgrid[:H, :W].astype(np.float64)
    rgb = np.stack([40 + 200 * x / (W - 1), 40 + 200 * y / (H - 1), 128 + 60 * np.sin(x / 34 + y / 26)], axis=-1)
    rgb[:32, :48] = (20, 20, 60)
    return Image.fromarray(np.rint(rgb).clip(0, 255).astype(np.uint8))


upright = scene()
upright.save(HERE / "scene.png")
upright.save(HERE / "scene.heic", quality=90)
upright.save(HERE / "limited.heic", quality=90, full_range_flag=0, matrix_coefficients=6, color_primaries=1, transfer_characteristics=13)
upright.save(HERE / "scene.avif", quality=90)
upright.save(HERE / "scene.webp", lossless=True)
upright.save(HERE / "scene.mpo", save_all=True, append_images=[upright.convert("L").convert("RGB")], quality=95)
upright.save(HERE / "film.webp", save_all=True, append_images=[Image.new("RGB", (W, H), "red")], duration=100, lossless=True)
see_through = upright.convert("RGBA")
see_through.putalpha(254)
see_through.save(HERE / "film_alpha.webp", save_all=True, append_images=[Image.new("RGBA", (W, H), "red")], duration=100, quality=95)
for number, undo in UNDO.items():
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = number
    exif = exif.tobytes()
    stored.save(HERE / f"turned_{number}.avif", quality=90, exif=exif)
    if number in (3, 5, 6, 8):
        stored.save(HERE / f"turned_{number}.heic", quality=90, exif=exif)
    if number == 6:
        stored.save(HERE / "turned_6.webp", quality=95, exif=exif)
        stored.save(HERE / "turned_6.tiff", tiffinfo={0x0112: 6}, compression="tiff_lzw")
