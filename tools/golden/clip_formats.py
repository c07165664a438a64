#!/usr/bin/env python3
"""Generates tests/golden/clip_formats: one tiny random CLIP model in every layout and file format.

usage: clip_formats.py OUT_DIR       needs torch, transformers, open_clip_torch, numpy

All folders have the same weights, each representable in fp16, so that all must have the same vectors bit
for bit:
  huggingface/    transformers' CLIPModel: config.json, model.safetensors
  huggingface_bin/  the same as pytorch_model.bin, in two shards with an index
  open_clip/      OpenCLIP's names: open_clip_config.json, open_clip_model.safetensors
  open_clip_bin/  the same as open_clip_pytorch_model.bin, text tower under "text." (CustomTextCLIP)
  openai/         a TorchScript archive, model.pt, in OpenAI's mix of fp16 and fp32 with its buffers
Next to them are pixels.npy (B, 3, S, S) f32, ids.jsonl (one list per line), and what transformers computes:
image.npy (B, D), text.npy (N, D). This script compares OpenCLIP's results with them.

OpenAI's files determine some of the sizes: heads are width / 64, hidden features 4 x width.
"""
import json
import pathlib
import sys

import numpy as np
import open_clip
import torch
from open_clip.model import CLIP, CustomTextCLIP
from transformers import CLIPConfig, CLIPModel

WIDTH, SIZE, PATCH, CONTEXT, VOCAB, DIM = 64, 16, 8, 8, 24, 12


def features(output):
    """transformers 5 wraps the projected features."""
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def make_model():
    torch.manual_seed(0)
    tower = dict(hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4 * WIDTH,
                 hidden_act="quick_gelu")
    config = CLIPConfig(
        vision_config=dict(tower, image_size=SIZE, patch_size=PATCH),
        text_config=dict(tower, max_position_embeddings=CONTEXT, vocab_size=VOCAB, bos_token_id=VOCAB - 2,
                         eos_token_id=VOCAB - 1, pad_token_id=VOCAB - 1),
        projection_dim=DIM)
    model = CLIPModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 0:
                parameter.add_(torch.randn_like(parameter) * 0.15)
            parameter.copy_(parameter.half().float())
    return model


def openai_names(state):
    """transformers' state dict under OpenAI's names."""
    out = {"logit_scale": state["logit_scale"]}
    towers = {"vision_model": "visual.", "text_model": ""}
    blocks = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
              "self_attn.out_proj": "attn.out_proj"}
    for ours, theirs in towers.items():
        at = f"{ours}.encoder.layers.0."
        block = f"{theirs}transformer.resblocks.0."
        for kind in ("weight", "bias"):
            for a, b in blocks.items():
                out[f"{block}{b}.{kind}"] = state[f"{at}{a}.{kind}"]
            out[f"{block}attn.in_proj_{kind}"] = torch.cat(
                [state[f"{at}self_attn.{part}_proj.{kind}"] for part in "qkv"])
    for kind in ("weight", "bias"):
        out[f"visual.ln_pre.{kind}"] = state[f"vision_model.pre_layrnorm.{kind}"]
        out[f"visual.ln_post.{kind}"] = state[f"vision_model.post_layernorm.{kind}"]
        out[f"ln_final.{kind}"] = state[f"text_model.final_layer_norm.{kind}"]
    out["visual.class_embedding"] = state["vision_model.embeddings.class_embedding"]
    out["visual.conv1.weight"] = state["vision_model.embeddings.patch_embedding.weight"]
    out["visual.positional_embedding"] = state["vision_model.embeddings.position_embedding.weight"]
    out["visual.proj"] = state["visual_projection.weight"].T.contiguous()
    out["token_embedding.weight"] = state["text_model.embeddings.token_embedding.weight"]
    out["positional_embedding"] = state["text_model.embeddings.position_embedding.weight"]
    out["text_projection"] = state["text_projection.weight"].T.contiguous()
    return {name: tensor.detach().clone() for name, tensor in out.items()}


OPEN_CLIP = dict(
    embed_dim=DIM,
    vision_cfg=dict(image_size=SIZE, layers=1, width=WIDTH, patch_size=PATCH),
    text_cfg=dict(context_length=CONTEXT, vocab_size=VOCAB, width=WIDTH, heads=1, layers=1),
    quick_gelu=True)


def open_clip_config():
    preprocess = dict(mean=list(open_clip.OPENAI_DATASET_MEAN), std=list(open_clip.OPENAI_DATASET_STD),
                      interpolation="bicubic", resize_mode="shortest")
    return json.dumps(dict(model_cfg=OPEN_CLIP, preprocess_cfg=preprocess), indent=2) + "\n"


def custom_text_names(state):
    """The text tower with the prefix "text.", as in CustomTextCLIP."""
    return {name if name.startswith("visual.") or name == "logit_scale" else "text." + name: tensor
            for name, tensor in state.items()}


def save_shards(state, folder):
    names = list(state)
    half = len(names) // 2
    files = {}
    for i, part in enumerate((names[:half], names[half:])):
        file = f"pytorch_model-{i + 1:05d}-of-00002.bin"
        torch.save({name: state[name] for name in part}, folder / file)
        files.update({name: file for name in part})
    index = dict(metadata=dict(total_size=sum(t.numel() * t.element_size() for t in state.values())), weight_map=files)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")


class Archive(torch.nn.Module):
    """A tree of modules with given parameters, for a TorchScript archive with OpenAI's names."""

    def forward(self):
        return 0


def save_openai(state, path):
    """OpenAI's convert_weights: convolutions, linear layers, attention and projections in fp16."""
    root = Archive()
    for name, tensor in state.items():
        *owners, leaf = name.split(".")
        module = root
        for owner in owners:
            if not hasattr(module, owner):
                module.add_module(owner, Archive())
            module = getattr(module, owner)
        single = "ln_" in name or "embedding" in name or name == "logit_scale"
        module.register_parameter(leaf, torch.nn.Parameter(tensor if single else tensor.half()))
    for name, value in (("input_resolution", SIZE), ("context_length", CONTEXT), ("vocab_size", VOCAB)):
        root.register_buffer(name, torch.tensor(value))
    torch.jit.save(torch.jit.script(root), str(path))


def main():
    from safetensors.torch import save_file
    out = pathlib.Path(sys.argv[1])
    model = make_model()
    state = {name: tensor.detach() for name, tensor in model.state_dict().items()}
    named = openai_names(state)
    folders = {name: out / name for name in ("huggingface", "huggingface_bin", "open_clip", "open_clip_bin", "openai")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    halves = {name: tensor.half() for name, tensor in state.items()}
    model.config.save_pretrained(folders["huggingface"])
    save_file(halves, folders["huggingface"] / "model.safetensors", metadata={"format": "pt"})
    model.config.save_pretrained(folders["huggingface_bin"])
    save_shards(halves, folders["huggingface_bin"])
    named_halves = {name: tensor.half() for name, tensor in named.items()}
    for name in ("open_clip", "open_clip_bin"):
        (folders[name] / "open_clip_config.json").write_text(open_clip_config())
    save_file(named_halves, folders["open_clip"] / "open_clip_model.safetensors")
    torch.save(custom_text_names(named_halves), folders["open_clip_bin"] / "open_clip_pytorch_model.bin")
    save_openai(named, folders["openai"] / "model.pt")

    rng = np.random.default_rng(0)
    pixels = rng.standard_normal((2, 3, SIZE, SIZE)).astype(np.float32)
    texts = [[VOCAB - 2] + rng.integers(0, VOCAB - 2, n).tolist() + [VOCAB - 1] for n in (0, 3, CONTEXT - 2)]
    with torch.no_grad():
        image = features(model.get_image_features(pixel_values=torch.from_numpy(pixels)))
        text = torch.cat([features(model.get_text_features(input_ids=torch.tensor([t]))) for t in texts])
        for make, names in ((CLIP, named), (CustomTextCLIP, custom_text_names(named))):
            theirs = make(**OPEN_CLIP).eval()
            theirs.load_state_dict(names)
            ids = torch.tensor([t + [0] * (CONTEXT - len(t)) for t in texts])
            assert torch.allclose(theirs.encode_image(torch.from_numpy(pixels)), image, atol=1e-5)
            assert torch.allclose(theirs.encode_text(ids), text, atol=1e-5)
    np.save(out / "pixels.npy", pixels)
    np.save(out / "image.npy", image.numpy())
    np.save(out / "text.npy", text.numpy())
    (out / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))


main()
