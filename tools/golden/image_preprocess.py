#!/usr/bin/env python3
"""Generates tests/golden/image/preprocess.json: results of torchvision (OpenAI's order) and transformers'
image processor on Pillow (Hugging Face's order) for the golden images; with --longest instead
preprocess_longest.json: results of open_clip with resize_mode "longest".

    python3 tools/golden/image_preprocess.py tests/golden/image [--longest]
    python3 tools/golden/image_preprocess.py tests/golden/image_codecs
"""
import hashlib
import json
import sys
import warnings
from pathlib import Path

import numpy as np
from PIL import Image

warnings.simplefilter("ignore")

FILTERS = {"bilinear": 2, "bicubic": 3}


def openai(image, resize, filter_name, size, crop):
    """clip.py: Resize, CenterCrop, then RGB."""
    from torchvision import transforms as T
    from torchvision.transforms import InterpolationMode as Mode
    mode = Mode.BICUBIC if filter_name == "bicubic" else Mode.BILINEAR
    target = size if resize == "shortest_edge" else (size, size)
    chain = T.Compose([T.Resize(target, interpolation=mode), T.CenterCrop(crop)])
    return np.asarray(chain(image).convert("RGB"))


def huggingface(image, resize, filter_name, size, crop):
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    wanted = {"shortest_edge": size} if resize == "shortest_edge" else {"height": size, "width": size}
    processor = CLIPImageProcessorPil(
        size=wanted, crop_size={"height": crop, "width": crop}, resample=FILTERS[filter_name],
        do_rescale=False, do_normalize=False, do_convert_rgb=True)
    pixels = processor(image, return_tensors="np")["pixel_values"][0]
    return np.ascontiguousarray(pixels.transpose(1, 2, 0)).astype(np.uint8)


def open_clip_longest(image, resize, filter_name, size, crop):
    from open_clip.transform import CenterCropOrPad, ResizeKeepRatio
    from torchvision.transforms import InterpolationMode as Mode
    mode = Mode.BICUBIC if filter_name == "bicubic" else Mode.BILINEAR
    return np.asarray(CenterCropOrPad(crop)(ResizeKeepRatio(size, longest=1, interpolation=mode)(image)).convert("RGB"))


CASES = (("shortest_edge", "bicubic", 8, 8), ("shortest_edge", "bilinear", 9, 16), ("squash", "bicubic", 24, 15))
LONGEST = (("longest_edge", "bicubic", 8, 8), ("longest_edge", "bilinear", 15, 15), ("longest_edge", "bicubic", 24, 24))

PROFILES = {"openai": openai, "huggingface": huggingface}


def digest(pixels):
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def main():
    folder = Path(sys.argv[1])
    longest = "--longest" in sys.argv
    rows = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() or path.suffix == ".json":
            continue
        with Image.open(path) as opened:
            opened.load()
            for profile, run in ({"openai": open_clip_longest} if longest else PROFILES).items():
                if profile == "openai" and opened.mode == "I;16B":
                    continue  # Pillow resizes big-endian 16-bit images with swapped bytes
                if profile == "openai" and opened.mode == "PA":
                    continue  # Pillow loses the palette: the result is black
                for case in LONGEST if longest else CASES:
                    pixels = run(opened.copy(), *case)
                    rows.append([path.name, profile, *case, digest(pixels)])
    body = ",\n".join(json.dumps(row) for row in rows)
    (folder / ("preprocess_longest.json" if longest else "preprocess.json")).write_text(f'{{"cases": [\n{body}\n]}}\n')


if __name__ == "__main__":
    main()
