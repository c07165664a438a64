#!/usr/bin/env python3
"""Generates tests/golden/clip_resnet: tiny random CLIP models with a ModifiedResNet, and what open_clip
computes with them.

usage: clip_resnet.py OUT_DIR       needs torch, open_clip_torch, safetensors, numpy

Each case is a directory in OpenCLIP's layout (open_clip_config.json, open_clip_model.safetensors),
without tokenizer, plus
  pixels.npy (B, 3, S, S) f32      image.npy (B, D) f32: encode_image
  ids.jsonl  one list per line     text.npy  (N, D) f32: encode_text, one text at a time
"""
import json
import pathlib
import sys

import numpy as np
import open_clip
import torch
from safetensors.torch import save_file

VOCAB = 60
# name: layers, width, head width, image side, images, type of the file's weights, D
# (half precision keeps the files small)
CASES = {
    "small": ([2, 1, 2, 1], 4, 16, 32, 3, torch.float16, 12),
    # Channels 3, 6, 12, 24, 48: no multiple of a vector's lanes.
    "odd": ([1, 2, 1, 1], 6, 64, 64, 2, torch.float16, 11),
}


def build(layers, width, head_width, size, dim):
    config = {
        "embed_dim": dim, "quick_gelu": True,
        "vision_cfg": {"image_size": size, "layers": layers, "width": width, "head_width": head_width,
                       "patch_size": None},
        "text_cfg": {"context_length": 9, "vocab_size": VOCAB, "width": 16, "heads": 2, "layers": 1},
    }
    return open_clip.CLIP(**config).eval(), config


def disturb(model, dtype):
    """Perturbs all tensors, so that every part affects the result, in particular the batch norms' statistics, which
    are initialised to 0 and 1. Rounds them to the type of the file."""
    with torch.no_grad():
        for name, value in list(model.named_parameters()) + list(model.named_buffers()):
            if not value.is_floating_point() or name in ("attn_mask", "logit_scale"):
                continue
            noise = torch.randn_like(value)
            if name.endswith("running_var"):
                value.copy_(0.3 + noise.square())
            elif name.endswith("running_mean"):
                value.copy_(0.5 * noise)
            elif value.dim() == 1 and ".bn" in name or ".downsample.1." in name:
                value.copy_(1 + 0.3 * noise if name.endswith("weight") else 0.3 * noise)
            elif value.dim() == 4:
                value.copy_(noise * (2 / value[0].numel()) ** 0.5)
            else:
                value.add_(0.1 * noise)
            value.copy_(value.to(dtype))


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, (layers, width, head_width, size, images, dtype, dim)) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model, config = build(layers, width, head_width, size, dim)
        disturb(model, dtype)
        folder = out / name
        folder.mkdir(parents=True, exist_ok=True)
        weights = {key: value.to(dtype) if value.is_floating_point() else value
                   for key, value in model.state_dict().items()}
        save_file(weights, folder / "open_clip_model.safetensors")
        preprocess = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711],
                      "interpolation": "bicubic", "resize_mode": "shortest", "size": [size, size]}
        (folder / "open_clip_config.json").write_text(
            json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}, indent=2) + "\n")
        rng = np.random.default_rng(seed)
        # Images of different colours and contrast: a network that averages cannot distinguish noise images.
        pixels = rng.standard_normal((images, 3, size, size)) * rng.uniform(0.3, 2, (images, 1, 1, 1))
        pixels = (pixels + 1.5 * rng.standard_normal((images, 3, 1, 1))).astype(np.float32)
        texts = [[VOCAB - 2] + rng.integers(0, VOCAB - 2, n).tolist() + [VOCAB - 1] for n in (0, 3, 7)]
        with torch.no_grad():
            image = model.encode_image(torch.from_numpy(pixels)).numpy()
            rows = [model.encode_text(torch.tensor([t + [0] * (9 - len(t))]))[0].numpy() for t in texts]
        # With few channels, ReLU may set all to 0, and all images would have the same vector.
        apart = np.abs(image - image[0]).max() / image.std() if images > 1 else 1
        assert apart > 0.3, f"{name}: the images' vectors differ by {apart} only"
        np.save(folder / "pixels.npy", pixels)
        np.save(folder / "image.npy", image)
        np.save(folder / "text.npy", np.stack(rows))
        (folder / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))
        print(name, image.std(), np.stack(rows).std())


main()
