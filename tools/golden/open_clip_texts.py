#!/usr/bin/env python3
"""Generates tests/golden/open_clip/hf_*: tiny random OpenCLIP models with text towers of transformers.

usage: open_clip_texts.py OUT_DIR [CASE ...]       needs torch, open_clip_torch, transformers, numpy, safetensors

The files are those of open_clip_native.py. Widths are small, but the number of heads is that of the
model that hf_model_name names, because readers know it by the name.
"""
import pathlib
import sys

import numpy as np
import open_clip.hf_model
import torch
from open_clip.coca_model import CoCa
from open_clip.model import CustomTextCLIP
from open_clip_native import randomize, write_case
from transformers import M2M100Config, MT5Config, RobertaConfig, XLMRobertaConfig

VISION = dict(image_size=14, layers=1, width=16, head_width=8, patch_size=7)
VOCAB = 67

ROBERTA = dict(vocab_size=VOCAB, hidden_size=36, num_hidden_layers=2, num_attention_heads=12, intermediate_size=53,
               max_position_embeddings=27, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0,
               eos_token_id=2)
HF_CONFIGS = {
    "roberta-base": RobertaConfig(**ROBERTA),
    "xlm-roberta-base": XLMRobertaConfig(**dict(ROBERTA, hidden_size=24, num_hidden_layers=1)),
    "facebook/nllb-200-distilled-600M": M2M100Config(
        vocab_size=VOCAB, d_model=48, encoder_layers=2, encoder_attention_heads=16, encoder_ffn_dim=41,
        decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=8, max_position_embeddings=1024,
        scale_embedding=True, activation_function="relu", pad_token_id=1, bos_token_id=0, eos_token_id=2),
    "google/mt5-small": MT5Config(
        vocab_size=VOCAB, d_model=28, d_kv=5, num_heads=3, num_layers=2, num_decoder_layers=1, d_ff=37,
        feed_forward_proj="gated-gelu", pad_token_id=0, eos_token_id=1),
}


def text(name, **settings):
    return dict(hf_model_name=name, hf_tokenizer_name=name, hf_model_pretrained=False, context_length=25, **settings)


CASES = {
    # The defaults: the mean, and two layers with GELU between them.
    "hf_roberta": dict(embed_dim=11, quick_gelu=True, vision_cfg=VISION, text_cfg=text("roberta-base")),
    "hf_xlm_roberta": dict(embed_dim=11, vision_cfg=VISION,
                           text_cfg=text("xlm-roberta-base", hf_proj_type="linear", hf_pooler_type="mean_pooler")),
    "hf_nllb": dict(embed_dim=11, custom_text=True, vision_cfg=VISION,
                    text_cfg=text("facebook/nllb-200-distilled-600M", hf_proj_type="linear",
                                  hf_pooler_type="cls_pooler")),
    "hf_mt5": dict(embed_dim=13, vision_cfg=VISION, text_cfg=text("google/mt5-small", hf_pooler_type="mean_pooler")),
    "hf_mt5_first": dict(embed_dim=28, vision_cfg=VISION,
                         text_cfg=text("google/mt5-small", hf_proj_type=None,
                                       hf_pooler_type="cls_last_hidden_state_pooler")),
    "hf_coca": dict(embed_dim=11, custom_text=True, vision_cfg=dict(VISION, output_tokens=True),
                    text_cfg=text("roberta-base", hf_proj_type="linear", width=36, vocab_size=VOCAB,
                                  output_tokens=True),
                    multimodal_cfg=dict(context_length=24, vocab_size=VOCAB, width=36, heads=2, layers=1)),
}


def build(config):
    open_clip.hf_model.AutoConfig.from_pretrained = lambda name: HF_CONFIGS[name]
    arguments = {key: value for key, value in config.items() if key != "custom_text"}
    return (CoCa if "multimodal_cfg" in config else CustomTextCLIP)(**arguments)


def randomized(model, seed):
    randomize(model, seed)
    positions = getattr(model.text.transformer, "embed_positions", None)
    if positions is not None:  # a buffer that no file has
        positions.make_weights(*positions.weights.shape, positions.padding_idx)
    return model


def texts_of(name, vocabulary, length, rng):
    """Texts of different lengths, one of them full, as each tokenizer begins and ends them."""
    begin, end = {"nllb": ([vocabulary - 3], [2]), "mt5": ([], [1])}.get(name.split("_")[1], ([0], [2]))
    room = length - len(begin) - len(end)
    return [begin + rng.integers(3, vocabulary - 3, n).tolist() + end for n in (1, 7, room, 2, 12)]


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, config) in enumerate(CASES.items()):
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        torch.manual_seed(seed)
        model = randomized(build(config), seed)
        texts = texts_of(name, VOCAB, config["text_cfg"]["context_length"], np.random.default_rng(seed))
        write_case(out / name, config, model, pad=model.text.config.pad_token_id, texts=texts, seed=seed)


if __name__ == "__main__":
    main()
