#!/usr/bin/env python3
"""Generates tests/golden/roberta and tests/golden/mpnet: tiny random models and what transformers computes.

usage: roberta.py OUT_DIR       needs torch, transformers, numpy, safetensors

Each case is a directory as save_pretrained writes it, without tokenizer, plus
  ids.jsonl    one list per line
  mean.npy     (N, C) f32: mean of the last hidden states over the mask, all texts in one padded batch
The cases "masked_words" are models for masked words, whose tensors have a prefix and a head.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from transformers import (MPNetConfig, MPNetForMaskedLM, MPNetModel, RobertaConfig, RobertaForMaskedLM, RobertaModel,
                          XLMRobertaConfig, XLMRobertaModel)

VOCAB = 50
SIZES = dict(vocab_size=VOCAB, hidden_size=21, num_hidden_layers=2, num_attention_heads=7, intermediate_size=43,
             max_position_embeddings=31, pad_token_id=1, bos_token_id=0, eos_token_id=2)
CASES = {
    "roberta/base": RobertaModel(RobertaConfig(**SIZES, type_vocab_size=1, layer_norm_eps=1e-5)),
    "roberta/xlm": XLMRobertaModel(XLMRobertaConfig(**SIZES, type_vocab_size=2, hidden_act="relu")),
    "roberta/masked_words": RobertaForMaskedLM(RobertaConfig(**dict(SIZES, hidden_size=14), type_vocab_size=1)),
    "mpnet/base": MPNetModel(MPNetConfig(**SIZES)),
    "mpnet/masked_words": MPNetForMaskedLM(MPNetConfig(**dict(SIZES, hidden_size=14))),
}


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, model) in enumerate(CASES.items()):
        torch.manual_seed(seed)
        model.eval()
        with torch.no_grad():  # larger than the initialisation, so that every part affects the result
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.15)
        folder = out / name
        model.save_pretrained(folder)
        rng = np.random.default_rng(seed)
        texts = [[0] + rng.integers(3, VOCAB, n).tolist() + [2] for n in (0, 5, 1, 27, 8)]
        longest = max(map(len, texts))
        mask = torch.tensor([[1] * len(t) + [0] * (longest - len(t)) for t in texts])
        ids = torch.tensor([t + [1] * (longest - len(t)) for t in texts])
        with torch.no_grad():
            hidden = model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask[:, :, None].float()
        np.save(folder / "mean.npy", ((hidden * weight).sum(1) / weight.sum(1)).numpy())
        (folder / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))


main()
