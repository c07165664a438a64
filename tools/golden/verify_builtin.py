#!/usr/bin/env python3
"""Writes src/verify/builtin_table.cpp: what reference tokenizers and Pillow give for the texts and
pictures that `sightline verify` has built in.

  verify_builtin.py CLIP_TOKENIZER_JSON BERT_VOCAB_TXT > src/verify/builtin_table.cpp

Needs tokenizers, transformers (BertTokenizer), Pillow 13, numpy.
"""
import hashlib
import sys

import numpy as np
import PIL
import tokenizers
import transformers
from PIL import Image

TEXTS = [
    "flying in the sky", "mouth open", "mouth dnaksjd xysopendasdas", "A yellow cat", "A red ball",
    "a photo of 2 dogs, running; it's 9:45!", "Caf\u00e9 na\u00efve \u00fcber stra\u00dfe", "\u5c0f\u732b\u548c\u72d7", "",
    "UPPER lower MiXeD  white\tspace", "don't can't we'll they're I'm", "state-of-the-art (50% off) #1 @home",
]
SIZES = [(640, 427), (333, 500), (97, 61)]
# resize, crop, squash, filter, half_even
SPECS = ([(s, s, False, "bicubic", even) for s in (64, 224, 240, 256, 288, 336, 384, 448) for even in (False, True)]
         + [(256, 224, False, "bilinear", even) for even in (False, True)]
         + [(235, 224, False, "bicubic", True), (232, 224, False, "bilinear", True), (236, 224, False, "bicubic", True),
            (64, 64, False, "bilinear", True), (73, 64, False, "bilinear", True), (224, 224, True, "bicubic", True)])


def picture(width, height):
    y, x, c = np.meshgrid(np.arange(height, dtype=np.uint32), np.arange(width, dtype=np.uint32),
                          np.arange(3, dtype=np.uint32), indexing="ij")
    value = (7 * x + 13 * y + 29 * c) ^ (x * y // 8) ^ (37 * ((x // 16) & (y // 16)))
    return Image.fromarray((value & 255).astype(np.uint8), "RGB")


def preprocess(image, resize, crop, squash, name, half_even):
    kind = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}[name]
    width, height = image.size
    if squash:
        image = image.resize((resize, resize), kind)
    else:
        short, long = min(width, height), max(width, height)
        scaled = int(resize * long / short)
        image = image.resize((resize, scaled) if width <= height else (scaled, resize), kind)

    def offset(size):
        return int(round((size - crop) / 2)) if half_even else (size - crop) // 2
    left, top = offset(image.width), offset(image.height)
    return image.crop((left, top, left + crop, top + crop))


def quoted(text):
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in (34, 92) else f"\\{b:03o}" for b in text.encode()) + '"'


def id_lists(name, lists):
    for i, ids in enumerate(lists):
        print(f"constexpr int32_t k{name}{i}[] = {{{', '.join(map(str, ids))}}};")
    print(f"constexpr std::span<const int32_t> k{name}[] = {{{', '.join(f'k{name}{i}' for i in range(len(lists)))}}};")


def main():
    clip = tokenizers.Tokenizer.from_file(sys.argv[1])
    clip_lists = [clip.encode(text).ids for text in TEXTS]
    bert = transformers.BertTokenizer(sys.argv[2], do_lower_case=True)
    bert_lists = [bert(text)["input_ids"] for text in TEXTS]
    longest = max(map(len, clip_lists + bert_lists))
    with_tokenizers = f"tokenizers {tokenizers.__version__}"
    print("// Made by tools/golden/verify_builtin.py; not to be edited.\n"
          '#include "verify/builtin_table.h"\n\nnamespace sightline::builtin_table {\nnamespace {\n')
    print(f"constexpr std::string_view kTextList[] = {{{', '.join(map(quoted, TEXTS))}}};")
    id_lists("Clip", clip_lists)
    id_lists("Bert", bert_lists)
    print("using Resize = PreprocessSpec::Resize;\nusing Crop = PreprocessSpec::CropRounding;\nconstexpr BuiltinPixels kPixels[] = {")
    for resize, crop, squash, name, even in SPECS:
        hashes = []
        for size in SIZES:
            data = np.asarray(preprocess(picture(*size), resize, crop, squash, name, even)).tobytes()
            hashes.append('"' + hashlib.sha256(data).hexdigest() + '"')
        print(f"    {{{resize}, {crop}, Resize::{'squash' if squash else 'shortest_edge'}, ResizeFilter::{name}, "
              f"Crop::{'half_even' if even else 'floor'},\n     {{" + ",\n      ".join(hashes) + "}},")
    print("};\n\n}  // namespace\n")
    print("const std::span<const std::string_view> kTexts = kTextList;")
    print(f"const int kLongestIds = {longest};")
    print(f'const std::string_view kPixelsMadeWith = "Pillow {PIL.__version__}";')
    for function, vocabulary, name, library in (("clip_ids", "CLIP", "Clip", with_tokenizers),
                                                ("bert_ids", "bert-base-uncased", "Bert", f"transformers {transformers.__version__}")):
        print(f'const BuiltinIds& {function}() {{\n  static const BuiltinIds ids = {{"{vocabulary}", "{library}", k{name}}};\n  return ids;\n}}')
    print("std::span<const BuiltinPixels> pixels() { return kPixels; }\n\n}  // namespace sightline::builtin_table")


main()
