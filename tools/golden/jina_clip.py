#!/usr/bin/env python3
"""Generates tests/golden/jina_clip: tiny random models with the published names, and the vectors that the definition yields.

usage: jina_clip.py OUT_DIR       needs torch, numpy, safetensors

Jina-CLIP's own code needs network access. The towers below are written from its description, in double: EVA02 (SwiGLU, layer
norms within attention and SwiGLU, rotary positions by row and column) and XLM-RoBERTa (rotary positions, post-norm, adapters).
Each case is a directory as published, without tokenizer, plus
  pixels.npy (B, 3, S, S) f32      image.npy (B, D) f32: get_image_features
  ids.jsonl  one list per line     text.npy  (N, D) f32: get_text_features
"task" has two tasks and uses the second, "no_task" uses none, and "merged" has plain names and other files' keys.
tools/golden/jina_clip.py is also imported for full sizes: random_tensors, image_features, text_features.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

TEXT = "text_model.transformer.roberta."
TINY = dict(width=24, layers=2, text_heads=3, text_mlp=43, vocab=50, rank=2, alpha=3, base=20000.0,
            tasks=["separation", "retrieval.query"], task="retrieval.query",
            image=23, patch=7, head=12, ratio=1.7, pt=5)
CASES = {
    "task": TINY,
    "no_task": dict(TINY, task=None, base=10000.0),
    "merged": dict(TINY, task=None, tasks=[]),
}


def config_of(m):
    changes = {"lora_alpha": m["alpha"], "lora_dropout_p": 0.0, "lora_rank": m["rank"], "load_trained_adapters": False,
               "use_flash_attn": True}
    if m["tasks"]:
        changes["lora_adaptations"] = m["tasks"]
    if m["base"] != 20000.0:
        changes["rotary_emb_base"] = m["base"]
    if m["width"] != 1024:
        changes.update(vocab_size=m["vocab"], hidden_size=m["width"], num_hidden_layers=m["layers"],
                       num_attention_heads=m["text_heads"], intermediate_size=m["text_mlp"], max_position_embeddings=41)
    return {
        "add_projections": False, "architectures": ["JinaCLIPModel"], "logit_scale_init_value": 2.6592,
        "matryoshka_dimensions": [8, m["width"]], "model_type": "jina_clip", "projection_dim": m["width"],
        "text_config": {"default_instruction_task": None, "default_lora_task": m["task"], "embed_dim": m["width"],
                        "hf_model_config_kwargs": changes, "hf_model_name_or_path": "jinaai/jina-embeddings-v3",
                        "model_type": "jina_clip_text", "pooler_type": "mean_pooler", "proj_bias": False, "proj_type": None},
        "truncate_dim": None, "use_text_flash_attn": None, "use_vision_xformers": None,
        "vision_config": {"embed_dim": m["width"], "fused_layer_norm": False, "head_width": m["head"], "image_size": m["image"],
                          "intp_freq": True, "layers": m["layers"], "ls_init_value": None, "mlp_ratio": m["ratio"],
                          "model_type": "jina_clip_vision", "naive_swiglu": True, "patch_dropout": 0.1,
                          "patch_size": m["patch"], "post_norm": False, "proj_type": None, "pt_hw_seq_len": m["pt"],
                          "qkv_bias": True, "rope_embeddings": True, "subln": True, "width": m["width"],
                          "x_attention": True},
    }


def preprocessor_of(m):
    return {"fill_color": 0, "image_processor_type": "JinaCLIPImageProcessor", "interpolation": "bicubic",
            "mean": [0.48145466, 0.4578275, 0.40821073], "processor_class": "JinaCLIPProcessor", "resize_mode": "shortest",
            "size": m["image"], "std": [0.26862954, 0.26130258, 0.27577711]}


def random_tensors(m, spread):
    """Weights by published name, f32. spread: of the numbers around 0, in layer norms around 1."""
    width, rank, tasks = m["width"], m["rank"], len(m["tasks"])
    mlp = int(width * m["ratio"])
    tensors = {}

    def put(name, *shape, around=0.0):
        tensors[name] = around + torch.randn(shape) * spread

    def norm(name, features):
        put(name + ".weight", features, around=1.0)
        put(name + ".bias", features)

    def linear(name, out, inputs):
        put(name + ".weight", out, inputs)
        put(name + ".bias", out)

    def adapted(name, first, second, table=False):
        if not tasks:
            put(name + ".weight", first, second)
            return
        own = name + ".parametrizations.weight."
        put(own + "original", first, second)
        left, right = ("0.lora_A", "0.lora_B") if table else ("0.lora_B", "0.lora_A")
        put(own + left, tasks, first, rank)
        put(own + right, tasks, rank, second)

    adapted(TEXT + "embeddings.word_embeddings", m["vocab"], width, table=True)
    adapted(TEXT + "embeddings.token_type_embeddings", 1, width, table=True)
    norm(TEXT + "emb_ln", width)
    for i in range(m["layers"]):
        own = f"{TEXT}encoder.layers.{i}."
        for layer, out, inputs in (("mixer.Wqkv", 3 * width, width), ("mixer.out_proj", width, width),
                                   ("mlp.fc1", m["text_mlp"], width), ("mlp.fc2", width, m["text_mlp"])):
            adapted(own + layer, out, inputs)
            put(own + layer + ".bias", out)
        norm(own + "norm1", width)
        norm(own + "norm2", width)
    grid = m["image"] // m["patch"]
    put("vision_model.cls_token", 1, 1, width)
    put("vision_model.pos_embed", 1, grid * grid + 1, width)
    put("vision_model.patch_embed.proj.weight", width, 3, m["patch"], m["patch"])
    put("vision_model.patch_embed.proj.bias", width)
    for i in range(m["layers"]):
        own = f"vision_model.blocks.{i}."
        for part in "qkv":
            put(own + f"attn.{part}_proj.weight", width, width)
        put(own + "attn.q_bias", width)
        put(own + "attn.v_bias", width)
        linear(own + "attn.proj", width, width)
        linear(own + "mlp.w1", mlp, width)
        linear(own + "mlp.w2", mlp, width)
        linear(own + "mlp.w3", width, mlp)
        for part, features in (("norm1", width), ("norm2", width), ("attn.inner_attn_ln", width), ("mlp.ffn_ln", mlp)):
            norm(own + part, features)
    norm("vision_model.norm", width)
    tensors["logit_scale"] = torch.tensor(2.6592)
    return tensors


def attend(q, k, v, heads):
    """(T, C) each -> (T, C)."""
    split = [x.unflatten(-1, (heads, -1)).transpose(0, 1) for x in (q, k, v)]
    scores = split[0] @ split[1].transpose(1, 2) / split[0].shape[-1] ** 0.5
    return (scores.softmax(-1) @ split[2]).transpose(0, 1).flatten(1)


def turn(x, heads, angles, neighbours):
    """Rotates the pairs of each head by angles (T, head / 2)."""
    x = x.unflatten(-1, (heads, -1))
    a, b = (x[..., 0::2], x[..., 1::2]) if neighbours else x.chunk(2, -1)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    turned = (a * cos - b * sin, b * cos + a * sin)
    return (torch.stack(turned, -1).flatten(-2) if neighbours else torch.cat(turned, -1)).flatten(1)


class Weights:
    """The tensors in `dtype`, with the used task's adapter added."""

    def __init__(self, tensors, m, dtype):
        self.tensors, self.m, self.dtype = tensors, m, dtype

    def __getitem__(self, name):
        stem = name.removesuffix(".weight") + ".parametrizations.weight."
        if stem + "original" not in self.tensors:
            return self.tensors[name].to(self.dtype)
        weight = self.tensors[stem + "original"].to(self.dtype)
        if self.m["task"] is None:
            return weight
        task = self.m["tasks"].index(self.m["task"])
        a, b = (self.tensors[stem + "0.lora_" + part][task].to(self.dtype) for part in "AB")
        product = a @ b if "embeddings" in stem else b @ a
        return weight + product * (self.m["alpha"] / self.m["rank"])

    def linear(self, x, name):
        return F.linear(x, self[name + ".weight"], self[name + ".bias"])

    def norm(self, x, name, eps):
        return F.layer_norm(x, x.shape[-1:], self[name + ".weight"], self[name + ".bias"], eps)


def image_features(tensors, m, pixels, dtype=torch.float64):
    """pixels (B, 3, S, S) -> (B, D)."""
    w, heads, own = Weights(tensors, m, dtype), m["width"] // m["head"], "vision_model."
    grid, quarter = m["image"] // m["patch"], m["head"] // 4
    frequencies = 10000.0 ** -(torch.arange(quarter, dtype=dtype) / quarter)
    side = (torch.arange(grid, dtype=dtype) / grid * m["pt"])[:, None] * frequencies
    angles = torch.cat([side[:, None].expand(grid, grid, -1), side[None].expand(grid, grid, -1)], -1).flatten(0, 1)
    angles = torch.cat([torch.zeros(1, 2 * quarter, dtype=dtype), angles])
    rows = F.conv2d(pixels.to(dtype), w[own + "patch_embed.proj.weight"], w[own + "patch_embed.proj.bias"], m["patch"])
    results = []
    for patches in rows.flatten(2).transpose(1, 2):
        x = torch.cat([w[own + "cls_token"][0], patches]) + w[own + "pos_embed"][0]
        for i in range(m["layers"]):
            block = f"{own}blocks.{i}."
            y = w.norm(x, block + "norm1", 1e-6)
            q = y @ w[block + "attn.q_proj.weight"].T + w[block + "attn.q_bias"]
            k = y @ w[block + "attn.k_proj.weight"].T
            v = y @ w[block + "attn.v_proj.weight"].T + w[block + "attn.v_bias"]
            y = attend(turn(q, heads, angles, True), turn(k, heads, angles, True), v, heads)
            x = x + w.linear(w.norm(y, block + "attn.inner_attn_ln", 1e-6), block + "attn.proj")
            y = w.norm(x, block + "norm2", 1e-6)
            y = F.silu(w.linear(y, block + "mlp.w1")) * w.linear(y, block + "mlp.w2")
            x = x + w.linear(w.norm(y, block + "mlp.ffn_ln", 1e-6), block + "mlp.w3")
        results.append(w.norm(x, own + "norm", 1e-6)[0])
    return torch.stack(results)


def text_features(tensors, m, texts, dtype=torch.float64):
    """Lists of ids -> (N, D)."""
    w, heads = Weights(tensors, m, dtype), m["text_heads"]
    half = m["width"] // heads // 2
    frequencies = m["base"] ** -(torch.arange(half, dtype=dtype) / half)
    words = w[TEXT + "embeddings.word_embeddings.weight"]
    results = []
    for ids in texts:
        angles = torch.arange(len(ids), dtype=dtype)[:, None] * frequencies
        x = words[torch.tensor(ids)] + w[TEXT + "embeddings.token_type_embeddings.weight"][0]
        x = w.norm(x, TEXT + "emb_ln", 1e-5)
        for i in range(m["layers"]):
            own = f"{TEXT}encoder.layers.{i}."
            q, k, v = w.linear(x, own + "mixer.Wqkv").chunk(3, -1)
            y = attend(turn(q, heads, angles, False), turn(k, heads, angles, False), v, heads)
            x = w.norm(x + w.linear(y, own + "mixer.out_proj"), own + "norm1", 1e-5)
            y = w.linear(F.gelu(w.linear(x, own + "mlp.fc1")), own + "mlp.fc2")
            x = w.norm(x + y, own + "norm2", 1e-5)
        results.append(x.mean(0))
    return torch.stack(results)


def write(folder, m, tensors):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config_of(m), indent=2) + "\n")
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor_of(m), indent=2) + "\n")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, m) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        tensors = random_tensors(m, 0.25)
        folder = out / name
        write(folder, m, tensors)
        rng = np.random.default_rng(seed)
        pixels = rng.standard_normal((3, 3, m["image"], m["image"])).astype(np.float32)
        texts = [[0] + rng.integers(4, m["vocab"], n).tolist() + [2] for n in (0, 5, 1, 27, 8)]
        np.save(folder / "pixels.npy", pixels)
        np.save(folder / "image.npy", image_features(tensors, m, torch.from_numpy(pixels)).numpy().astype(np.float32))
        np.save(folder / "text.npy", text_features(tensors, m, texts).numpy().astype(np.float32))
        (folder / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))


if __name__ == "__main__":
    main()
