#!/usr/bin/env python3
"""Compares `sightline encode` of the shipped models with the libraries whose formats they have.

  compare_shipped.py reference MODEL OUT [--images DIR] [--texts FILE]
      OUT.image.npy, OUT.text.npy: unit vectors of the reference
  compare_encode.py check OURS.npy REFERENCE.npy     exit code 1 beyond the tolerances

The library is open_clip for an open_clip_config.json, timm for a config.json with "architecture", else
transformers by model_type: CLIPModel, or BertModel with the mean over the mask. Each uses its own image
preprocessing and loads weights strictly; `tokenizers` tokenizes texts with tokenizer.json.

Needs torch, transformers, open_clip_torch, timm, Pillow, numpy.

Example:
  compare_shipped.py reference models/emoji-rn rn --images build/emoji/images --texts texts.txt
  sightline encode --model models/emoji-rn --images build/emoji/images --out image.npy
  sightline encode --model models/emoji-rn --texts texts.txt --out text.npy
  compare_encode.py check image.npy rn.image.npy
  compare_encode.py check text.npy rn.text.npy
"""
import argparse
import json
import pathlib

import numpy as np
import torch
from PIL import Image

BATCH = 64


def fast_tokenizer(folder):
    """The tokenizer of tokenizer.json. (AutoTokenizer rebuilds CLIP's from vocab.json and merges.txt, which
    fails with transformers 5.12 and tokenizers 0.23.)"""
    from transformers import PreTrainedTokenizerFast
    config = json.loads((folder / "tokenizer_config.json").read_text())
    return PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), pad_token=config["pad_token"],
        model_max_length=config["model_max_length"])


def open_clip_functions(folder):
    import open_clip
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    model.eval()
    tokenizer = fast_tokenizer(folder)
    clean = open_clip.tokenizer.get_clean_fn("whitespace")

    def encode(texts):  # cleaned and padded as by open_clip's HFTokenizer
        batch = tokenizer([clean(text) for text in texts], padding="max_length", truncation=True, return_tensors="pt")
        return model.encode_text(batch["input_ids"])
    return transform, model.encode_image, encode


def timm_functions(folder):
    import timm
    from timm.data import create_transform, resolve_data_config
    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    transform = create_transform(**resolve_data_config({}, model=model))
    return transform, model, None


def bert_functions(folder):
    from transformers import BertModel
    model = BertModel.from_pretrained(folder, dtype=torch.float32, add_pooling_layer=False).eval()
    tokenizer = fast_tokenizer(folder)

    def encode(texts):
        batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        states = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        return (states * mask).sum(1) / mask.sum(1)
    return None, None, encode


def clip_functions(folder):
    from transformers import CLIPModel
    from torchvision import transforms
    model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = fast_tokenizer(folder)
    config = json.loads((folder / "preprocessor_config.json").read_text())
    side = config["crop_size"]["height"]
    transform = transforms.Compose([
        transforms.Resize(side, interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop(side), lambda image: image.convert("RGB"), transforms.ToTensor(),
        transforms.Normalize(config["image_mean"], config["image_std"])])

    def features(output):  # transformers 5 returns an object, earlier versions the tensor
        return getattr(output, "pooler_output", output)
    return (transform, lambda pixels: features(model.get_image_features(pixel_values=pixels)),
            lambda texts: features(model.get_text_features(
                **tokenizer(texts, padding=True, truncation=True, return_tensors="pt"))))


def functions(folder):
    if (folder / "open_clip_config.json").exists():
        return open_clip_functions(folder)
    config = json.loads((folder / "config.json").read_text())
    if "architecture" in config:
        return timm_functions(folder)
    return bert_functions(folder) if config["model_type"] == "bert" else clip_functions(folder)


def unit(rows):
    rows = np.concatenate([row.numpy() for row in rows]).astype(np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@torch.no_grad()
def reference(args):
    transform, encode_images, encode_texts = functions(pathlib.Path(args.model).resolve())
    if args.images:
        paths = sorted(p for p in pathlib.Path(args.images).rglob("*") if p.is_file())
        images = [torch.stack([transform(Image.open(p).convert("RGB")) for p in paths[i:i + BATCH]])
                    for i in range(0, len(paths), BATCH)]
        np.save(f"{args.out}.image.npy", unit([encode_images(batch) for batch in images]))
    if args.texts:
        texts = pathlib.Path(args.texts).read_text().splitlines()
        np.save(f"{args.out}.text.npy",
                unit([encode_texts(texts[i:i + BATCH]) for i in range(0, len(texts), BATCH)]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    command = parser.add_subparsers(dest="command", required=True).add_parser("reference")
    command.add_argument("model")
    command.add_argument("out")
    command.add_argument("--images")
    command.add_argument("--texts")
    reference(parser.parse_args())


if __name__ == "__main__":
    main()
