#!/usr/bin/env python3
"""Generates tests/golden/transformers5: tiny models as save_pretrained of transformers 5 writes them.

usage: transformers5.py OUT_DIR      needs torch, transformers 5, numpy, Pillow

  clip, clip_text, clip_text_projection (sharded), clip_vision, clip_vision_projection, bert, distilbert (of DistilBertForMaskedLM)
Each directory has what save_pretrained of the model and of its processor or tokenizer writes: no
preprocessor_config.json, vocab.txt or merges.txt. The results of transformers are next to them:
  texts.json            the texts
  NAME.texts.npy        their vectors; of BERT and DistilBERT, means of the last hidden states
  image.png, NAME.images.npy   an image and its vector, with the image processor that uses Pillow
"""
import json
import pathlib
import shutil
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from transformers import (BertConfig, BertModel, CLIPConfig, CLIPImageProcessor, CLIPImageProcessorPil, CLIPModel,
                          CLIPProcessor, CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection,
                          CLIPVisionConfig, CLIPVisionModel, CLIPVisionModelWithProjection, DistilBertConfig,
                          DistilBertForMaskedLM)

from tiny_tokenizers import TEXTS, clip_tokenizer, wordpiece_tokenizer

CONTEXT = 16
WIDTH = 16


def spread(model, seed):
    """Larger parameters than the initialisation, so that every part affects the result."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.15)
    return model.eval()


def clip_sizes(tokenizer):
    text = dict(hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
                max_position_embeddings=CONTEXT, vocab_size=len(tokenizer), bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id, hidden_act="gelu")
    vision = dict(hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32, image_size=28,
                  patch_size=7, hidden_act="gelu")
    return text, vision


def make_image():
    y, x = np.mgrid[0:40, 0:56]
    return Image.fromarray(np.stack([x * 4, y * 6, (x * y) % 256], axis=-1).astype(np.uint8))


def tokens_of(tokenizer):
    return tokenizer(TEXTS, padding=True, truncation=True, max_length=CONTEXT, return_tensors="pt")


def pooled(output):
    return output.pooler_output if hasattr(output, "pooler_output") else output


def write_clip(out, scratch):
    tokenizer = clip_tokenizer(scratch / "clip")
    text, vision = clip_sizes(tokenizer)
    images = CLIPImageProcessor(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    ids = tokens_of(tokenizer)
    pillow = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    pixels = pillow(images=[make_image()], return_tensors="pt")
    other = images(images=[make_image()], return_tensors="pt")["pixel_values"]
    print("largest difference of the torchvision processor's pixels:",
          float((pixels["pixel_values"] - other).abs().max()))

    model = spread(CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)), 1)
    model.save_pretrained(out / "clip")
    CLIPProcessor(image_processor=images, tokenizer=tokenizer).save_pretrained(out / "clip")
    np.save(out / "clip.texts.npy", pooled(model.get_text_features(**ids)).detach().numpy())
    np.save(out / "clip.images.npy", pooled(model.get_image_features(**pixels)).detach().numpy())

    for name, cls in [("clip_text", CLIPTextModel), ("clip_text_projection", CLIPTextModelWithProjection)]:
        model = spread(cls(CLIPTextConfig(projection_dim=12, **text)), 2)
        model.save_pretrained(out / name, max_shard_size="20KB" if name == "clip_text_projection" else "1GB")
        tokenizer.save_pretrained(out / name)
        output = model(**ids)
        vectors = output.text_embeds if name == "clip_text_projection" else output.pooler_output
        np.save(out / f"{name}.texts.npy", vectors.detach().numpy())

    for name, cls in [("clip_vision", CLIPVisionModel), ("clip_vision_projection", CLIPVisionModelWithProjection)]:
        model = spread(cls(CLIPVisionConfig(projection_dim=12, **vision)), 3)
        model.save_pretrained(out / name)
        images.save_pretrained(out / name)
        output = model(**pixels)
        vectors = output.image_embeds if name == "clip_vision_projection" else output.pooler_output
        np.save(out / f"{name}.images.npy", vectors.detach().numpy())


def means(hidden, mask):
    weight = mask[:, :, None].float()
    return ((hidden * weight).sum(1) / weight.sum(1)).detach().numpy()


def write_bert(out, scratch):
    tokenizer = wordpiece_tokenizer(scratch / "bert", lower=True)
    ids = tokens_of(tokenizer)
    bert = spread(BertModel(BertConfig(vocab_size=len(tokenizer), hidden_size=WIDTH, num_hidden_layers=2,
                                       num_attention_heads=2, intermediate_size=32,
                                       max_position_embeddings=CONTEXT)), 4)
    bert.save_pretrained(out / "bert")
    tokenizer.save_pretrained(out / "bert")
    np.save(out / "bert.texts.npy", means(bert(**ids).last_hidden_state, ids["attention_mask"]))

    cased = wordpiece_tokenizer(scratch / "cased", lower=False)
    ids = tokens_of(cased)
    del ids["token_type_ids"]
    distilbert = spread(DistilBertForMaskedLM(DistilBertConfig(
        vocab_size=len(cased), dim=WIDTH, n_layers=2, n_heads=2, hidden_dim=32, max_position_embeddings=CONTEXT)), 5)
    distilbert.save_pretrained(out / "distilbert")
    cased.save_pretrained(out / "distilbert")
    np.save(out / "distilbert.texts.npy",
            means(distilbert.distilbert(**ids).last_hidden_state, ids["attention_mask"]))


def main():
    out = pathlib.Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    make_image().save(out / "image.png")
    (out / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as scratch, torch.no_grad():
        write_clip(out, pathlib.Path(scratch))
        write_bert(out, pathlib.Path(scratch))


main()
