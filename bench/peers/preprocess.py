#!/usr/bin/env python3
"""Images per second from pixels and from files: ours, Pillow and libvips, one thread each.

  preprocess.py --bench build/bench/bench_preprocess_steps [--folder JPEGS] [--rounds N]

Resizing on the same sizes and modes (bicubic, shorter side to 224 or 336, centre crop), random
pixels in memory. With a folder: from a JPEG file in memory to the (3, 224, 224) float input. Rounds are
interleaved; a row has the medians. libvips has another resize implementation, whose pixels differ from
Pillow's: only its rate is comparable.

Needs Pillow, numpy; optionally pyvips with libvips (Debian: libvips42). Prints JSON lines.
"""
import argparse
import io
import json
import os
import pathlib
import statistics
import subprocess
import time

os.environ.setdefault("VIPS_CONCURRENCY", "1")

import numpy as np
import PIL
from PIL import Image

try:
    import pyvips
except (ImportError, OSError):  # pyvips without libvips
    pyvips = None

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def target(width, height, side):
    short, long = min(width, height), max(width, height)
    other = int(side * long / short)
    return (side, other) if width <= height else (other, side)


def pillow_square(image, side):
    width, height = target(*image.size, side)
    left, top = (width - side) // 2, (height - side) // 2
    return image.resize((width, height), Image.Resampling.BICUBIC).crop((left, top, left + side, top + side))


def pillow_input(data, side=224):
    pixels = np.asarray(pillow_square(Image.open(io.BytesIO(data)).convert("RGB"), side), np.float32)
    return np.ascontiguousarray(((pixels / np.float32(255) - MEAN) / STD).transpose(2, 0, 1))


def vips_square(image, side):
    width, height = target(image.width, image.height, side)
    resized = image.resize(width / image.width, vscale=height / image.height, kernel="cubic")
    left, top = (resized.width - side) // 2, (resized.height - side) // 2
    return resized.crop(left, top, side, side).write_to_memory()


def vips_input(data, side=224):
    pixels = vips_square(pyvips.Image.new_from_buffer(data, "", access="sequential"), side)
    pixels = np.frombuffer(pixels, np.uint8).reshape(side, side, 3).astype(np.float32)
    return np.ascontiguousarray(((pixels / np.float32(255) - MEAN) / STD).transpose(2, 0, 1))


def rate(call, seconds):
    call()
    start, done = time.perf_counter(), 0
    while True:
        call()
        done += 1
        taken = time.perf_counter() - start
        if taken >= seconds:
            return done / taken


def ours(bench, *args):
    out = subprocess.run([bench, *args], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def vips_image(array, mode):
    height, width = array.shape[:2]
    image = pyvips.Image.new_from_memory(array.tobytes(), width, height, len(mode), "uchar")
    return image.copy(interpretation="b-w" if mode == "L" else "srgb")


def resize_rows(args):
    found = {}
    rng = np.random.default_rng(0)
    for _ in range(args.rounds):
        for row in ours(args.bench):
            mode, width, height, side = row["mode"], row["width"], row["height"], row["side"]
            shape = (height, width) if mode == "L" else (height, width, len(mode))
            array = rng.integers(0, 256, shape, np.uint8)
            rates = found.setdefault((mode, width, height, side), {"ours": [], "pillow": [], "vips": []})
            rates["ours"].append(row["per_second"])
            image = Image.fromarray(array, mode) if mode == "L" else Image.fromarray(array)
            rates["pillow"].append(rate(lambda: pillow_square(image, side), 0.2))
            if pyvips:
                image_vips = vips_image(array, mode)
                rates["vips"].append(rate(lambda: vips_square(image_vips, side), 0.2))
    for (mode, width, height, side), rates in found.items():
        yield {"step": "resize", "mode": mode, "width": width, "height": height, "side": side}, rates


def file_rows(args):
    files = [path.read_bytes() for path in sorted(pathlib.Path(args.folder).iterdir()) if path.is_file()]
    files = files[:64]
    rates = {"ours": [], "pillow": [], "vips": []}
    for _ in range(args.rounds):
        rows = ours(args.bench, "--seconds", "0.5", args.folder)
        rates["ours"] += [row["per_second"] for row in rows if row["step"] == "all"]
        rates["pillow"].append(len(files) * rate(lambda: [pillow_input(data) for data in files], 0.5))
        if pyvips:
            rates["vips"].append(len(files) * rate(lambda: [vips_input(data) for data in files], 0.5))
    yield {"step": "all", "files": len(files)}, rates


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", default="build/bench/bench_preprocess_steps")
    parser.add_argument("--folder")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    versions = {"pillow": PIL.__version__}
    if pyvips:
        versions["vips"] = ".".join(str(pyvips.version(i)) for i in range(3))
    for about, rates in [*resize_rows(args), *(file_rows(args) if args.folder else [])]:
        medians = {name: statistics.median(values) for name, values in rates.items() if values}
        row = {"what": "preprocess", **about, "threads": 1,
               "per_second": {name: round(value, 1) for name, value in medians.items()},
               "ours_against": {name: round(medians["ours"] / value, 2)
                                for name, value in medians.items() if name != "ours"},
               "versions": versions}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
