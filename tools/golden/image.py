#!/usr/bin/env python3
"""Generates tests/golden/image: a tiny image of every format and mode, and what Pillow decodes.

    python3 tools/golden/image.py tests/golden/image tests/golden/image_codecs

The second folder is for decoders that are optional at build time.
expected.json: for each file, mode, size and SHA-256 of the RGB bytes (as opened, and after applying the
orientation tag). resize.json: SHA-256 of Pillow's resize of a generated image to many sizes.
"""
import hashlib
import io
import itertools
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, ImageOps

import image_formats
import image_formats_wide

warnings.simplefilter("ignore")


def digest(data):
    return hashlib.sha256(data).hexdigest()


def pattern(width, height):
    """The test generates the same image: byte i of (height, width, 3) is a hash of i."""
    i = np.arange(width * height * 3, dtype=np.uint64)
    mixed = (i * np.uint64(2654435761) + (i >> np.uint64(7)) * np.uint64(40503)) & np.uint64(0xFFFFFFFF)
    return Image.fromarray(((mixed >> np.uint64(13)) & np.uint64(0xFF)).astype(np.uint8).reshape(
        height, width, 3))


def expect(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        mode = "I;16" if image.mode.startswith("I;16") else image.mode
        rgb = image.convert("RGB")
        upright = ImageOps.exif_transpose(image).convert("RGB")
        return {"mode": mode, "width": rgb.width, "height": rgb.height, "rgb": digest(rgb.tobytes()),
                "upright": [upright.width, upright.height, digest(upright.tobytes())]}


def resizes(rng):
    cases = [(1, 1, 7, 5), (7, 5, 1, 1), (640, 480, 298, 224), (300, 900, 224, 672), (5, 700, 5, 90),
             (700, 5, 90, 5), (64, 64, 64, 64), (33, 65, 224, 441), (8000, 3, 300, 2), (3, 8000, 2, 300)]
    for _ in range(40):
        cases.append(tuple(int(v) for v in rng.integers(1, 260, 4)))
    for width, height, to_width, to_height in cases:
        source = pattern(width, height)
        for name, filter in (("bicubic", 3), ("bilinear", 2)):
            out = source.resize((to_width, to_height), filter)
            yield [width, height, to_width, to_height, name, digest(out.tobytes())]


def write_images(folder, about, images):
    folder.mkdir(parents=True, exist_ok=True)
    expected = {}
    for name, data in images:
        (folder / name).write_bytes(data)
        expected[name] = expect(data)
    (folder / "expected.json").write_text(
        json.dumps({"made_with": about, "files": expected}, indent=1) + "\n")


def main():
    folder, codecs_folder = Path(sys.argv[1]), Path(sys.argv[2])
    about = f"Pillow {PIL.__version__}"
    rng = np.random.default_rng(20260101)
    wide_rng = np.random.default_rng(20260102)
    write_images(folder, about, itertools.chain(image_formats.make_all(rng, 19, 13),
                                                image_formats_wide.make_all(wide_rng, 19, 13)))
    write_images(codecs_folder, about, image_formats_wide.make_codecs(wide_rng, 19, 13))
    rows = ",\n".join(json.dumps(row) for row in resizes(rng))
    (folder / "resize.json").write_text(f'{{"made_with": "{about}", "cases": [\n{rows}\n]}}\n')


if __name__ == "__main__":
    main()
