#!/usr/bin/env python3
"""Writes tests/golden/tokenizer/wordpiece.json: texts with the ids of transformers.

    tools/compare_tokens.py corpus corpus.jsonl
    tools/golden/wordpiece.py corpus.jsonl bert-base-uncased-vocab.txt > tests/golden/tokenizer/wordpiece.json

This script generates two small vocabularies, one uncased and one cased. For BERT's own vocabulary it writes
only the ids. Needs transformers 5.
"""

import json
import pathlib
import random
import sys
import tempfile

from transformers import BertTokenizerFast

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MINE = [
    "The quick brown fox; jumped over?! the LAZY dogs'",
    "unaffable unbelievable tokenization",
    "naïve Café Straße ΣΊΣΥΦΟΣ İstanbul ﬁne",
    "你好世界 and 日本語のテキスト, 한국어",
    "a\u0301 e\u0301\u0323 \u0958 \u1e9b\u0323 क़",
    "x" * 100 + " " + "x" * 101,
    "zero\u200bwidth soft\u00adhyphen nbsp\u00a0here tab\there line\u2028sep \ue000private \ufffd",
    "$5 + 3 = 8 ^ ~ ` | < > © ® ™ … — « » ¿ ¡ § ¶",
    "word " * 60,
]


def load(tokens, config):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "vocab.txt").write_text("".join(t + "\n" for t in tokens), encoding="utf-8")
        (path / "tokenizer_config.json").write_text(json.dumps(config))
        return BertTokenizerFast.from_pretrained(folder)


def main():
    corpus = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    rng = random.Random(11)
    texts = MINE + [t for t in corpus[:120] if len(t) < 200]
    texts += rng.sample([t for t in corpus if len(t) < 120 and not t.isascii()], 260)
    texts = [t for t in texts if not any(s in t for s in SPECIALS)]
    # Characters of the texts, some of them only as word beginnings, and pieces of their words.
    seen = sorted({c for t in texts for c in t.lower() + t if not c.isspace() and c.isprintable()})
    pieces = {}
    for t in texts:
        for word in t.split() + t.lower().split():
            for n in (2, 3, 5):
                if len(word) > n:
                    pieces.setdefault(word[:n])
                    pieces.setdefault("##" + word[-n:])
    common = [c for c in seen if ord(c) < 0x250 or rng.random() < 0.3]
    tokens = SPECIALS + common + ["##" + c for c in common if rng.random() < 0.7]
    tokens += rng.sample([p for p in pieces if p not in tokens and p.isprintable()], 250)
    out = {"texts": texts, "vocabularies": {}}
    for name, config in {
        "uncased": {"do_lower_case": True},
        "cased": {"do_lower_case": False},
        "cased_no_accents": {"do_lower_case": False, "strip_accents": True},
        "uncased_accents": {"do_lower_case": True, "strip_accents": False,
                            "tokenize_chinese_chars": False},
    }.items():
        t = load(tokens, config)
        ids = [t(text, truncation=True, max_length=32).input_ids for text in texts]
        out["vocabularies"][name] = {"config": config, "tokens": tokens, "ids": ids}
    full = load([line.rstrip("\n") for line in open(sys.argv[2], encoding="utf-8")], {})
    out["bert_base_uncased"] = [full(t, truncation=True, max_length=32).input_ids for t in texts]
    print(json.dumps(out, separators=(",", ":")))


main()
