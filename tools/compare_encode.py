#!/usr/bin/env python3
"""Compares `sightline encode` with the reference implementations in fp32, for images and texts.

  compare_encode.py make NAME DIR [--tokenizer FILE]   a full-size model with random weights
      NAME: B/32, B/16, L/14, L/14@336 (transformers), RN50, RN101, RN50x4, RN50x16, RN50x64,
      ViT-H-14, ViT-bigG-14 (open_clip), ResNet-50, MobileNetV2 (torchvision; need no
      tokenizer)
      FILE: tokenizer.json, or OpenAI's bpe_simple_vocab_16e6.txt.gz
  compare_encode.py reference MODEL OUT [--images DIR] [--texts FILE]
      OUT.image.npy, OUT.text.npy: unit vectors of the reference
  compare_encode.py check OURS.npy REFERENCE.npy       exit code 1 beyond the tolerances

Needs torch, numpy, Pillow, tokenizers or open_clip_torch, and the library of the model: transformers,
open_clip_torch with safetensors, or torchvision. Images are resized with Pillow, which defines the
pixels (transformers' default processor resizes with torchvision, which differs by a grey level in some
pixels).

Example:
  compare_encode.py make B/32 b32 --tokenizer clip_tokenizer.json
  compare_encode.py reference b32 b32-reference --images photos --texts captions.txt
  sightline encode --model b32 --images photos --out image.npy
  compare_encode.py check image.npy b32-reference.image.npy
"""
import argparse
import pathlib
import sys

import numpy as np

import reference_models

MIN_COSINE = 0.999999
# Relative error of a row: |ours - reference| / |reference|.
MAX_RELATIVE = 1e-5


def make(args):
    reference_models.make(args.name, args.model, args.tokenizer)


def preprocess(path, model):
    from PIL import Image, ImageOps
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    width, height = image.size
    short, long = min(width, height), max(width, height)
    scaled = int(model.resize * long / short)
    filter = Image.Resampling.BICUBIC if model.bicubic else Image.Resampling.BILINEAR
    image = image.resize((model.resize, scaled) if width <= height else (scaled, model.resize), filter)
    middle = (lambda room: round(room / 2)) if model.half_even else (lambda room: room // 2)
    left, top = middle(image.width - model.size), middle(image.height - model.size)
    image = image.crop((left, top, left + model.size, top + model.size))
    pixels = np.asarray(image, dtype=np.float32) / np.float32(255)
    return ((pixels - np.float32(model.mean)) / np.float32(model.std)).transpose(2, 0, 1)


def tokenizer_of(folder, limit):
    """Returns a function from a text to its ids, truncated to `limit` with the end token kept."""
    if (folder / "tokenizer.json").exists():
        from tokenizers import Tokenizer
        encode = Tokenizer.from_file(str(folder / "tokenizer.json")).encode
        whole = lambda text: encode(text).ids
    else:
        from open_clip.tokenizer import SimpleTokenizer
        tokenizer = SimpleTokenizer(str(folder / "bpe_simple_vocab_16e6.txt.gz"))
        whole = lambda text: [tokenizer.sot_token_id, *tokenizer.encode(text), tokenizer.eot_token_id]
    cut = lambda ids: ids if len(ids) <= limit else ids[:limit - 1] + ids[-1:]
    return lambda text: cut(whole(text))


def unit(features):
    import torch
    return torch.nn.functional.normalize(features.double(), dim=-1).float().numpy()


def reference(args):
    import torch
    folder = pathlib.Path(args.model)
    model = reference_models.load(folder)
    with torch.no_grad():
        if args.images:
            files = sorted((p for p in pathlib.Path(args.images).rglob("*") if p.is_file()), key=lambda p: str(p).encode())
            rows = []
            for begin in range(0, len(files), 16):
                pixels = [preprocess(p, model) for p in files[begin:begin + 16]]
                rows.append(unit(model.image(torch.from_numpy(np.stack(pixels)))))
            np.save(args.out + ".image.npy", np.concatenate(rows))
        if args.texts:
            encode = tokenizer_of(folder, model.limit)
            lines = pathlib.Path(args.texts).read_text(encoding="utf-8").split("\n")[:-1]
            np.save(args.out + ".text.npy", np.concatenate([unit(model.text(torch.tensor([encode(line)]))) for line in lines]))


def check(args):
    ours, theirs = np.load(args.ours), np.load(args.reference)
    if ours.shape != theirs.shape:
        sys.exit(f"shapes differ: {ours.shape} and {theirs.shape}")
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    relative = np.linalg.norm(a - b, axis=1) / np.linalg.norm(b, axis=1)
    good = cosine.min() >= MIN_COSINE and relative.max() <= MAX_RELATIVE
    print(f"{len(a)} rows: smallest cosine {cosine.min():.9f}, largest relative error {relative.max():.2e}: {'ok' if good else 'FAILED'}")
    sys.exit(0 if good else 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("make")
    p.add_argument("name", choices=reference_models.NAMES)
    p.add_argument("model")
    p.add_argument("--tokenizer")
    p.set_defaults(run=make)
    p = commands.add_parser("reference")
    p.add_argument("model")
    p.add_argument("out")
    p.add_argument("--images")
    p.add_argument("--texts")
    p.set_defaults(run=reference)
    p = commands.add_parser("check")
    p.add_argument("ours")
    p.add_argument("reference")
    p.set_defaults(run=check)
    args = parser.parse_args()
    args.run(args)


main()
