#!/usr/bin/env python3
"""Generates tests/golden/siglip2: tiny random SigLIP 2 models with Gemma's kind of tokenizer.

usage: siglip2.py OUT_DIR       needs torch, transformers, tokenizers, numpy, Pillow

OUT_DIR/texts.json, OUT_DIR/wide.png, tall.png, square.png, tiny.png and two models, with
  NAME.texts.npy  (N, D) f32: get_text_features of the texts, tokenized by AutoTokenizer
  NAME.IMAGE.npy  (1, D) f32: get_image_features of an image, processed by transformers' PIL processor
"fixed" has one image size and model_type siglip; "naflex" images of different sizes and model_type siglip2. Both
name their tokenizer as the published files do. OUT_DIR/naflex.IMAGE.pixels.npy is (3, H, W) f32, and
OUT_DIR/sizes.json lists [width, height, patch_size, max_num_patches, resized width, resized height].
"""
import json
import pathlib
import random
import sys

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import AutoTokenizer, Siglip2Config, Siglip2Model, SiglipConfig, SiglipModel
from transformers.models.siglip import image_processing_pil_siglip
from transformers.models.siglip2 import image_processing_pil_siglip2 as naflex

LENGTH = 13
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
TEXTS = ["a red heart", "A Red HEART!", "Über den Wolken", "ÉCOLE straße 12", "красное СЕРДЦЕ", "two  spaces", "",
         " ".join(["a long text that is cut off"] * 4)]
IMAGES = {"wide": (61, 17), "tall": (9, 40), "square": (30, 30), "tiny": (2, 1)}
PATCH, MOST = 5, 23


def features(output):
    """transformers 5 wraps the projected features."""
    return (output if isinstance(output, torch.Tensor) else output.pooler_output).numpy()


def write_tokenizer(folder):
    """The files of a published SigLIP 2: Gemma's byte-pair encoding, whose class is named GemmaTokenizer."""
    tokenizer = Tokenizer(BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    specials = SPECIAL + [f"<0x{b:02X}>" for b in range(256)]
    tokenizer.train_from_iterator(TEXTS * 3, BpeTrainer(vocab_size=340, special_tokens=specials, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    file = json.loads(tokenizer.to_str())
    file["added_tokens"] = file["added_tokens"][: len(SPECIAL)]  # bytes are ordinary tokens
    (folder / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "add_bos_token": False, "add_eos_token": True, "bos_token": "<bos>", "eos_token": "<eos>",
        "mask_token": "<mask>", "model_input_names": ["input_ids"], "pad_token": "<pad>", "padding_side": "right",
        "tokenizer_class": "GemmaTokenizer", "unk_token": "<unk>"}, indent=1) + "\n")
    return len(file["model"]["vocab"])


def randomise(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return model.eval()


def write(out, name, model, processor, images):
    folder = out / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    processor.save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(TEXTS, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt")
    print(name, type(tokenizer).__name__, ids["input_ids"][1].tolist())
    with torch.no_grad():
        np.save(out / f"{name}.texts.npy", features(model.get_text_features(**ids)))
        for image, picture in images.items():
            inputs = processor(picture, return_tensors="pt")
            np.save(out / f"{name}.{image}.npy", features(model.get_image_features(**inputs)))
            if "spatial_shapes" in inputs:
                save_pixels(out / f"{name}.{image}.pixels.npy", inputs)


def save_pixels(path, inputs):
    rows, columns = inputs["spatial_shapes"][0].tolist()
    patches = inputs["pixel_values"][0].numpy()[: rows * columns].reshape(rows, columns, PATCH, PATCH, 3)
    pixels = patches.transpose(4, 0, 2, 1, 3).reshape(3, rows * PATCH, columns * PATCH)
    np.save(path, np.ascontiguousarray(pixels))


def write_sizes(path):
    rng = random.Random(0)
    rows = []
    for i in range(400):
        width, height = (rng.randint(1, 3000) if rng.random() < 0.7 else rng.randint(1, 40) for _ in range(2))
        if i % 5 == 0:
            height = width
        if i % 7 == 0:
            width, height = width // 32 * 32 + 32, height // 32 * 32 + 32
        patch, most = rng.choice([(16, 256), (16, 256), (14, 729), (16, 1024), (5, 23)])
        height_to, width_to = naflex.get_image_size_for_max_num_patches(height, width, patch, most)
        rows.append([width, height, patch, most, width_to, height_to])
    path.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    images = {}
    for name, (width, height) in IMAGES.items():
        images[name] = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        images[name].save(out / f"{name}.png")
    (out / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_sizes(out / "sizes.json")
    for name in ("fixed", "naflex"):
        (out / name).mkdir(exist_ok=True)
        vocabulary = write_tokenizer(out / name)
    text = dict(hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=33,
                max_position_embeddings=LENGTH, vocab_size=vocabulary, projection_size=30)
    vision = dict(hidden_size=30, num_hidden_layers=2, num_attention_heads=5, intermediate_size=41)
    fixed = SiglipModel(SiglipConfig(vision_config=dict(vision, image_size=23, patch_size=7), text_config=text))
    write(out, "fixed", randomise(fixed), image_processing_pil_siglip.SiglipImageProcessorPil(
        size={"height": 23, "width": 23}), images)
    flexible = Siglip2Model(Siglip2Config(vision_config=dict(vision, patch_size=PATCH, num_patches=16),
                                          text_config=text))
    write(out, "naflex", randomise(flexible), naflex.Siglip2ImageProcessorPil(
        patch_size=PATCH, max_num_patches=MOST), images)


main()
