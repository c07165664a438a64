#!/usr/bin/env python3
"""Generates tests/golden/gguf: GGUF files, and what the references make of them.

usage: gguf_files.py OUT_DIR                  needs gguf (0.19), torch, transformers, numpy
       gguf_files.py --full CLIP_DIR OUT_DIR  converts a transformers directory to f32.gguf, q8_0.gguf

  types.gguf       two rows of each type that is read, of random bytes; NAME.f32 next to it has the elements that
                   gguf.quants.dequantize returns
  f32, f16, q8_0, q4_0.gguf   a tiny random CLIP as clip.cpp converts and quantizes it
  vision.gguf, text.gguf      one tower each
  up_first.gguf    the image tower with llama.cpp's later names of the feed-forward layers
  mmproj.gguf      the image encoder of a language model, with a projector
  pixels.npy (B, 3, S, S) f32, ids.jsonl, texts.json (texts with the ids of transformers' CLIPTokenizer)
  TYPE/image.npy, TYPE/text.npy   what transformers computes with the weights that TYPE.gguf stores
"""
import json
import pathlib
import shutil
import sys
import tempfile

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from transformers import CLIPConfig, CLIPModel

from tiny_tokenizers import TEXTS, clip_tokenizer

BLOCKS = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K]
# Offsets of the half-precision numbers in a block.
HALVES = {Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q2_K: [80, 82],
          Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208]}
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
SIZE, PATCH, CONTEXT = 16, 8, 16


def features(output):
    """transformers 5 wraps the projected features."""
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def write_types(out):
    rng = np.random.default_rng(1)
    writer = gguf.GGUFWriter(out / "types.gguf", "clip")
    writer.add_uint64("test.unsigned", 2**40)
    writer.add_int8("test.negative", -3)
    writer.add_float64("test.double", 0.1)
    writer.add_array("test.numbers", [1, 2, 3])
    for kind in BLOCKS:
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        rows = rng.integers(0, 256, (2, 512 // elements, size), dtype=np.uint8)
        for at in HALVES[kind]:
            scale = (rng.standard_normal(rows.shape[:2]) * 0.03).astype(np.float16)
            rows[:, :, at:at + 2] = scale[..., None].view(np.uint8)
        rows = rows.reshape(2, -1)
        writer.add_tensor(kind.name, rows, raw_dtype=kind)
        gguf.quants.dequantize(rows, kind).astype("<f4").tofile(out / f"{kind.name}.f32")
    values = rng.standard_normal((3, 5)).astype(np.float32)
    writer.add_tensor("F32", values)
    writer.add_tensor("F16", values.astype(np.float16))
    writer.add_tensor("BF16", gguf.quants.quantize(values, Type.BF16), raw_dtype=Type.BF16)
    writer.add_tensor("F64", values.astype(np.float64))
    writer.add_tensor("I32", np.arange(4, dtype=np.int32))
    for kind in ("F32", "F16", "BF16", "F64"):
        stored = {"F16": values.astype(np.float16).astype(np.float32),
                  "BF16": torch.from_numpy(values).bfloat16().float().numpy()}.get(kind, values)
        stored.astype("<f4").tofile(out / f"{kind}.f32")
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_model(tokenizer):
    torch.manual_seed(0)
    vocabulary = len(tokenizer)
    config = CLIPConfig(
        vision_config=dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
                           image_size=SIZE, patch_size=PATCH, hidden_act="gelu"),
        text_config=dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
                         max_position_embeddings=CONTEXT, vocab_size=vocabulary, hidden_act="gelu",
                         bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1, pad_token_id=vocabulary - 1),
        projection_dim=24)
    model = CLIPModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 0:
                parameter.add_(torch.randn_like(parameter) * 0.15)
    return model


def file_name(name, up_first=False):
    """clip.cpp's name of a tensor of transformers; the first feed-forward layer is "down"."""
    first, second = ("ffn_up", "ffn_down") if up_first else ("ffn_down", "ffn_up")
    for old, new in (("vision_model.", "v."), ("text_model.", "t."), ("embeddings.", ""), ("embedding", "embd"),
                     ("encoder.layers.", "blk."), ("layer_norm1", "ln1"), ("layer_norm2", "ln2"),
                     ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
                     ("self_attn.out_proj", "attn_out"), ("mlp.fc1", first), ("mlp.fc2", second),
                     ("pre_layrnorm", "pre_ln"), ("post_layernorm", "post_ln"), ("final_layer_norm", "post_ln")):
        name = name.replace(old, new)
    return name


def stored(name, tensor, kind):
    """The array that the file stores, and its type."""
    data = tensor.squeeze().numpy().astype(np.float32)
    if data.ndim == 4:
        return data.astype(np.float16), Type.F16
    if data.ndim != 2 or not name.endswith(".weight") or kind == Type.F32:
        return data, Type.F32
    if kind == Type.F16:
        return data.astype(np.float16), kind
    return gguf.quants.quantize(data, kind), kind


def add_tower(writer, tower, config, dim):
    at = f"clip.{tower}."
    writer.add_uint32(at + "embedding_length", config.hidden_size)
    writer.add_uint32(at + "feed_forward_length", config.intermediate_size)
    writer.add_uint32(at + "projection_dim", dim)
    writer.add_uint32(at + "attention.head_count", config.num_attention_heads)
    writer.add_float32(at + "attention.layer_norm_epsilon", config.layer_norm_eps)
    writer.add_uint32(at + "block_count", config.num_hidden_layers)


def convert(path, model, tokens, kind, towers=("text", "vision"), up_first=False, projector=None):
    """Returns the weights in f32 as the file stores them."""
    config = model.config
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_bool("clip.has_text_encoder", "text" in towers)
    writer.add_bool("clip.has_vision_encoder", "vision" in towers)
    writer.add_file_type({Type.F32: 0, Type.F16: 1, Type.Q4_0: 2, Type.Q8_0: 7}[kind])
    writer.add_name(path.stem)
    if projector:
        writer.add_bool("clip.has_llava_projector", True)
        writer.add_string("clip.projector_type", projector)
    if "text" in towers:
        writer.add_uint32("clip.text.context_length", config.text_config.max_position_embeddings)
        add_tower(writer, "text", config.text_config, config.projection_dim)
        writer.add_token_list(tokens)
    if "vision" in towers:
        writer.add_uint32("clip.vision.image_size", config.vision_config.image_size)
        writer.add_uint32("clip.vision.patch_size", config.vision_config.patch_size)
        add_tower(writer, "vision", config.vision_config, config.projection_dim)
        writer.add_array("clip.vision.image_mean", MEAN)
        writer.add_array("clip.vision.image_std", STD)
    writer.add_bool("clip.use_gelu", config.vision_config.hidden_act == "gelu")
    weights = {}
    for name, tensor in model.state_dict().items():
        if name == "logit_scale" or name.endswith("position_ids"):
            continue
        tower = "vision" if name.startswith("vis") else "text"
        if tower not in towers:
            continue
        if projector and ("projection" in name or "post_layernorm" in name):
            continue
        data, stored_as = stored(name, tensor, kind)
        writer.add_tensor(file_name(name, up_first), data, raw_dtype=stored_as)
        weights[name] = torch.from_numpy(
            np.ascontiguousarray(gguf.quants.dequantize(data, stored_as).astype(np.float32)).reshape(tensor.shape))
    if projector:
        writer.add_tensor("mm.0.weight", np.zeros((4, 64), np.float32))
    finish(writer)
    return weights


def write_clip(out):
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = clip_tokenizer(pathlib.Path(folder))
        tokens = list(json.loads((pathlib.Path(folder) / "vocab.json").read_text()))
    model = make_model(tokenizer)
    rng = np.random.default_rng(0)
    pixels = rng.standard_normal((2, 3, SIZE, SIZE)).astype(np.float32)
    np.save(out / "pixels.npy", pixels)
    texts = [dict(text=text, ids=tokenizer(text, truncation=True, max_length=CONTEXT)["input_ids"]) for text in TEXTS]
    (out / "texts.json").write_text(json.dumps(texts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (out / "ids.jsonl").write_text("".join(json.dumps(t["ids"]) + "\n" for t in texts))
    for kind in (Type.F32, Type.F16, Type.Q8_0, Type.Q4_0):
        name = kind.name.lower()
        weights = convert(out / f"{name}.gguf", model, tokens, kind)
        reference = CLIPModel(model.config).eval()
        missing = reference.load_state_dict(weights, strict=False)
        assert not missing.unexpected_keys and all("logit_scale" in k or "position_ids" in k
                                                   for k in missing.missing_keys), missing
        (out / name).mkdir(exist_ok=True)
        with torch.no_grad():
            np.save(out / name / "image.npy",
                    features(reference.get_image_features(pixel_values=torch.from_numpy(pixels))).numpy())
            np.save(out / name / "text.npy", torch.cat(
                [features(reference.get_text_features(input_ids=torch.tensor([t["ids"]]))) for t in texts]).numpy())
    convert(out / "vision.gguf", model, tokens, Type.Q8_0, towers=("vision",))
    convert(out / "text.gguf", model, tokens, Type.Q8_0, towers=("text",))
    convert(out / "up_first.gguf", model, tokens, Type.Q8_0, towers=("vision",), up_first=True)
    convert(out / "mmproj.gguf", model, tokens, Type.Q8_0, towers=("vision",), projector="mlp")


def main():
    if sys.argv[1] == "--full":
        directory, out = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
        model = CLIPModel.from_pretrained(directory).eval()
        tokens = list(json.loads((directory / "vocab.json").read_text()))
        for kind in (Type.F32, Type.Q8_0):
            convert(out / f"{kind.name.lower()}.gguf", model, tokens, kind)
        return
    out = pathlib.Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    write_types(out)
    write_clip(out)


main()
