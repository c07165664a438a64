#!/usr/bin/env python3
"""Compares `sightline encode --raw` of a BERT with transformers in fp32.

  compare_bert.py make DIR --vocab vocab.txt [--form FORM]     bert-base with random weights
      FORM: safetensors (BertModel), old (pytorch_model.bin with the early names: prefix "bert.",
      gamma and beta, and heads)
  compare_bert.py reference DIR OUT.npy --texts FILE           means of the last hidden states
  compare_bert.py check OURS.npy REFERENCE.npy                 exit code 1 beyond the tolerances

Texts are one per line. The reference encodes them in padded batches of 16, as is common. The relative error
of a row is |ours - reference| / |reference|, with Euclidean norms. Needs torch, transformers, numpy; `check`
needs numpy only.
"""
import argparse
import pathlib
import shutil
import sys

import numpy as np

MIN_COSINE = 0.999999
MAX_RELATIVE = 1e-5


def make(args):
    import torch
    from transformers import BertConfig, BertForMaskedLM, BertModel

    folder = pathlib.Path(args.model)
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    model = (BertModel if args.form == "safetensors" else BertForMaskedLM)(BertConfig()).eval()
    with torch.no_grad():  # norms and biases as spread as trained ones
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    if args.form == "old":
        (folder / "model.safetensors").unlink()
        old = {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v
               for k, v in model.state_dict().items()}
        torch.save(old, folder / "pytorch_model.bin")
    shutil.copy(args.vocab, folder / "vocab.txt")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}\n')


def reference(args):
    import torch
    from transformers import BertModel, BertTokenizerFast

    folder = pathlib.Path(args.model)
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    if (folder / "model.safetensors").exists():
        model = BertModel.from_pretrained(folder).eval()
    else:  # transformers 5 does not support the old names
        from transformers import BertConfig
        model = BertModel(BertConfig.from_pretrained(folder)).eval()
        state = torch.load(folder / "pytorch_model.bin", weights_only=True)
        state = {k.removeprefix("bert.").replace(".gamma", ".weight").replace(".beta", ".bias"): v
                 for k, v in state.items() if not k.startswith("cls.")}
        missing = model.load_state_dict(state, strict=False).missing_keys
        assert all(k.startswith("pooler.") or k.endswith("_ids") for k in missing), missing
    texts = pathlib.Path(args.texts).read_text(encoding="utf-8").splitlines()
    rows = []
    for begin in range(0, len(texts), 16):
        batch = tokenizer(texts[begin:begin + 16], padding=True, truncation=True, max_length=512, return_tensors="pt")
        with torch.no_grad():
            hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"][:, :, None].float()
        rows.append(((hidden * mask).sum(1) / mask.sum(1)).numpy())
    np.save(args.out, np.concatenate(rows))


def check(args):
    ours, theirs = np.load(args.ours), np.load(args.reference)
    if ours.shape != theirs.shape:
        sys.exit(f"shapes differ: {ours.shape} and {theirs.shape}")
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    length = np.linalg.norm(b, axis=1)
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / length
    relative = np.linalg.norm(a - b, axis=1) / length
    good = cosine.min() >= MIN_COSINE and relative.max() <= MAX_RELATIVE
    print(f"{len(a)} rows of {a.shape[1]}: smallest cosine {cosine.min():.9f}, largest relative error "
          f"{relative.max():.2e}: {'ok' if good else 'FAILED'}")
    sys.exit(0 if good else 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    p = commands.add_parser("make")
    p.add_argument("model")
    p.add_argument("--vocab", required=True)
    p.add_argument("--form", choices=["safetensors", "old"], default="safetensors")
    p.set_defaults(run=make)
    p = commands.add_parser("reference")
    p.add_argument("model")
    p.add_argument("out")
    p.add_argument("--texts", required=True)
    p.set_defaults(run=reference)
    p = commands.add_parser("check")
    p.add_argument("ours")
    p.add_argument("reference")
    p.set_defaults(run=check)
    args = parser.parse_args()
    args.run(args)


main()
