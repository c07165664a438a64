#!/usr/bin/env python3
"""Generates tests/golden/siglip: a tiny random SigLIP model and what transformers computes with it.

usage: siglip.py OUT_DIR       needs torch, transformers, numpy

OUT_DIR/tiny is a directory as SiglipModel.save_pretrained writes it, without tokenizer, plus
  pixels.npy (B, 3, S, S) f32      image.npy (B, D) f32: get_image_features
  ids.jsonl  one list per line     text.npy  (N, D) f32: get_text_features of the padded ids
"""
import json
import pathlib
import sys

import numpy as np
import torch
from transformers import SiglipConfig, SiglipModel


def features(output):
    """transformers 5 wraps the projected features."""
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def main():
    torch.manual_seed(0)
    folder = pathlib.Path(sys.argv[1]) / "tiny"
    config = SiglipConfig(
        vision_config=dict(hidden_size=30, num_hidden_layers=2, num_attention_heads=5, intermediate_size=41,
                           image_size=23, patch_size=7),
        text_config=dict(hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=33,
                         max_position_embeddings=9, vocab_size=60, projection_size=30))
    model = SiglipModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 0:
                parameter.add_(torch.randn_like(parameter) * 0.15)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    rng = np.random.default_rng(0)
    pixels = rng.standard_normal((3, 3, 23, 23)).astype(np.float32)
    texts = [rng.integers(2, 60, n).tolist() + [1] for n in (1, 4, 8, 3)]
    padded = torch.tensor([text + [1] * (9 - len(text)) for text in texts])
    with torch.no_grad():
        np.save(folder / "image.npy", features(model.get_image_features(pixel_values=torch.from_numpy(pixels))).numpy())
        np.save(folder / "text.npy", features(model.get_text_features(input_ids=padded)).numpy())
    np.save(folder / "pixels.npy", pixels)
    (folder / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))


main()
