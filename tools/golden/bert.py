#!/usr/bin/env python3
"""Generates tests/golden/bert: tiny random BERT models and what transformers computes with them.

usage: bert.py OUT_DIR       needs torch, transformers, numpy, safetensors

Each case is a directory as BertModel.save_pretrained writes it, without tokenizer, plus
  ids.jsonl    one list per line
  mean.npy     (N, C) f32: mean of the last hidden states over the mask, all texts in one padded batch
  hidden.npy   (T, C) f32: the last hidden states of the last text alone
  masked.npy   (T - 1, C) f32: of the same text with its first token masked, from position 1
The case "old_names" has the same weights under the names of old files: prefix "bert.", gamma and beta of
layer norms, and heads that a tower does not need.
"""
import json
import pathlib
import shutil
import sys

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

CASES = {
    # name: width, layers, heads, mlp, context, types, activation, eps
    "gelu": (32, 2, 4, 64, 24, 2, "gelu", 1e-12),
    # Odd sizes, one segment type, another eps.
    "relu_odd": (21, 3, 7, 43, 13, 1, "relu", 1e-5),
}
VOCAB = 50


def build(width, layers, heads, mlp, context, types, act, eps, seed):
    torch.manual_seed(seed)
    config = BertConfig(vocab_size=VOCAB, hidden_size=width, num_hidden_layers=layers,
                        num_attention_heads=heads, intermediate_size=mlp, max_position_embeddings=context,
                        type_vocab_size=types, hidden_act=act, layer_norm_eps=eps)
    model = BertModel(config).eval()
    with torch.no_grad():  # larger than the initialisation, so that every part affects the result
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return model, context


def run(model, ids, mask):
    with torch.no_grad():
        return model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).last_hidden_state


def write_case(folder, model, context, seed):
    model.save_pretrained(folder)
    rng = np.random.default_rng(seed)
    texts = [[1] + rng.integers(3, VOCAB, n).tolist() + [2] for n in (0, 5, 1, context - 2, 8)]
    longest = max(map(len, texts))
    mask = [[1] * len(t) + [0] * (longest - len(t)) for t in texts]
    hidden = run(model, [t + [0] * (longest - len(t)) for t in texts], mask)
    weight = torch.tensor(mask)[:, :, None].float()
    np.save(folder / "mean.npy", ((hidden * weight).sum(1) / weight.sum(1)).numpy())
    last = texts[-1]
    np.save(folder / "hidden.npy", run(model, [last], [[1] * len(last)])[0].numpy())
    np.save(folder / "masked.npy", run(model, [last], [[0] + [1] * (len(last) - 1)])[0, 1:].numpy())
    (folder / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))


def write_old_names(folder, source):
    shutil.copytree(source, folder, dirs_exist_ok=True)
    tensors = {}
    for name, tensor in load_file(source / "model.safetensors").items():
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        tensors["bert." + name] = tensor
    width = tensors["bert.embeddings.word_embeddings.weight"].shape[1]
    tensors["bert.embeddings.position_ids"] = torch.arange(24)[None]
    tensors["cls.predictions.bias"] = torch.zeros(VOCAB)
    tensors["cls.predictions.transform.dense.weight"] = torch.zeros(width, width)
    tensors["cls.seq_relationship.weight"] = torch.zeros(2, width)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, case) in enumerate(CASES.items()):
        model, context = build(*case, seed)
        write_case(out / name, model, context, seed)
    write_old_names(out / "old_names", out / "gelu")


main()
