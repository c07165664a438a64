#!/usr/bin/env python3
"""Generates the cases of tests/golden/open_clip whose image tower is a plain vision transformer of timm.

usage: open_clip_vit.py OUT_DIR [CASE ...]       needs torch, open_clip_torch, timm, numpy, safetensors

Files as open_clip_native.py writes them. The tiny towers have names that timm does not have, with the parts by
which the reader tells heads, activation and epsilon.
"""
import functools
import pathlib
import sys

import torch
from timm.layers import LayerNorm
from timm.models import register_model
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_hybrid import ConvStem, HybridEmbed

import open_clip_native as native


def tiny(name, size, **settings):
    """Registers a constructor with timm."""
    def create(pretrained=False, **arguments):
        arguments = {key: value for key, value in arguments.items() if not key.startswith("pretrained")}
        arguments.pop("cache_dir", None)
        model = VisionTransformer(img_size=size, **{**settings, **arguments})
        model.default_cfg = {}
        return model

    create.__name__, create.__module__ = name, "timm.models.vision_transformer"
    register_model(create)


VitMap = dict(class_token=False, global_pool="map")
SMALL = dict(width=20, heads=4, layers=1, context_length=9, vocab_size=60)
CASES = {
    # name: (timm's name, image size, pool, projection, D)
    "vit_map": ("vit_so400m_patch7_siglip_23", 23, "map", "none", 48),
    "vit_map_tanh": ("vit_giantopt_patch5_siglip_17", 17, "map", "none", 32),
    "vit_clip": ("vit_tiny_patch7_clip_23", 23, "token", None, 11),
    "vit_gap": ("vit_tiny_patch7_gap_23", 23, "", "linear", 13),
    "vit_convolutions": ("vit_base_mci_35", 35, "token", None, 11),
}


def register():
    tiny(CASES["vit_map"][0], 23, patch_size=7, embed_dim=48, depth=1, num_heads=16, mlp_ratio=2.3, **VitMap)
    tiny(CASES["vit_map_tanh"][0], 17, patch_size=5, embed_dim=32, depth=1, num_heads=16, mlp_ratio=2,
         act_layer="gelu_tanh", **VitMap)
    tiny(CASES["vit_clip"][0], 23, patch_size=7, embed_dim=64, depth=2, num_heads=1, mlp_ratio=0.5, pre_norm=True,
         norm_layer=functools.partial(LayerNorm, eps=1e-5))
    tiny(CASES["vit_gap"][0], 23, patch_size=7, embed_dim=64, depth=2, num_heads=1, mlp_ratio=0.5, class_token=False,
         global_pool="avg", qkv_bias=False, init_values=1e-6, fc_norm=False)
    stem = ConvStem(channels=(12, 10, 64), stride=(4, 2, 2), kernel_size=(4, 2, 2), padding=0,
                    act_layer=torch.nn.GELU)
    tiny(CASES["vit_convolutions"][0], 35, patch_size=1, embed_dim=64, depth=2, num_heads=1, mlp_ratio=0.5,
         no_embed_class=True, embed_layer=functools.partial(HybridEmbed, backbone=stem, proj=False))


def main():
    register()
    out = pathlib.Path(sys.argv[1])
    for seed, (name, (timm_name, size, pool, projection, dim)) in enumerate(CASES.items()):
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        torch.manual_seed(seed)
        vision = dict(timm_model_name=timm_name, timm_model_pretrained=False, timm_pool=pool, timm_proj=projection,
                      image_size=size)
        config = dict(embed_dim=dim, custom_text=True, vision_cfg=vision, text_cfg=SMALL)
        native.write_case(out / name, config, native.randomize(native.build(config), seed), seed=seed)


main()
