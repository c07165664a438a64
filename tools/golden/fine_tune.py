#!/usr/bin/env python3
"""Generates tests/golden/fine_tune: loss and gradients of one step of each method of fine-tuning, in PyTorch.

usage: fine_tune.py OUT_DIR     from the repository's root; needs torch, transformers 5, peft, open_clip_torch, numpy, Pillow

  data/           eight images of 64 x 64 and metadata.jsonl with a caption for each: the batch
  lora/           a PEFT adapter of models/emoji-vit-8 with random A and B
  prompt.safetensors   learned vectors after the start token, (M, C)
  expected.json   for each case: loss, and for each trained parameter the norm of its gradient
  gradients.safetensors   CASE/PARAMETER: up to 128 elements of the gradient, evenly spread (element i * n // k of n)

Cases: vit_full, vit_lora, vit_prompt (transformers and peft), rn_full (batch statistics) and rn_frozen (running
statistics, as all other methods have them), by open_clip. The methods that lock parameters have the gradients of
vit_full and rn_frozen.

The loss is CLIP's: the mean of the cross-entropies in both directions, without augmentation, dropout or label
smoothing. Everything is computed in double precision; the script prints the difference of the same in fp32. Names are
those that Sightline's towers ask for: transformers' for transformers, "visual." for a ModifiedResNet.
"""
import json
import pathlib
import shutil
import sys

import numpy as np
import open_clip
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, CLIPImageProcessorPil, CLIPModel

VIT, RN = pathlib.Path("models/emoji-vit-8"), pathlib.Path("models/emoji-rn")
COLOURS = ["red", "green", "blue", "orange"]
SHAPES = ["circle", "square"]
SAMPLES = 128
PROMPT = 3
SEEDS = 60


def write_data(folder, seed):
    """Shapes with noise: in areas of one colour, one unit of a ResNet that is nearly 0 would be thousands."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    noise = np.random.default_rng(seed)
    lines = []
    for i in range(8):
        colour, shape = COLOURS[i % 4], SHAPES[i // 4]
        image = Image.new("RGB", (64, 64), (255 - 20 * i, 240, 200 + 5 * i))
        draw = ImageDraw.Draw(image)
        (draw.ellipse if shape == "circle" else draw.rectangle)((8 + i, 10, 40 + 2 * i, 44 + i), fill=colour)
        values = np.asarray(image, np.int64) + noise.integers(-4, 5, (64, 64, 1))
        Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(folder / f"{i}.png", optimize=True)
        lines.append(json.dumps({"file_name": f"{i}.png", "text": f"a {colour} {shape}"}))
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n")


def batch(folder):
    rows = [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]
    pixels = CLIPImageProcessorPil.from_pretrained(VIT)(
        images=[Image.open(folder / row["file_name"]) for row in rows], return_tensors="pt")["pixel_values"]
    ids = AutoTokenizer.from_pretrained(VIT)([row["text"] for row in rows], padding=True, return_tensors="pt")
    return pixels, ids


def contrastive_loss(images, texts, scale):
    images = images / images.norm(dim=-1, keepdim=True)
    texts = texts / texts.norm(dim=-1, keepdim=True)
    logits = scale.exp() * images @ texts.T
    target = torch.arange(len(logits))
    cross_entropy = torch.nn.functional.cross_entropy
    return (cross_entropy(logits, target) + cross_entropy(logits.T, target)) / 2


def pooled(output):
    return output.pooler_output if hasattr(output, "pooler_output") else output


def vit(dtype):
    return CLIPModel.from_pretrained(VIT, dtype=dtype, attn_implementation="eager").eval()


def transformers_step(model, pixels, ids):
    loss = contrastive_loss(pooled(model.get_image_features(pixel_values=pixels)),
                            pooled(model.get_text_features(**ids)), model.logit_scale)
    loss.backward()
    return loss


def gradients(model):
    return {name: p.grad for name, p in model.named_parameters() if p.requires_grad and p.grad is not None}


def vit_full(dtype, out, pixels, ids):
    model = vit(dtype)
    return transformers_step(model, pixels.to(dtype), ids), gradients(model)


def vit_lora(dtype, out, pixels, ids):
    if not (out / "lora").exists():
        torch.manual_seed(0)
        adapted = get_peft_model(vit(torch.float32), LoraConfig(r=2, lora_alpha=6, target_modules=["q_proj", "v_proj"]))
        with torch.no_grad():
            for name, p in adapted.named_parameters():
                if "lora_B" in name:
                    p.copy_(0.05 * torch.randn_like(p))
        adapted.save_pretrained(out / "lora")
        (out / "lora/README.md").unlink(missing_ok=True)
    model = PeftModel.from_pretrained(vit(dtype), out / "lora", is_trainable=True, autocast_adapter_dtype=False)
    for name, p in model.named_parameters():
        p.data = p.data.to(dtype)
    loss = transformers_step(model.eval(), pixels.to(dtype), ids)
    rename = lambda name: name.removeprefix("base_model.model.").replace(".default.", ".")
    return loss, {rename(name): grad for name, grad in gradients(model).items()}


def with_prompt(model, ids, prompt):
    """CoOp's vectors as further rows of the table of tokens; their ids follow the start token of every text."""
    table = model.text_model.embeddings.token_embedding
    words, count = len(table.weight), len(prompt)
    table.weight = torch.nn.Parameter(torch.cat([table.weight, prompt.to(table.weight)]))
    rows = torch.arange(words, words + count).expand(len(ids["input_ids"]), count)
    return table.weight, {
        key: torch.cat([value[:, :1], rows if key == "input_ids" else torch.ones_like(rows), value[:, 1:]], 1)
        for key, value in ids.items()}


def vit_prompt(dtype, out, pixels, ids):
    file = out / "prompt.safetensors"
    if not file.exists():
        torch.manual_seed(1)
        save_file({"prompt": 0.02 * torch.randn(PROMPT, vit(torch.float32).config.text_config.hidden_size)}, file)
    model = vit(dtype).requires_grad_(False)
    table, ids = with_prompt(model, ids, load_file(file)["prompt"])
    loss = transformers_step(model, pixels.to(dtype), ids)
    return loss, {"prompt": table.grad[-PROMPT:]}


# OpenAI's names of a text tower, as in src/models/openai_names.cpp.
TEXT = {"token_embedding.": "embeddings.token_embedding.", "positional_embedding": "embeddings.position_embedding.weight",
        "ln_final.": "final_layer_norm."}
BLOCK = {"ln_1.": "layer_norm1.", "ln_2.": "layer_norm2.", "mlp.c_fc.": "mlp.fc1.", "mlp.c_proj.": "mlp.fc2.",
         "attn.out_proj.": "self_attn.out_proj."}


def transformers_names(name, grad):
    """A gradient of open_clip under the names of the towers."""
    if name.startswith("visual.") or name == "logit_scale":
        return {name: grad}
    if name == "text_projection":
        return {"text_projection.weight": grad.T}
    if name.startswith("transformer.resblocks."):
        number, rest = name.removeprefix("transformer.resblocks.").split(".", 1)
        prefix = f"text_model.encoder.layers.{number}."
        if rest.startswith("attn.in_proj_"):
            kind = rest.removeprefix("attn.in_proj_")
            return {f"{prefix}self_attn.{part}_proj.{kind}": g for part, g in zip("qkv", grad.chunk(3))}
        old = next(b for b in BLOCK if rest.startswith(b))
        return {prefix + BLOCK[old] + rest.removeprefix(old): grad}
    old = next(b for b in TEXT if name.startswith(b))
    return {"text_model." + TEXT[old] + name.removeprefix(old): grad}


def load_rn(dtype, batch_statistics):
    config = json.loads((RN / "open_clip_config.json").read_text())["model_cfg"]
    model = open_clip.CLIP(**config)
    model.load_state_dict(load_file(RN / "open_clip_model.safetensors"), strict=False)
    return model.to(dtype).train(batch_statistics)


@torch.no_grad()
def nearest_to_zero(pixels):
    """The smallest input of a ReLU. Closer to 0 than rounding, its sign and thus gradients depend on the program."""
    least = []
    for batch_statistics in (False, True):
        model = load_rn(torch.float64, batch_statistics)
        for module in model.visual.modules():
            if isinstance(module, torch.nn.ReLU):
                module.register_forward_pre_hook(lambda _, inputs: least.append(inputs[0].abs().min().item()))
        model.encode_image(pixels.double())
    return min(least)


def rn(dtype, out, pixels, ids, batch_statistics):
    model = load_rn(dtype, batch_statistics)
    padded = torch.zeros(len(pixels), model.context_length, dtype=torch.long)
    for row, text, mask in zip(padded, ids["input_ids"], ids["attention_mask"]):
        row[:int(mask.sum())] = text[:int(mask.sum())]
    loss = contrastive_loss(model.encode_image(pixels.to(dtype)), model.encode_text(padded), model.logit_scale)
    loss.backward()
    named = {}
    for name, grad in gradients(model).items():
        named.update(transformers_names(name, grad))
    return loss, named


CASES = {
    "vit_full": vit_full, "vit_lora": vit_lora, "vit_prompt": vit_prompt,
    "rn_full": lambda *arguments: rn(*arguments, batch_statistics=True),
    "rn_frozen": lambda *arguments: rn(*arguments, batch_statistics=False),
}


def sample(tensor):
    flat = tensor.reshape(-1)
    count = min(len(flat), SAMPLES)
    return flat[torch.arange(count) * len(flat) // count].float().contiguous()


def main():
    out = pathlib.Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    distance = {}
    for seed in range(SEEDS):
        write_data(out / "data", seed)
        distance[seed] = nearest_to_zero(batch(out / "data")[0])
    seed = max(distance, key=distance.get)
    print(f"noise of seed {seed}: the smallest input of a ReLU is {distance[seed]:.1e}")
    write_data(out / "data", seed)
    pixels, ids = batch(out / "data")
    expected, samples = {}, {}
    for case, step in CASES.items():
        single_loss, single = step(torch.float32, out, pixels, ids)
        loss, exact = step(torch.float64, out, pixels, ids)
        expected[case] = {"loss": loss.item(), "norms": {name: g.norm().item() for name, g in sorted(exact.items())}}
        samples.update({f"{case}/{name}": sample(g) for name, g in exact.items()})
        # The bias of a key has no gradient but rounding: softmax does not see it.
        floor = 1e-4 * torch.stack([g.norm() for g in exact.values()]).norm()
        error = {name: ((single[name] - g).norm() / g.norm().clamp(min=floor)).item() for name, g in exact.items()}
        worst = max(error, key=error.get)
        print(f"{case}: loss {loss.item():.6f}, {len(exact)} parameters; relative error of fp32: loss "
              f"{abs(single_loss.item() / loss.item() - 1):.1e}, gradients at most {error[worst]:.1e} ({worst}), "
              f"median {np.median(list(error.values())):.1e}")
    (out / "expected.json").write_text(json.dumps(expected, indent=0) + "\n")
    save_file(dict(sorted(samples.items())), out / "gradients.safetensors")


if __name__ == "__main__":
    main()
