#!/usr/bin/env python3
"""Generates cases of tests/golden/open_clip: tiny random models with timm's Eva as image tower.

usage: open_clip_eva.py OUT_DIR       needs torch, timm, open_clip_torch, safetensors, numpy

Each case is a directory as OpenCLIP stores it, without tokenizer, plus
  pixels.npy (B, 3, S, S) f32      image.npy (B, D) f32: encode_image
  ids.jsonl  one list per line     text.npy  (N, D) f32: encode_text
The settings are those of the timm model that the config names; only its sizes are reduced. All weights are
random, also those that start as zeros and ones, and representable in fp16, in which they are stored.
"""
import json
import pathlib
import sys

import numpy as np
import open_clip.timm_model
import timm
import torch
from open_clip.model import CustomTextCLIP
from safetensors.torch import save_file

VOCAB, CONTEXT = 41, 9
CASES = {
    # timm's model: image size, embedding dimension, timm_pool, reduced sizes. Heads are the model's own.
    "eva_giant_patch14_224": (23, 11, "token", dict(patch_size=7, embed_dim=80, depth=2, mlp_ratio=53 / 80)),
    "eva02_base_patch16_clip_224": (
        21, 13, "token", dict(patch_size=5, embed_dim=96, depth=2, mlp_ratio=37 / 96)),
    "eva02_enormous_patch14_clip_224": (
        23, 11, "token", dict(patch_size=7, embed_dim=80, depth=2, mlp_ratio=53 / 80)),
    "vit_pe_core_tiny_patch16_384": (
        21, 13, "map", dict(patch_size=5, embed_dim=48, depth=2, mlp_ratio=61 / 48, attn_pool_mlp_ratio=59 / 48)),
    "vit_pe_core_gigantic_patch14_448": (
        23, 11, "map", dict(patch_size=7, embed_dim=64, depth=2, mlp_ratio=61 / 64, attn_pool_mlp_ratio=59 / 64)),
}


def model_config(name, size, dim, pool):
    return dict(embed_dim=dim,
                vision_cfg=dict(image_size=size, timm_model_name=name, timm_model_pretrained=False,
                                timm_pool=pool, timm_proj=None),
                text_cfg=dict(context_length=CONTEXT, vocab_size=VOCAB, width=14, heads=2, layers=1),
                custom_text=True)


def randomize(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if parameter.dim() == 0:
            continue
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() == 1 and "norm" in name and name.endswith("weight"):
            parameter.copy_(1 + 0.3 * noise)
        elif parameter.dim() == 1 or "latent" in name or "embed" in name and "patch" not in name:
            parameter.copy_(0.3 * noise)
        else:
            parameter.copy_(noise * parameter[0].numel() ** -0.5)
        parameter.copy_(parameter.half().float())


def build(config, reduced):
    create = timm.create_model
    size = config["vision_cfg"]["image_size"]
    open_clip.timm_model.timm.create_model = lambda name, **settings: create(
        name, **settings, **reduced, img_size=size)
    try:
        return CustomTextCLIP(**{key: value for key, value in config.items() if key != "custom_text"}).eval()
    finally:
        open_clip.timm_model.timm.create_model = create


def write(folder, config, model, seed):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    size = config["vision_cfg"]["image_size"]
    pixels = rng.standard_normal((3, 3, size, size)).astype(np.float32)
    texts = [[VOCAB - 2] + rng.integers(1, VOCAB - 2, n).tolist() + [VOCAB - 1] for n in (0, 3, CONTEXT - 2)]
    padded = torch.tensor([text + [0] * (CONTEXT - len(text)) for text in texts])
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "image.npy", model.encode_image(torch.from_numpy(pixels)).numpy())
    np.save(folder / "text.npy", model.encode_text(padded).numpy())
    (folder / "ids.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}, indent=2) + "\n")
    state = {name: tensor.half().contiguous() if tensor.dim() > 0 else tensor
             for name, tensor in model.state_dict().items() if name != "text.attn_mask"}
    save_file(state, folder / "open_clip_model.safetensors")


@torch.no_grad()
def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, (size, dim, pool, reduced)) in enumerate(CASES.items()):
        config = model_config(name, size, dim, pool)
        model = build(config, reduced)
        randomize(model, seed)
        write(out / name, config, model, seed)


main()
