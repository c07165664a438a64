#!/usr/bin/env python3
"""Compares `sightline encode` with transformers in fp32, pictures and texts.

  compare_encode.py make SIZE DIR --tokenizer FILE   a full-size model with random weights
      SIZE: B/32, B/16, L/14, L/14@336
  compare_encode.py reference MODEL OUT [--images DIR] [--texts FILE]
      OUT.image.npy, OUT.text.npy: unit vectors that transformers gives
  compare_encode.py check OURS.npy REFERENCE.npy     exit code 1 beyond the tolerances

Needs torch, transformers, tokenizers, Pillow, numpy. Pictures are resized with Pillow, which is the
definition of the pixels (transformers' own processor resizes with torchvision, which differs by a
grey level here and there).

Example, with the models and pictures that the tests' reference machine has:
  compare_encode.py make B/32 /tmp/b32 --tokenizer clip_tokenizer.json
  compare_encode.py reference /tmp/b32 /tmp/b32-reference --images photos --texts captions.txt
  sightline encode --model /tmp/b32 --images photos --out image.npy
  compare_encode.py check image.npy /tmp/b32-reference.image.npy
"""
import argparse
import json
import pathlib
import shutil
import sys

import numpy as np

MIN_COSINE = 0.999999
MAX_DIFFERENCE = 1e-4

#       vision: width layers heads patch size   text: width heads   D
SIZES = {
    "B/32": (768, 12, 12, 32, 224, 512, 8, 512),
    "B/16": (768, 12, 12, 16, 224, 512, 8, 512),
    "L/14": (1024, 24, 16, 14, 224, 768, 12, 768),
    "L/14@336": (1024, 24, 16, 14, 336, 768, 12, 768),
}


def make(args):
    import torch
    from transformers import CLIPConfig, CLIPModel
    width, layers, heads, patch, size, text, text_heads, dim = SIZES[args.size]
    torch.manual_seed(0)
    config = CLIPConfig(
        vision_config=dict(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
                           intermediate_size=4 * width, patch_size=patch, image_size=size),
        text_config=dict(hidden_size=text, num_attention_heads=text_heads, intermediate_size=4 * text,
                         bos_token_id=49406, eos_token_id=49407, pad_token_id=49407),
        projection_dim=dim)
    folder = pathlib.Path(args.model)
    CLIPModel(config).eval().save_pretrained(folder)
    shutil.copyfile(args.tokenizer, folder / "tokenizer.json")
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "feature_extractor_type": "CLIPFeatureExtractor", "do_resize": True, "size": size, "resample": 3,
        "do_center_crop": True, "crop_size": size, "do_normalize": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}))


def preprocess(path, size, mean, std):
    from PIL import Image
    picture = Image.open(path).convert("RGB")
    width, height = picture.size
    short, long = min(width, height), max(width, height)
    scaled = int(size * long / short)
    picture = picture.resize((size, scaled) if width <= height else (scaled, size), Image.Resampling.BICUBIC)
    left, top = (picture.width - size) // 2, (picture.height - size) // 2
    pixels = np.asarray(picture.crop((left, top, left + size, top + size)), dtype=np.float32) / np.float32(255)
    return ((pixels - np.float32(mean)) / np.float32(std)).transpose(2, 0, 1)


def unit(features):
    import torch
    features = features if isinstance(features, torch.Tensor) else features.pooler_output
    return torch.nn.functional.normalize(features.double(), dim=-1).float().numpy()


def reference(args):
    import torch
    from tokenizers import Tokenizer
    from transformers import CLIPModel
    folder = pathlib.Path(args.model)
    model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
    processor = json.loads((folder / "preprocessor_config.json").read_text())
    size = model.config.vision_config.image_size
    with torch.no_grad():
        if args.images:
            files = sorted((p for p in pathlib.Path(args.images).rglob("*") if p.is_file()), key=lambda p: str(p).encode())
            rows = []
            for begin in range(0, len(files), 16):
                pixels = [preprocess(p, size, processor["image_mean"], processor["image_std"]) for p in files[begin:begin + 16]]
                rows.append(unit(model.get_image_features(pixel_values=torch.from_numpy(np.stack(pixels)))))
            np.save(args.out + ".image.npy", np.concatenate(rows))
        if args.texts:
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            limit = model.config.text_config.max_position_embeddings
            rows = []
            for line in pathlib.Path(args.texts).read_text(encoding="utf-8").split("\n")[:-1]:
                ids = tokenizer.encode(line).ids
                if len(ids) > limit:
                    ids = ids[:limit - 1] + ids[-1:]
                rows.append(unit(model.get_text_features(input_ids=torch.tensor([ids]))))
            np.save(args.out + ".text.npy", np.concatenate(rows))


def check(args):
    ours, theirs = np.load(args.ours), np.load(args.reference)
    if ours.shape != theirs.shape:
        sys.exit(f"shapes differ: {ours.shape} and {theirs.shape}")
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    difference = np.abs(a - b).max()
    good = cosine.min() >= MIN_COSINE and difference <= MAX_DIFFERENCE
    print(f"{len(a)} rows: smallest cosine {cosine.min():.9f}, largest difference {difference:.2e}: {'ok' if good else 'TOO FAR'}")
    sys.exit(0 if good else 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("make")
    p.add_argument("size", choices=SIZES)
    p.add_argument("model")
    p.add_argument("--tokenizer", required=True)
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
