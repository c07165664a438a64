#!/usr/bin/env python3
"""Compares token ids with the reference tokenizers, line by line, on a generated corpus.

The steps are separate, because the reference may be installed on another machine:

    tools/compare_tokens.py corpus corpus.jsonl [--captions metadata.jsonl]
    tools/compare_tokens.py reference corpus.jsonl hf.ids --profile hf --tokenizer tokenizer.json
    tools/compare_tokens.py reference corpus.jsonl oa.ids --profile openai --bpe bpe_simple_vocab_16e6.txt.gz
    tools/compare_tokens.py reference corpus.jsonl bert.ids --profile wordpiece --vocab vocab.txt --context-length 512
    build/sightline tokenize --model DIR --profile hf --context-length 77 --json \\
        --file corpus.jsonl > ours.json
    tools/compare_tokens.py check corpus.jsonl hf.ids ours.json

`reference --profile hf` needs the package tokenizers. `--profile wordpiece` needs transformers; compare it
with `tokenize --model vocab.txt`. For a cased vocabulary, pass `--cased` and put a tokenizer_config.json
that says so next to it. `--profile openai` needs ftfy, regex and `clip` (OpenAI's), or `open_clip`. A corpus
line is a JSON string. The corpus contains no text that spells a special token, because the references
convert it to that token and Sightline does not.
"""

import argparse
import html.entities
import json
import random
import sys
import unicodedata

SPECIALS = ("<|startoftext|>", "<|endoftext|>", "<start_of_text>", "<end_of_text>")
BERT_SPECIALS = ("[pad]", "[unk]", "[cls]", "[sep]", "[mask]")
WORDS = (
    "a photo of the cat dog red Yellow BALL sky mouth it's they're I'll we've I'm he'd don't O'Neil "
    "naïve café Straße ΣΊΣΥΦΟΣ ὈΔΥΣΣΕΎΣ İstanbul ıI ﬁne ﬅ 2024 3.14 x² ½ Ⅷ 你好 こんにちは 안녕 "
    "Привет שלום مرحبا नमस्ते ไทย ‘quoted’ “double” … — ★ 😀 👩‍🚀 🇩🇪 ＦＵＬＬ ﾊﾝｶｸ 's 'ſ 'S ''s !'s $5 #tag @me "
    "http://x.y/z?a=b&c=d a_b-c/d <b>bold</b> &amp; &lt; &eacute; &EACUTE; &#233; &#xe9; &notit; &copy "
    "&amp;amp;lt; &#128; &#0; &#xD800; &#1114112; &hellip; &NTILDE; &szlig; &SZLIG; &ltcat &am &;"
).split()
CODECS = [
    "latin-1",
    "cp1252",
    "cp1251",
    "cp1250",
    "cp1253",
    "cp1254",
    "cp1257",
    "iso-8859-2",
    "mac_roman",
    "cp437",
]
SPECIAL_POINTS = [
    *range(0x00, 0x30),
    *range(0x7F, 0x100),
    0x130,
    0x131,
    0x149,
    0x17F,
    0x1C4,
    0x300,
    0x301,
    0x307,
    0x327,
    0x338,
    0x345,
    0x37A,
    0x3A3,
    0x3C2,
    0x3C3,
    0x1E9E,
    0x1680,
    0x180E,
    *range(0x2000, 0x2070),
    0x20E3,
    0x212A,
    0x212B,
    0x3000,
    0xFB01,
    0xFB05,
    0xFE0F,
    0xFEFF,
    *range(0xFFF9, 0xFFFE),
]


def any_point(rng):
    while True:
        kind = rng.random()
        if kind < 0.3:
            c = rng.choice(SPECIAL_POINTS)
        elif kind < 0.6:
            c = rng.randrange(0x20, 0x3000)
        elif kind < 0.8:
            c = rng.randrange(0x20, 0x10000)
        else:
            c = (
                rng.randrange(0x10000, 0x110000)
                if rng.random() < 0.3
                else rng.randrange(0x10000, 0x20000)
            )
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def mojibake(text, rng):
    """`text` in UTF-8, decoded with another encoding once or twice, and possibly damaged."""
    for _ in range(rng.choice([1, 1, 1, 2])):
        codec = rng.choice(CODECS)
        raw = text.encode("utf-8")
        out = ""
        for b in raw:
            try:
                out += bytes([b]).decode(codec)
            except UnicodeDecodeError:
                out += rng.choice([chr(b), "\ufffd"])
        text = out
    if rng.random() < 0.2:
        text = text.replace("\xa0", " ")
    if rng.random() < 0.2 and text:
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice([" ", "?", "\ufffd", "", "x"]) + text[at + 1 :]
    return text


def assigned_points():
    return [
        c
        for c in range(0x110000)
        if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) not in ("Cn", "Co")
    ]


def make_corpus(captions):
    rng = random.Random(20240607)
    lines = [
        "",
        " ",
        "\n",
        "\t \u3000",
        "a" * 5000,
        "ab" * 3000,
        "é" * 2000,
        "!" * 3000,
        "1" * 300,
        "😀" * 200,
        "a" * 300 + " b",
        "\u0301" * 500,
        "Σ" * 50,
        "x" + "\u0345\u0301" * 40,
        "word " * 400,
    ]
    lines += captions
    lines += WORDS
    # Every assigned code point, in contexts that matter for splitting, case and marks.
    points = assigned_points()
    bmp = [
        c for c in points if not 0x3400 <= c < 0xA000 and not 0xAC00 <= c < 0xD7A4 and c < 0x17000
    ]
    rest = [c for c in points if c not in set(bmp)]
    for i, c in enumerate(bmp + rng.sample(rest, 6000)):
        ch = chr(c)
        lines.append(
            [f"a{ch}b {ch}", f"{ch}Σ a{ch}Σ", f"'{ch} !{ch}1", f"A{ch}\u0301\u0327Σ {ch}{ch}"][
                i % 4
            ]
        )
    for name, value in html.entities.html5.items():
        lines.append(rng.choice(["&{}", "x&{}y", "&amp;{}", "A &{} b", "&{}="]).format(name))
        lines.append("&" + name.upper())
        if rng.random() < 0.3:
            lines.append(value)
    for n in [
        *range(0, 300),
        *range(0xD7F0, 0xE010, 8),
        0xFFFE,
        0xFFFF,
        0x1F600,
        0x10FFFF,
        0x110000,
        99999999999,
    ]:
        lines.append(f"x&#{n};y &#x{n:x} &#X{n:X};&#{n}")
    texts = WORDS + captions[:200]
    for _ in range(9000):
        lines.append(mojibake(" ".join(rng.choice(texts) for _ in range(rng.randrange(1, 6))), rng))
    for _ in range(4000):  # mojibake inside correct text
        lines.append(
            rng.choice(texts)
            + " "
            + mojibake(rng.choice(texts), rng)
            + rng.choice([" ", "\n", ""])
            + rng.choice(texts)
        )
    for _ in range(9000):
        lines.append("".join(any_point(rng) for _ in range(rng.randrange(1, 24))))
    for _ in range(6000):
        lines.append(
            rng.choice([" ", "", "\n", "\r\n", "\x1b[31m", "\u2028"]).join(
                rng.choice(WORDS) if rng.random() < 0.7 else any_point(rng)
                for _ in range(rng.randrange(1, 12))
            )
        )
    for _ in range(2000):  # canonical decompositions
        lines.append(
            unicodedata.normalize("NFD", "".join(chr(rng.choice(points)) for _ in range(6)))
        )
    for _ in range(1500):
        lines.append(" ".join(rng.choice(WORDS) for _ in range(rng.randrange(20, 120))))
    return [t for t in lines if not any(s in t.lower() for s in SPECIALS + BERT_SPECIALS)]


def truncated(ids, context_length):
    return ids if len(ids) <= context_length else ids[: context_length - 1] + ids[-1:]


def hf_encoder(args):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(args.tokenizer)
    return lambda text: tokenizer.encode(text).ids


def openai_encoder(args):
    try:
        from clip.simple_tokenizer import SimpleTokenizer
    except ImportError:
        from open_clip.tokenizer import SimpleTokenizer
    tokenizer = SimpleTokenizer(args.bpe)
    size = len(tokenizer.encoder)
    return lambda text: [size - 2] + tokenizer.encode(text) + [size - 1]


def wordpiece_encoder(args):
    from transformers import BertTokenizerFast

    with open(args.vocab, encoding="utf-8") as f:
        vocab = {line.rstrip("\n"): i for i, line in enumerate(f)}
    tokenizer = BertTokenizerFast(vocab=vocab, do_lower_case=not args.cased)
    return lambda text: tokenizer(text).input_ids


def read_lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def run_reference(args):
    encode = {"hf": hf_encoder, "openai": openai_encoder, "wordpiece": wordpiece_encoder}[
        args.profile
    ](args)
    with open(args.ids, "w", encoding="utf-8") as out:
        for text in read_lines(args.corpus):
            out.write(json.dumps(truncated(encode(text), args.context_length)) + "\n")


def run_check(args):
    corpus, expected = read_lines(args.corpus), read_lines(args.ids)
    with open(args.ours, encoding="utf-8") as f:
        ours = [text["ids"] for text in json.load(f)["texts"]]
    if not len(corpus) == len(expected) == len(ours):
        sys.exit(
            f"lengths differ: corpus {len(corpus)}, reference {len(expected)}, ours {len(ours)}"
        )
    wrong = [i for i in range(len(corpus)) if expected[i] != ours[i]]
    for i in wrong[: args.show]:
        print(f"line {i + 1}: {corpus[i]!a}\n  reference {expected[i]}\n  ours      {ours[i]}")
    print(f"{len(corpus) - len(wrong)} of {len(corpus)} lines have equal ids")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    corpus = commands.add_parser("corpus")
    corpus.add_argument("corpus")
    corpus.add_argument("--captions", help="metadata.jsonl with a field 'text'")
    reference = commands.add_parser("reference")
    reference.add_argument("corpus")
    reference.add_argument("ids")
    reference.add_argument("--profile", choices=["hf", "openai", "wordpiece"], required=True)
    reference.add_argument("--tokenizer", help="tokenizer.json, for hf")
    reference.add_argument("--bpe", help="bpe_simple_vocab_16e6.txt.gz, for openai")
    reference.add_argument("--vocab", help="vocab.txt, for wordpiece")
    reference.add_argument("--cased", action="store_true", help="for wordpiece")
    reference.add_argument("--context-length", type=int, default=77)
    check = commands.add_parser("check")
    check.add_argument("corpus")
    check.add_argument("ids")
    check.add_argument("ours")
    check.add_argument("--show", type=int, default=20)
    args = parser.parse_args()
    if args.command == "corpus":
        captions = (
            [t for row in read_lines(args.captions) for t in row["text"]] if args.captions else []
        )
        lines = make_corpus(captions)
        with open(args.corpus, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(line) + "\n" for line in lines)
        print(f"{len(lines)} lines")
    elif args.command == "reference":
        run_reference(args)
    else:
        sys.exit(run_check(args))


main()
