#!/usr/bin/env python3
"""Writes tests/golden/tokenizer/pipeline: small tokenizers of each kind, and texts with the references' ids.

    tools/compare_tokens.py corpus corpus.jsonl
    tools/golden/pipeline_tokenizers.py corpus.jsonl    (tokenizers 0.23, sentencepiece 0.2.3)
"""

import json
import pathlib
import random
import sys

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, Unigram
from tokenizers.trainers import BpeTrainer

OUT = pathlib.Path(__file__).parents[2] / "tests/golden/tokenizer/pipeline"
LENGTH = 24
BASE = ["the quick brown fox jumps over the lazy dog", "a photo of a cat", "naïve café, Straße", "你好 世界 こんにちは"]


def train(name, texts, **options):
    prefix = OUT / name
    prefix.mkdir(parents=True, exist_ok=True)
    path = prefix / "spiece.model"
    with open(path, "wb") as out:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_writer=out, minloglevel=2, pad_id=0, eos_id=1,
            unk_id=2, bos_id=-1, hard_vocab_limit=False, character_coverage=0.98, **options)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    return path, proto


def unigram_json(proto):
    out = Tokenizer(Unigram([(p.piece, p.score) for p in proto.pieces], unk_id=2, byte_fallback=False))
    out.normalizer = normalizers.Sequence([
        normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
        normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    out.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always", split=True)
    return out


def characters_json(texts):
    out = Tokenizer(BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    out.normalizer = normalizers.Replace(" ", "▁")
    out.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    specials = ["<pad>", "</s>", "<unk>"] + [f"<0x{b:02X}>" for b in range(256)]
    out.train_from_iterator(texts, BpeTrainer(vocab_size=700, special_tokens=specials,
                                              limit_alphabet=120, show_progress=False))
    file = json.loads(out.to_str())
    file["added_tokens"] = file["added_tokens"][:3]  # bytes are ordinary tokens
    out = Tokenizer.from_str(json.dumps(file))
    out.add_tokens([AddedToken("<mask>", normalized=False, special=False)])
    return out


def bytes_json(texts):
    out = Tokenizer(BPE())
    out.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    out.train_from_iterator(texts, BpeTrainer(
        vocab_size=600, special_tokens=["<s>", "</s>", "<unk>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    out.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0))
    return out


def write(name, texts, encode):
    rows = [{"text": text, "ids": encode(text)} for text in texts]
    (OUT / name / "texts.json").write_text(
        "[\n" + ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n]\n")


def write_json(name, tokenizer, texts, suffix):
    (OUT / name).mkdir(parents=True, exist_ok=True)
    if suffix:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=["$A", "</s>"], special_tokens=[("</s>", 1)])
    tokenizer.save(str(OUT / name / "tokenizer.json"), pretty=False)
    tokenizer.enable_truncation(LENGTH)
    write(name, texts, lambda text: tokenizer.encode(text).ids)


def main():
    corpus = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    rng = random.Random(5)
    short = [t for t in corpus if 0 < len(t) < 60]
    training = BASE * 50 + [t.replace("\n", " ") for t in short if t.isascii()][:1500]
    training += rng.sample([t.replace("\n", " ") for t in short if not t.isascii()], 60)
    texts = corpus[:15] + rng.sample(short, 120) + ["  two  spaces ", "e\u0301\uff21\u200a\u0301", "<mask> a <mask>b", "🇩🇪👩‍🚀"]
    texts = [t for t in texts if len(t) < 3000 and "</s>" not in t]
    for name, options in {
        "sentencepiece_unigram": {"vocab_size": 700, "normalization_rule_name": "nfkc"},
        "sentencepiece_bpe": {"vocab_size": 900, "model_type": "bpe", "byte_fallback": True,
                              "normalization_rule_name": "identity", "remove_extra_whitespaces": False,
                              "user_defined_symbols": ["<mask>"]},
    }.items():
        path, proto = train(name, training, **options)
        processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        write(name, texts, lambda text: processor.encode(text)[: LENGTH - 1] + [1])
        if name == "sentencepiece_unigram":
            tokenizer = unigram_json(proto)
            tokenizer.add_special_tokens([AddedToken(t, special=True) for t in ("<pad>", "</s>", "<unk>")])
            write_json("unigram", tokenizer, texts, True)
    write_json("characters", characters_json(training), texts, True)
    write_json("bytes", bytes_json(training), texts, False)


main()
