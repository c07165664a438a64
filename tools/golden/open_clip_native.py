#!/usr/bin/env python3
"""Generates tests/golden/open_clip: tiny random models with the options of OpenCLIP's own towers.

usage: open_clip_native.py OUT_DIR [CASE ...]       needs torch, open_clip_torch, numpy, safetensors

Each case is a directory as OpenCLIP's push_to_hf_hub writes it, without tokenizer, plus
  pixels.npy (B, 3, S, S) f32      image.npy (B, D) f32: encode_image
  ids.jsonl  one list per line     text.npy  (N, D) f32: encode_text of the padded ids
No vector is normalized. The functions write_case and randomize serve the other open_clip_*.py too.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from open_clip.coca_model import CoCa
from open_clip.model import CLIP, CustomTextCLIP

VISION = dict(image_size=23, layers=2, width=24, head_width=8, patch_size=7)
TEXT = dict(context_length=9, vocab_size=60, width=20, heads=4, layers=2)
DECODER = dict(context_length=9, vocab_size=60, width=16, heads=2, layers=1)

CASES = {
    "clipa": dict(embed_dim=11,
                  vision_cfg=dict(VISION, no_ln_pre=True, pool_type="avg", final_ln_after_pool=True),
                  text_cfg=dict(TEXT, hf_tokenizer_name="bert-base-uncased", pool_type="last", no_causal_mask=True,
                                tokenizer_kwargs=dict(strip_sep_token=True))),
    "worldwide": dict(embed_dim=11, quick_gelu=True, vision_cfg=dict(VISION, pool_type="avg"),
                      text_cfg=dict(TEXT, hf_tokenizer_name="facebook/xlm-v-base", pool_type="eos", eos_id=2)),
    "layer_scale": dict(embed_dim=13, vision_cfg=dict(VISION, ls_init_value=1e-4),
                        text_cfg=dict(TEXT, ls_init_value=1e-4, mlp_ratio=2.7)),
    "coca": dict(embed_dim=16,
                 vision_cfg=dict(VISION, attentional_pool=True, attn_pooler_heads=4, attn_pooler_queries=5,
                                 output_tokens=True),
                 text_cfg=dict(TEXT, embed_cls=True, output_tokens=True), multimodal_cfg=DECODER, custom_text=True),
    # The pooler's projections are one tensor where its width is the positions'.
    "coca_fused": dict(embed_dim=24,
                       vision_cfg=dict(VISION, attentional_pool=True, attn_pooler_queries=3, output_tokens=True),
                       text_cfg=dict(TEXT, embed_cls=True, output_tokens=True, proj_bias=True, ls_init_value=0.1),
                       multimodal_cfg=DECODER, custom_text=True),
    "mobile": dict(embed_dim=11, custom_text=True, vision_cfg=VISION, text_cfg=dict(TEXT, no_causal_mask=True)),
    "siglip_text": dict(embed_dim=11, custom_text=True, init_logit_bias=-10, vision_cfg=VISION,
                        text_cfg=dict(TEXT, hf_tokenizer_name="timm/ViT-B-16-SigLIP", no_causal_mask=True,
                                      proj_bias=True, pool_type="last", norm_kwargs=dict(eps=1e-6),
                                      act_kwargs=dict(approximate="tanh"), tokenizer_kwargs=dict(clean="canonicalize"))),
    "no_projection": dict(embed_dim=20, custom_text=True, vision_cfg=VISION,
                          text_cfg=dict(TEXT, hf_tokenizer_name="timm/ViT-B-16-SigLIP2", no_causal_mask=True,
                                        pool_type="first", proj_type="none")),
    # TinyCLIP: the towers are narrower than the projection. Read as clip_vit.
    "tinyclip": dict(embed_dim=41, vision_cfg=dict(VISION, layers=3),
                     text_cfg=dict(TEXT, layers=1)),
}


def randomize(model, seed=0, strength=0.15):
    """Changes every parameter and statistic, so that each affects the result."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if tensor.dtype != torch.float32 or name.endswith(("logit_scale", "logit_bias")) or "attn_mask" in name:
                continue
            noise = torch.randn(tensor.shape, generator=generator) * strength
            tensor.add_(noise.abs() if name.endswith("running_var") else noise)
    return model.eval()


def build(config):
    arguments = {key: value for key, value in config.items() if key != "custom_text"}
    if "multimodal_cfg" in config:
        return CoCa(**arguments)
    return (CustomTextCLIP if config.get("custom_text") else CLIP)(**arguments)


def texts_of(config, rng, with_zeros=False):
    """Texts of different lengths, one of them full; the largest id or eos_id at the end."""
    text = config["text_cfg"]
    vocabulary, length = text["vocab_size"], text["context_length"]
    eos = text.get("eos_id", vocabulary - 1)
    texts = []
    for n in (0, 1, 4, length - 2, 3):
        texts.append([vocabulary - 2] + rng.integers(3, vocabulary - 2, n).tolist() + [eos])
    if with_zeros:  # an id that equals the padding's
        texts.append([vocabulary - 2, 7, 0, 5, eos])
    return texts


def padded(texts, length, pad):
    return torch.tensor([text + [pad] * (length - len(text)) for text in texts])


def write_case(folder, config, model, pad=0, texts=None, seed=0, size=None):
    from safetensors.torch import save_file
    folder.mkdir(parents=True, exist_ok=True)
    preprocess = dict(mean=[0.5] * 3, std=[0.5] * 3, interpolation="bicubic", resize_mode="squash")
    settings = json.dumps(dict(model_cfg=config, preprocess_cfg=preprocess), indent=2) + "\n"
    (folder / "open_clip_config.json").write_text(settings)
    state = {name: tensor.detach().contiguous().clone() for name, tensor in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors", metadata={"format": "pt"})
    rng = np.random.default_rng(seed)
    size = size or config["vision_cfg"]["image_size"]
    pixels = rng.standard_normal((3, 3, size, size)).astype(np.float32)
    texts = texts or texts_of(config, rng)
    coca = dict(normalize=False) if hasattr(model, "text_decoder") else {}
    with torch.no_grad():
        image = model.encode_image(torch.from_numpy(pixels), **coca)
        text = model.encode_text(padded(texts, config["text_cfg"]["context_length"], pad), **coca)
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "image.npy", image.numpy())
    np.save(folder / "text.npy", text.numpy())
    (folder / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))


def main():
    out = pathlib.Path(sys.argv[1])
    for seed, (name, config) in enumerate(CASES.items()):
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        torch.manual_seed(seed)
        model = randomize(build(config), seed)
        texts = texts_of(config, np.random.default_rng(seed), with_zeros=name.startswith("coca"))
        write_case(out / name, config, model, pad=1 if name == "siglip_text" else 0, texts=texts, seed=seed)


if __name__ == "__main__":
    main()
