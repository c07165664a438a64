"""Small tokenizers for the tiny models of transformers5.py and sentence_transformers_models.py."""
import json
import string
import types

from tokenizers import processors
from transformers import BertTokenizer, CLIPTokenizer
from transformers.models.clip import tokenization_clip

# Versions of tokenizers name the second argument "cls" or "cls_token".
tokenization_clip.processors = types.SimpleNamespace(
    RobertaProcessing=lambda sep, cls, add_prefix_space, trim_offsets: processors.RobertaProcessing(
        sep, cls, trim_offsets, add_prefix_space))

TEXTS = ["a red heart", "A Red HEART!", "Über den Wolken", "straße 12", "красное сердце", "红心 and 心",
         "", "unknownwordsofmanyletters", "don't stop", "naïve café",
         " ".join(["a long text that is cut off"] * 8)]

SCRIPTS = "äöüßéèïñÜçабвгдежзиклмнопрстусхце红心和字ひらがな"


def wordpiece_vocabulary():
    letters = string.ascii_letters + string.digits + SCRIPTS
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list(string.punctuation)
    tokens += list(dict.fromkeys(letters)) + ["##" + c for c in dict.fromkeys(letters)]
    tokens += ["red", "heart", "Red", "the", "text", "##ing", "long", "that", "in", "den", "сердце"]
    return list(dict.fromkeys(tokens))


def wordpiece_tokenizer(folder, lower):
    """A BertTokenizer as transformers 5 builds it from a vocab.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(wordpiece_vocabulary()) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": lower, "tokenizer_class": "BertTokenizer"}) + "\n")
    return BertTokenizer.from_pretrained(folder)


def bytes_to_unicode():
    """GPT-2's characters for bytes, in the order of CLIP's vocabulary."""
    visible = list(range(0x21, 0x7F)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    hidden = [b for b in range(256) if b not in visible]
    return [chr(b) for b in visible] + [chr(256 + i) for i in range(len(hidden))]


def clip_tokenizer(folder):
    """A CLIPTokenizer with a few merges; 512 bytes, the merges, start and end."""
    merges = [("r", "e"), ("re", "d</w>"), ("h", "e"), ("a", "r"), ("ar", "t</w>"), ("he", "art</w>"),
              ("t", "h"), ("i", "n"), ("o", "n"), ("e", "x")]
    symbols = bytes_to_unicode()
    tokens = symbols + [s + "</w>" for s in symbols] + [a + b for a, b in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False),
                                       encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges),
                                       encoding="utf-8")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=16)
