#!/usr/bin/env python3
"""Generates cases of tests/golden/open_clip: tiny random models with timm's towers of relative positions.

usage: open_clip_relative.py OUT_DIR       needs torch, timm, open_clip_torch, safetensors, numpy

Swin with windows that are shifted in its first stage, and the ViT with biases computed by two layers. The
files are those of open_clip_eva.py, whose functions write them.
"""
import pathlib
import sys

import torch
from open_clip_eva import build, model_config, randomize, write

CASES = {
    # timm's model: image size, embedding dimension, reduced sizes.
    "swin_base_patch4_window7_224": (
        60, 13, dict(window_size=5, embed_dim=16, patch_size=3, depths=(2, 3), num_heads=(2, 4),
                     mlp_ratio=1.5)),
    "vit_relpos_medium_patch16_cls_224": (
        23, 11, dict(patch_size=7, embed_dim=30, depth=2, num_heads=3, mlp_ratio=1.7, rel_pos_dim=19)),
}


@torch.no_grad()
def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, (size, dim, reduced)) in enumerate(CASES.items()):
        config = model_config(name, size, dim, "")
        config["vision_cfg"]["timm_proj"] = "linear"
        model = build(config, reduced)
        randomize(model, seed)
        write(out / name, config, model, seed)


main()
