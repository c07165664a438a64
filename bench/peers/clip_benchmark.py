#!/usr/bin/env python3
"""Runs CLIP_benchmark's own retrieval evaluation on Sightline: clip_benchmark.py MODEL DATASET [--splits A,B].

DATASET is an ImageFolder with metadata.jsonl, whose rows have `file_name` and `text` or `captions`. Prints each recall of
CLIP_benchmark and that of sightline.evaluate. Needs torch and clip-benchmark.

CLIP_benchmark makes every image of the list a candidate, as keep_repeats does. It ranks by similarity in float32, and of
equal similarities takes those that torch.topk returns; sightline.evaluate ranks in double, and ties count against the
model. The two therefore differ by queries whose image is tied at rank K, as of equal images.
"""

import argparse
import json
import pathlib
import sys

# The script has the name of the package that it imports.
sys.path = [path for path in sys.path if pathlib.Path(path or ".").resolve() != pathlib.Path(__file__).resolve().parent]

import torch
from clip_benchmark.metrics import zeroshot_retrieval
from clip_benchmark.models import load_clip
from PIL import Image, ImageOps

import sightline
from sightline import clip_benchmark

KS = (1, 5, 10)


def captions_of(row):
    found = row.get("captions", row.get("text"))
    return [found] if isinstance(found, str) else list(found)


class Pairs(torch.utils.data.Dataset):
    """Preprocessed images with their captions."""

    def __init__(self, folder, splits, transform):
        rows = map(json.loads, (folder / "metadata.jsonl").read_text().splitlines())
        self.rows = [
            (folder / row["file_name"], captions_of(row)) for row in rows if not splits or row.get("split") in splits
        ]
        self.transform = transform

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, at):
        file, captions = self.rows[at]
        return self.transform(ImageOps.exif_transpose(Image.open(file))), captions


def collate(rows):
    return torch.stack([image for image, _ in rows]), [captions for _, captions in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("dataset", type=pathlib.Path)
    parser.add_argument("--splits", default="", help="of the column `split`, with commas; default: all rows")
    options = parser.parse_args()
    splits = [name for name in options.splits.split(",") if name]

    clip_benchmark.register()
    model, transform, tokenizer = load_clip(clip_benchmark.MODEL_TYPE, options.model, "", "", "cpu")
    pairs = Pairs(options.dataset, splits, transform)
    loader = torch.utils.data.DataLoader(pairs, batch_size=64, collate_fn=collate)
    theirs = zeroshot_retrieval.evaluate(model, loader, tokenizer, "cpu", amp=False, recall_k_list=list(KS))
    ours = sightline.evaluate(
        options.model, options.dataset, splits=splits, keep_repeats=True, bootstrap=0, permutations=0, cache=False
    ).metrics

    directions = {"image_retrieval": "text_to_image", "text_retrieval": "image_to_text"}
    queries = {"image_retrieval": sum(len(captions) for _, captions in pairs.rows), "text_retrieval": len(pairs)}
    for task, direction in directions.items():
        for k in KS:
            their, our = theirs[f"{task}_recall@{k}"], ours[direction][f"recall_at_{k}"]
            count = round(abs(their - our) * queries[task], 3)
            verdict = "equal" if count < 0.001 else f"differ by {count:g} of {queries[task]} queries"
            print(f"{task} recall@{k}: CLIP_benchmark {their:.4f}, Sightline {our:.4f}, {verdict}")


if __name__ == "__main__":
    main()
