#!/usr/bin/env python3
"""Generates tests/golden/clip_vit: tiny random CLIP models and what transformers computes with them.

usage: clip_vit.py OUT_DIR       needs torch, transformers, numpy

Each case is a directory as CLIPModel.save_pretrained writes it, without tokenizer, plus
  pixels.npy (B, 3, S, S) f32      image.npy (B, D) f32: get_image_features
  ids.jsonl  one list per line     text.npy  (N, D) f32: get_text_features, one text at a time
"""
import json
import pathlib
import sys

import numpy as np
import torch
from transformers import CLIPConfig, CLIPModel

CASES = {
    # name: vision (width, layers, heads, mlp, size, patch), text (width, layers, heads, mlp, context), D, activation
    "quick_gelu": ((32, 2, 2, 64, 24, 8), (24, 2, 3, 48, 16), 20, "quick_gelu"),
    # Odd sizes: 3 x 3 patches of 7 in 23 pixels leave a border unused.
    "gelu_odd": ((30, 3, 5, 50, 23, 7), (14, 1, 2, 22, 9), 11, "gelu"),
    # TinyCLIP: the towers are narrower than the projection, and of different depth.
    "tinyclip": ((24, 3, 3, 96, 24, 8), (16, 1, 2, 64, 10), 41, "quick_gelu"),
}
VOCAB = 60


def features(output):
    """transformers 5 wraps the projected features."""
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def build(vision, text, dim, act, seed):
    torch.manual_seed(seed)
    vw, vl, vh, vm, size, patch = vision
    tw, tl, th, tm, context = text
    config = CLIPConfig(
        vision_config=dict(hidden_size=vw, num_hidden_layers=vl, num_attention_heads=vh, intermediate_size=vm,
                           image_size=size, patch_size=patch, hidden_act=act),
        text_config=dict(hidden_size=tw, num_hidden_layers=tl, num_attention_heads=th, intermediate_size=tm,
                         max_position_embeddings=context, vocab_size=VOCAB, hidden_act=act,
                         bos_token_id=VOCAB - 2, eos_token_id=VOCAB - 1, pad_token_id=VOCAB - 1),
        projection_dim=dim)
    model = CLIPModel(config).eval()
    with torch.no_grad():  # larger than the initialisation, so that every part affects the result
        for parameter in model.parameters():
            if parameter.dim() > 0:
                parameter.add_(torch.randn_like(parameter) * 0.15)
    return model, size, context


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, (vision, text, dim, act)) in enumerate(CASES.items()):
        model, size, context = build(vision, text, dim, act, seed)
        folder = out / name
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        rng = np.random.default_rng(seed)
        pixels = rng.standard_normal((3, 3, size, size)).astype(np.float32)
        texts = [[VOCAB - 2] + rng.integers(0, VOCAB - 2, n).tolist() + [VOCAB - 1]
                 for n in (0, 1, 4, context - 2, 4)]
        with torch.no_grad():
            image = features(model.get_image_features(pixel_values=torch.from_numpy(pixels)))
            rows = [features(model.get_text_features(input_ids=torch.tensor([t])))[0].numpy() for t in texts]
        np.save(folder / "pixels.npy", pixels)
        np.save(folder / "image.npy", image.numpy())
        np.save(folder / "text.npy", np.stack(rows))
        (folder / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))


main()
