#!/usr/bin/env python3
"""Compares the decoding of any image files with Pillow: which are equal, different, or rejected by one side.

    compare_files.py [--build BUILD] [--list] [--json FILE] FOLDER...

Each file in FOLDER and below it is decoded by both to RGB, without EXIF orientation. Files that neither
recognizes are not counted. pillow-heif and pillow-jxl-plugin are used if they are installed. Prints a
table with a line per folder; with --list also every file that is not equal, with the largest difference
of a channel and the messages. The exit code is 0 whatever was found: differences need a look, not an alarm.
"""
import argparse
import hashlib
import importlib
import json
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare_pixels import compile_program

warnings.simplefilter("ignore")
COLUMNS = ["equal", "different", "rejected by both", "rejected by Sightline", "rejected by Pillow"]


def plugins():
    for name in ("pillow_heif", "pillow_jxl"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if name == "pillow_heif":
            module.register_heif_opener()
        yield name


def pillow_pixels(path):
    """(H, W, 3) u8, or the error as a string."""
    try:
        with Image.open(path) as image:
            image.load()
            return np.asarray(image.convert("RGB"))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def compare(path, ours, theirs, program, scratch):
    """(column, explanation) of one file."""
    rejected, refused = ours.startswith("error"), isinstance(theirs, str)
    if rejected and refused:
        return "rejected by both", f"{ours[6:]} / {theirs}"
    if rejected:
        return "rejected by Sightline", ours[6:]
    if refused:
        return "rejected by Pillow", theirs
    _, width, height, digest = ours.split(" ")
    if (int(height), int(width)) != theirs.shape[:2]:
        return "different", f"{width} x {height} / {theirs.shape[1]} x {theirs.shape[0]} pixels"
    if hashlib.sha256(theirs.tobytes()).hexdigest() == digest:
        return "equal", ""
    raw = Path(scratch) / "pixels"
    subprocess.run([program], input=f"save\t{path}\t{raw}\n", text=True, check=True, capture_output=True)
    pixels = np.fromfile(raw, np.uint8).reshape(theirs.shape)
    difference = np.abs(pixels.astype(int) - theirs.astype(int))
    return "different", (f"largest difference {difference.max()}, mean {difference.mean():.3f}, "
                         f"{(difference.max(2) > 0).mean():.2%} of the pixels")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--list", action="store_true", help="list the files that are not equal")
    parser.add_argument("--json", type=Path, help="write all results to this file")
    options = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = 178956970  # an error above twice this, as in Pillow
    print("reference: Pillow", Image.__version__, *plugins())
    print("|", " | ".join(["folder", "files", *COLUMNS]), "|")
    print("|---" * (2 + len(COLUMNS)) + "|")
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        program = compile_program(options.build, scratch)
        for folder in options.folders:
            files = sorted(p for p in folder.rglob("*") if p.is_file() and "\n" not in str(p))
            lines = "".join(f"decode\t{path}\n" for path in files)
            answers = subprocess.run([program], input=lines, capture_output=True, text=True,
                                     check=True).stdout.splitlines()
            count = Counter()
            for path, answer in zip(files, answers, strict=True):
                theirs = pillow_pixels(path)
                if isinstance(theirs, str) and "UnidentifiedImageError" in theirs and "is not an image" in answer:
                    continue
                column, why = compare(path, answer, theirs, program, scratch)
                count[column] += 1
                results.append({"file": str(path), "result": column, "why": why})
            print("|", " | ".join(map(str, [folder.name, count.total(), *(count[c] for c in COLUMNS)])), "|", flush=True)
    if options.list:
        for result in results:
            if result["result"] != "equal":
                print(f"{result['result']}: {result['file']}: {result['why']}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
