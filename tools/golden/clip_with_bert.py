#!/usr/bin/env python3
"""Generates tests/golden/chinese_clip and tests/golden/altclip: tiny random models and transformers' results.

usage: clip_with_bert.py OUT_DIR       needs torch, transformers, numpy, safetensors

Each case is a directory as save_pretrained writes it, without tokenizer, plus
  pixels.npy (B, 3, S, S) f32      image.npy (B, D) f32: get_image_features
  ids.jsonl  one list per line     text.npy  (N, D) f32: get_text_features, all texts in one padded batch
The config of "sections" has the sections' values under older keys, and its file the buffers of older versions; the
file of "published" names the layers of the image tower as transformers 4 does.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import AltCLIPConfig, AltCLIPModel, ChineseCLIPConfig, ChineseCLIPModel

VOCAB = 50
TEXT = dict(vocab_size=VOCAB, hidden_size=21, num_hidden_layers=2, num_attention_heads=7, intermediate_size=43,
            max_position_embeddings=31)
VISION = dict(hidden_size=22, num_hidden_layers=2, num_attention_heads=2, intermediate_size=39, image_size=23,
              patch_size=7)
CHINESE = ChineseCLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=17)
ALT = AltCLIPConfig(text_config=dict(TEXT, project_dim=19), vision_config=VISION, projection_dim=17)
CASES = {
    "chinese_clip/tiny": (ChineseCLIPModel, CHINESE, (2, 3, 0)),
    "chinese_clip/sections": (ChineseCLIPModel, CHINESE, (2, 3, 0)),
    "altclip/tiny": (AltCLIPModel, ALT, (0, 2, 1)),
    "altclip/published": (AltCLIPModel, ALT, (0, 2, 1)),
}


def features(output):
    """transformers 5 wraps the projected features."""
    return (output if isinstance(output, torch.Tensor) else output.pooler_output).numpy()


def make_older(folder):
    config = json.loads((folder / "config.json").read_text())
    for key in ("text_config", "vision_config"):
        config[key + "_dict"] = config.pop(key)
        config[key] = None
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    tensors = load_file(folder / "model.safetensors")
    tensors["text_model.embeddings.position_ids"] = torch.arange(31)[None]
    tensors["vision_model.embeddings.position_ids"] = torch.arange(10)[None]
    tensors["text_model.pooler.dense.weight"] = torch.randn(21, 21)
    tensors["text_model.pooler.dense.bias"] = torch.randn(21)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def rename_layers(file):
    tensors = {name.replace("vision_model.encoder.layer.", "vision_model.encoder.layers."): tensor
               for name, tensor in load_file(file).items()}
    save_file(tensors, file, metadata={"format": "pt"})


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, (model_class, config, (start, end, padding))) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model = model_class(config).eval()
        with torch.no_grad():  # larger than the initialisation, so that every part affects the result
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.15)
        folder = out / name
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        rng = np.random.default_rng(seed)
        pixels = rng.standard_normal((3, 3, 23, 23)).astype(np.float32)
        texts = [[start] + rng.integers(4, VOCAB, n).tolist() + [end] for n in (0, 5, 1, 27, 8)]
        longest = max(map(len, texts))
        mask = torch.tensor([[1] * len(t) + [0] * (longest - len(t)) for t in texts])
        ids = torch.tensor([t + [padding] * (longest - len(t)) for t in texts])
        with torch.no_grad():
            image = features(model.get_image_features(pixel_values=torch.from_numpy(pixels)))
            text = features(model.get_text_features(input_ids=ids, attention_mask=mask))
        np.save(folder / "pixels.npy", pixels)
        np.save(folder / "image.npy", image)
        np.save(folder / "text.npy", text)
        (folder / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))
        if name.endswith("sections"):
            make_older(folder)
        elif name.endswith("published"):
            rename_layers(folder / "model.safetensors")


main()
