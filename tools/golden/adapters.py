#!/usr/bin/env python3
"""Generates tests/golden/adapter: low-rank adapters of models/emoji-vit-8 as PEFT saves them, and its vectors.

usage: adapters.py OUT_DIR             from the repository's root; needs torch, transformers 5, peft, numpy, Pillow
       adapters.py --check DIR         encodes the texts and the image of DIR with every adapter in it and compares
                                       the vectors with those stored there

  attention    ranks and alphas by module, both towers
  stabilized   rank-stabilized scale, a regular expression as target_modules, text tower only
  projections  both projections, the last layer of each tower only
  prompt       learned vectors after the start token, not PEFT's (prompt_vectors.safetensors)
  ours         written by Sightline with the matrices of `projections` (kept when the folder is written anew);
               --check loads it with PEFT and compares its vectors with those of `projections`
Next to them:
  texts.json, image.png
  NAME.texts.npy, NAME.images.npy    vectors, not normalised
"""
import argparse
import json
import pathlib
import shutil

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, CLIPImageProcessorPil, CLIPModel

from fine_tune import with_prompt

MODEL = "models/emoji-vit-8"
TEXTS = ["a red heart", "two cats", "", "a man riding a bicycle in the rain", "flag: Japan"]
CONFIGS = {
    "attention": LoraConfig(r=2, lora_alpha=6, target_modules=["q_proj", "v_proj", "out_proj"],
                            rank_pattern={"text_model.encoder.layers.1.self_attn.v_proj": 3},
                            alpha_pattern={"^vision_model.encoder.layers.3.self_attn.q_proj": 10, "out_proj": 5}),
    "stabilized": LoraConfig(r=4, lora_alpha=3, use_rslora=True, target_modules=r"text_model\..*\.(fc1|fc2)"),
    "projections": LoraConfig(r=2, lora_alpha=2.5, target_modules=["visual_projection", "text_projection", "k_proj"]),
}
LAST = {"vision_model": 3, "text_model": 1}


def base():
    return CLIPModel.from_pretrained(MODEL, dtype=torch.float32, attn_implementation="eager").eval()


def inputs(folder):
    """The tokenizer's files say nothing about the length of texts that transformers 5 reads: it is given here."""
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    texts = json.loads((folder / "texts.json").read_text())
    ids = tokenizer(texts, padding=True, truncation=True, max_length=32, return_tensors="pt")
    pixels = CLIPImageProcessorPil.from_pretrained(MODEL)(images=[Image.open(folder / "image.png")],
                                                          return_tensors="pt")
    return ids, pixels


def pooled(output):
    return output.pooler_output if hasattr(output, "pooler_output") else output


@torch.no_grad()
def vectors(model, ids, pixels):
    return (pooled(model.get_text_features(**ids)).numpy(), pooled(model.get_image_features(**pixels)).numpy())


def make_image():
    y, x = np.mgrid[0:72, 0:90]
    return Image.fromarray(np.stack([x * 2, y * 3, (x * y) % 256], axis=-1).astype(np.uint8))


def sort_targets(file):
    """PEFT writes a set in any order."""
    config = json.loads(file.read_text())
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()
    file.write_text(json.dumps(config, indent=2) + "\n")


@torch.no_grad()
def write_prompt(out, ids):
    torch.manual_seed(9)
    model = base()
    prompt = 0.05 * torch.randn(3, model.config.text_config.hidden_size)
    (out / "prompt").mkdir()
    save_file({"prompt": prompt}, out / "prompt/prompt_vectors.safetensors")
    _, prompted = with_prompt(model, ids, prompt)
    np.save(out / "prompt.texts.npy", pooled(model.get_text_features(**prompted)).numpy())


def write(out):
    for old in (*CONFIGS, "prompt"):
        shutil.rmtree(out / old, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    make_image().save(out / "image.png")
    (out / "texts.json").write_text(json.dumps(TEXTS, indent=0) + "\n")
    ids, pixels = inputs(out)
    plain = vectors(base(), ids, pixels)
    write_prompt(out, ids)
    for seed, (name, config) in enumerate(CONFIGS.items()):
        torch.manual_seed(seed)
        model = base()
        if name == "projections":
            config.target_modules = {"visual_projection", "text_projection", *(
                f"{tower}.encoder.layers.{layer}.self_attn.k_proj" for tower, layer in LAST.items())}
        model = get_peft_model(model, config).eval()
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                if "lora_B" in key:
                    parameter.copy_(0.1 * torch.randn_like(parameter))
        model.save_pretrained(out / name)
        (out / name / "README.md").unlink(missing_ok=True)
        sort_targets(out / name / "adapter_config.json")
        texts, images = vectors(model, ids, pixels)
        np.save(out / f"{name}.texts.npy", texts)
        np.save(out / f"{name}.images.npy", images)
        for kind, with_adapter, without in zip(("texts", "images"), (texts, images), plain):
            print(f"{name}: {kind} differ by up to {np.abs(with_adapter - without).max():.3f} from the model's own")


def check(folder):
    ids, pixels = inputs(folder)
    for adapter in sorted(p.parent for p in folder.glob("*/adapter_config.json")):
        got = vectors(PeftModel.from_pretrained(base(), adapter).eval(), ids, pixels)
        for kind, values in zip(("texts", "images"), got):
            name = "projections" if adapter.name == "ours" else adapter.name
            stored = folder / f"{name}.{kind}.npy"
            print(f"{adapter.name} {kind}: largest difference {np.abs(values - np.load(stored)).max():.2e}, "
                  f"largest value {np.abs(values).max():.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    (check if args.check else write)(args.folder)


if __name__ == "__main__":
    main()
