#!/usr/bin/env python3
"""Compares encoding rates of the Python package with those of C++: python_rate.py MODEL PROGRAM IMAGES.

PROGRAM is build/bench/bench_encode_rate, which encodes the same images and texts with the C++ library; IMAGES is a folder.
Interleaved rounds, best of each. Prints one line per task: rates, and Python / C++.
"""
import argparse
import json
import pathlib
import subprocess
import time

import sightline


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("program")
    parser.add_argument("images", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=1024, help="images, and texts")
    return parser.parse_args()


def rate(count, work):
    begin = time.perf_counter()
    work()
    return count / (time.perf_counter() - begin)


def main():
    options = parse()
    files = sorted(path for path in options.images.rglob("*") if path.suffix in (".png", ".jpg"))[: options.count]
    texts = [f"a photo of the object number {i} on a table" for i in range(options.count)]
    encoder = sightline.Encoder(options.model)
    data = [file.read_bytes() for file in files]
    work = {"images": lambda: encoder.encode_images(data), "texts": lambda: encoder.encode_texts(texts)}
    best = {(task, language): 0.0 for task in work for language in ("python", "cpp")}
    arguments = [options.program, options.model, str(options.count), *map(str, files)]
    for _ in range(options.rounds):
        for task, call in work.items():
            best[task, "python"] = max(best[task, "python"], rate(len(data) if task == "images" else len(texts), call))
        printed = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
        for task in work:
            best[task, "cpp"] = max(best[task, "cpp"], printed[task])
    for task in work:
        python, cpp = best[task, "python"], best[task, "cpp"]
        print(f"{task}: Python {python:.0f}/s, C++ {cpp:.0f}/s, ratio {python / cpp:.3f}")


if __name__ == "__main__":
    main()
