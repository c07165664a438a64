#!/usr/bin/env python3
"""Writes tests/golden/tokenizer/cleaning.json: texts before and after the references' cleaning, so that
cleaning is tested without CLIP's vocabulary. Needs the packages ftfy 6.3, regex and tokenizers, and a
corpus of tools/compare_tokens.py.

    tools/golden/tokenizer_cleaning_golden.py corpus.jsonl > tests/golden/tokenizer/cleaning.json
"""

import html
import json
import random
import sys

import ftfy
import regex
from tokenizers import Regex, normalizers

HF = normalizers.Sequence(
    [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
)


def openai(text):
    text = html.unescape(html.unescape(ftfy.fix_text(text))).strip()
    return regex.sub(r"\s+", " ", text).strip().lower()


def main():
    texts = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    rng = random.Random(6)
    short = [t for t in texts if len(t) < 60]
    repaired = [t for t in short if ftfy.fix_encoding(t) != t]
    rows = rng.sample(repaired, 250) + rng.sample(short, 350)
    rows = [{"text": t, "hf": HF.normalize_str(t), "openai": openai(t)} for t in rows]
    print("[")
    print(",\n".join(json.dumps(row, separators=(",", ":")) for row in rows))
    print("]")


main()
