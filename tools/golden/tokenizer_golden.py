#!/usr/bin/env python3
"""Writes tests/golden/tokenizer/clip.json: texts with the ids of both reference tokenizers.

The texts are those below and a sample of the corpus that tools/compare_tokens.py generates. Run it where the
references are installed (see compare_tokens.py):

    tools/compare_tokens.py corpus corpus.jsonl
    tools/compare_tokens.py reference corpus.jsonl hf.ids --profile hf --tokenizer tokenizer.json
    tools/compare_tokens.py reference corpus.jsonl openai.ids --profile openai --bpe bpe_simple_vocab_16e6.txt.gz
    tools/golden/tokenizer_golden.py corpus.jsonl hf.ids openai.ids > tests/golden/tokenizer/clip.json
"""

import json
import random
import sys


def main():
    texts, hf, openai = (
        [json.loads(line) for line in open(path, encoding="utf-8")] for path in sys.argv[1:4]
    )
    assert len(texts) == len(hf) == len(openai)
    rng = random.Random(5)
    chosen = {i for i, text in enumerate(texts) if i < 140 and len(text) < 400}
    differing = [i for i in range(len(texts)) if hf[i] != openai[i] and len(texts[i]) < 120]
    chosen |= set(rng.sample(differing, 300)) | set(rng.sample(range(len(texts)), 100))
    rows = [
        {"text": texts[i], "hf": hf[i], "openai": openai[i]}
        for i in sorted(chosen)
        if len(texts[i]) < 400
    ]
    print("[")
    print(",\n".join(json.dumps(row, separators=(",", ":")) for row in rows))
    print("]")


main()
