#!/usr/bin/env python3
"""Generates tests/golden/sentence_transformers: tiny models as sentence-transformers saves them, and its vectors.

usage: sentence_transformers_models.py OUT_DIR     needs torch, transformers 5, sentence-transformers 6, numpy, Pillow

  mean        BERT, mean pooling, Normalize, max_seq_length in sentence_bert_config.json; the files of versions 2 to 4
  cls         BERT, cls pooling, a dense layer with tanh, Normalize; as version 6 writes them
  max         BERT, max pooling, a dense layer with GELU and a residual connection
  distilbert  DistilBERT with a cased vocabulary, mean pooling, a dense layer without bias and activation: the layout
              of clip-ViT-B-32-multilingual-v1
  lower       the same with do_lower_case
  clip        modules.json with 0_CLIPModel, as versions 2 to 4 write it
  clip6       a CLIP model as version 6 writes it
The vectors are next to the directories: NAME.texts.npy, and of the CLIP models NAME.images.npy (pixels by Pillow).
"""
import json
import pathlib
import shutil
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from transformers import (BertConfig, BertModel, CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPProcessor,
                          DistilBertConfig, DistilBertModel)

from tiny_tokenizers import TEXTS, clip_tokenizer, wordpiece_tokenizer

CONTEXT, WIDTH = 24, 16
OLD = "sentence_transformers.models."


def spread(model, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return model.eval()


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def save(folder, *parts):
    model = SentenceTransformer(modules=list(parts), device="cpu")
    model.save(str(folder), create_model_card=False)
    return model


def encode(folder, out):
    """Vectors of the files, as sentence-transformers reads them."""
    model = SentenceTransformer(str(folder), device="cpu")
    np.save(out / f"{folder.name}.texts.npy", model.encode(TEXTS, normalize_embeddings=False))
    return model


def bert(scratch):
    folder = scratch / "bert"
    tokenizer = wordpiece_tokenizer(folder, lower=True)
    spread(BertModel(BertConfig(vocab_size=len(tokenizer), hidden_size=WIDTH, num_hidden_layers=2,
                                num_attention_heads=2, intermediate_size=32, max_position_embeddings=CONTEXT)),
           1).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def distilbert(scratch):
    folder = scratch / "distilbert"
    tokenizer = wordpiece_tokenizer(folder, lower=False)
    spread(DistilBertModel(DistilBertConfig(vocab_size=len(tokenizer), dim=WIDTH, n_layers=2, n_heads=2,
                                            hidden_dim=32, max_position_embeddings=CONTEXT)),
           2).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def to_old_layout(folder, max_seq_length, lower=False):
    """Rewrites the small files as versions 2 to 4 write them."""
    entries = json.loads((folder / "modules.json").read_text())
    for entry in entries:
        entry["type"] = OLD + entry["type"].rsplit(".", 1)[1]
    write_json(folder / "modules.json", entries)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": max_seq_length, "do_lower_case": lower})
    for pooling in folder.glob("*_Pooling"):
        config = json.loads((pooling / "config.json").read_text())
        write_json(pooling / "config.json", {
            "word_embedding_dimension": config["embedding_dimension"],
            **{f"pooling_mode_{key}": mode == config["pooling_mode"]
               for key, mode in [("cls_token", "cls"), ("mean_tokens", "mean"), ("max_tokens", "max"),
                                 ("mean_sqrt_len_tokens", "mean_sqrt_len_tokens")]}})
    for normalize in folder.glob("*_Normalize"):
        shutil.rmtree(normalize)


def write_text_models(out, scratch):
    plain = bert(scratch)
    length = {"max_seq_length": 12}
    dense = modules.Dense
    save(out / "mean", modules.Transformer(str(plain), **length), modules.Pooling(WIDTH, "mean"),
         modules.Normalize())
    to_old_layout(out / "mean", 12)
    save(out / "cls", modules.Transformer(str(plain), **length), modules.Pooling(WIDTH, "cls"),
         spread(dense(WIDTH, 10), 3), modules.Normalize())
    save(out / "max", modules.Transformer(str(plain)), modules.Pooling(WIDTH, "max"),
         spread(dense(WIDTH, 10, activation_function=torch.nn.GELU(), use_residual=True), 4))
    cased = distilbert(scratch)
    for name, lower in [("distilbert", False), ("lower", True)]:
        save(out / name, modules.Transformer(str(cased), max_seq_length=20), modules.Pooling(WIDTH, "mean"),
             spread(dense(WIDTH, 12, bias=False, activation_function=torch.nn.Identity()), 5))
        to_old_layout(out / name, 20, lower)
    for name in ["mean", "cls", "max", "distilbert", "lower"]:
        encode(out / name, out)


def write_clip_models(out, scratch):
    folder = scratch / "clip"
    tokenizer = clip_tokenizer(folder)
    text = dict(hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
                max_position_embeddings=16, vocab_size=len(tokenizer), bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id)
    vision = dict(hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=4, intermediate_size=32, image_size=28,
                  patch_size=7)
    model = spread(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)), 6)
    images = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})

    save_to = scratch / "saved"
    model.save_pretrained(save_to)
    CLIPProcessor(image_processor=images, tokenizer=tokenizer).save_pretrained(save_to)
    save(out / "clip6", modules.Transformer(str(save_to)))

    old = out / "clip" / "0_CLIPModel"
    model.save_pretrained(old)
    images.save_pretrained(old)
    for name in ["vocab.json", "merges.txt"]:
        shutil.copy(folder / name, old)
    write_json(old / "tokenizer_config.json", {"model_max_length": 16, "tokenizer_class": "CLIPTokenizer"})
    write_json(out / "clip" / "modules.json",
               [{"idx": 0, "name": "0", "path": "0_CLIPModel", "type": OLD + "CLIPModel"}])

    y, x = np.mgrid[0:40, 0:56]
    image = Image.fromarray(np.stack([x * 4, y * 6, (x * y) % 256], axis=-1).astype(np.uint8))
    image.save(out / "image.png")
    for name in ["clip", "clip6"]:
        encode(out / name, out)
        pixels = images(images=[image], return_tensors="pt")
        features = model.get_image_features(**pixels)
        np.save(out / f"{name}.images.npy", getattr(features, "pooler_output", features).detach().numpy())


def main():
    out = pathlib.Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch, torch.no_grad():
        write_text_models(out, pathlib.Path(scratch))
        write_clip_models(out, pathlib.Path(scratch))
    for readme in out.rglob("README.md"):
        readme.unlink()


main()
