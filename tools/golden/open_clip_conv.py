#!/usr/bin/env python3
"""Generates the cases of tests/golden/open_clip with a convolutional image tower of timm.

usage: open_clip_conv.py OUT_DIR       needs torch, open_clip_torch 3.3.0, timm 1.0.31, numpy, safetensors

Each case is a folder with a tiny random model in OpenCLIP's layout (open_clip_config.json,
open_clip_model.safetensors), pixels.npy (B, 3, S, S) f32 and what open_clip computes, image.npy (B, D). All
parameters and running statistics are random. The towers are timm's own classes with other sizes; Sightline
infers the sizes from the tensors.
"""
import json
import pathlib
import sys
from unittest import mock

import numpy as np
import timm
import torch
from open_clip.model import CLIP
from safetensors.torch import save_file
from timm.models.vitamin import VitCfg, VitConvCfg

TEXT = dict(context_length=8, vocab_size=24, width=8, heads=1, layers=1)


def vitamin_sizes(widths, depths, **sizes):
    convolutions = VitConvCfg(norm_layer="layernorm2d", norm_eps=1e-6)
    return dict(embed_cfg=VitCfg(embed_dim=widths, depths=depths, stem_width=8, conv_cfg=convolutions, head_type="1d"),
                embed_dim=widths[2], **sizes)


# name: (vision_cfg, arguments of the timm class, whether branches are added up before saving)
CASES = {
    "convnext": (dict(timm_model_name="convnext_tiny", timm_pool="", timm_proj="linear", image_size=60),
                 dict(dims=(8, 12, 20, 28), depths=(1, 2, 1, 1)), False),
    "convnext_mlp": (dict(timm_model_name="convnext_xxlarge", timm_pool="", timm_proj="mlp", image_size=52),
                     dict(dims=(6, 10, 14, 22), depths=(1, 1, 1, 1)), False),
    "fastvit": (dict(timm_model_name="fastvit_mci0", timm_pool="avg", timm_proj=None, image_size=44),
                dict(embed_dims=(4, 8, 16, 32), layers=(2, 1, 1, 1)), False),
    "fastvit_folded": (dict(timm_model_name="fastvit_mci0", timm_pool="avg", timm_proj=None, image_size=44),
                       dict(embed_dims=(4, 8, 16, 32), layers=(2, 1, 1, 1)), True),
    "fastvit_5": (dict(timm_model_name="fastvit_mci3", timm_pool="avg", timm_proj=None, image_size=44),
                  dict(embed_dims=(4, 8, 16, 32, 32), layers=(1, 1, 1, 1, 1)), False),
    "vitamin": (dict(timm_model_name="vitamin_small_224", timm_pool="", timm_proj="linear", image_size=36),
                vitamin_sizes((8, 12, 32), (2, 1, 1), depth=2, num_heads=1, img_size=36), False),
    "vitamin_xlarge": (dict(timm_model_name="vitamin_xlarge_256", timm_pool="", timm_proj="linear", image_size=44),
                       vitamin_sizes((12, 20, 48), (1, 2, 1), depth=1, num_heads=16, img_size=44), False),
}


def randomise(model):
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            noise = torch.randn_like(tensor)
            if name.endswith("running_var"):
                tensor.copy_(0.5 + torch.rand_like(tensor))
            elif tensor.dim() >= 2 and not name.endswith("gamma"):
                # 1.3: gates and GELU make values smaller.
                tensor.copy_(noise * (1.3 if tensor.dim() == 4 else 1) * tensor[0].numel() ** -0.5)
            elif name.endswith("weight") or name.endswith("gamma"):
                tensor.copy_(0.7 + 0.3 * noise)
            else:
                tensor.copy_(0.1 * noise)


def make_case(folder, vision, sizes, folded):
    torch.manual_seed(0)
    original = timm.create_model
    with mock.patch.object(timm, "create_model", lambda name, **given: original(name, **dict(given, **sizes))):
        model = CLIP(10, vision, TEXT).eval()
    randomise(model)
    pixels = torch.randn(2, 3, vision["image_size"], vision["image_size"])
    pixels[1] = 2 * pixels[1] + 1  # averages of noise alone are nearly equal
    with torch.no_grad():
        vectors = model.encode_image(pixels)
        if folded:
            model.visual = timm.utils.reparameterize_model(model.visual)
            assert torch.allclose(vectors, model.encode_image(pixels), rtol=1e-3, atol=1e-4)
    folder.mkdir(parents=True, exist_ok=True)
    config = dict(model_cfg=dict(embed_dim=10, vision_cfg=vision, text_cfg=TEXT), preprocess_cfg={})
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name != "attn_mask"}
    save_file(state, folder / "open_clip_model.safetensors")
    np.save(folder / "pixels.npy", pixels.numpy())
    np.save(folder / "image.npy", vectors.numpy())


def main():
    out = pathlib.Path(sys.argv[1])
    for name, case in CASES.items():
        make_case(out / name, *case)


if __name__ == "__main__":
    main()
