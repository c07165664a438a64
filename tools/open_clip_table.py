#!/usr/bin/env python3
"""Compares every model that open_clip_torch has a config for with the reference, with random weights.

usage: open_clip_table.py --program build/tests/encode_arrays --json FILE [--only REGEX] [--precision P]
                          [--backend cpu] [--work DIR] [--max-parameters N] [--again]

Builds the reference's model, changes every weight, saves it in OpenCLIP's layout, encodes random pixels and
token ids with both, and appends one line per model to FILE; models that FILE has are skipped (--again: unless
they failed). Afterwards prints FILE as a Markdown table. The worst row counts: its cosine, and
|ours - reference| / |reference|. Where it is beyond the bar, both are also compared with the reference in double
precision, which tells an error from weights that amplify rounding. Models with more than N parameters (1.5e9) are built with fewer layers, which
the table says. Text towers of transformers are built from the published sizes (HF_CONFIGS): nothing is
downloaded.

Needs torch, open_clip_torch, timm, transformers, safetensors, numpy, and the program (ninja encode_arrays).
"""
import argparse
import copy
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import numpy as np
import torch

# The published sizes of the text towers that open_clip takes from transformers, and the id that pads.
HF_CONFIGS = {
    "roberta-base": dict(model_type="roberta", vocab_size=50265, max_position_embeddings=514, type_vocab_size=1,
                         layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2),
    "xlm-roberta-base": dict(model_type="xlm-roberta", vocab_size=250002, max_position_embeddings=514,
                             type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2),
    "xlm-roberta-large": dict(model_type="xlm-roberta", vocab_size=250002, max_position_embeddings=514,
                              type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2,
                              hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096),
    "google/mt5-base": dict(model_type="mt5", vocab_size=250112, d_model=768, d_kv=64, d_ff=2048, num_layers=12,
                            num_heads=12, feed_forward_proj="gated-gelu", tie_word_embeddings=False),
    "google/mt5-xl": dict(model_type="mt5", vocab_size=250112, d_model=2048, d_kv=64, d_ff=5120, num_layers=24,
                          num_heads=32, feed_forward_proj="gated-gelu", tie_word_embeddings=False),
    "facebook/nllb-200-distilled-600M": dict(model_type="m2m_100", vocab_size=256206, d_model=1024, encoder_layers=12,
                                             decoder_layers=12, encoder_attention_heads=16, encoder_ffn_dim=4096,
                                             decoder_attention_heads=16, decoder_ffn_dim=4096, scale_embedding=True,
                                             max_position_embeddings=1024, activation_function="relu"),
    "facebook/nllb-200-distilled-1.3B": dict(model_type="m2m_100", vocab_size=256206, d_model=1024, encoder_layers=24,
                                             decoder_layers=24, encoder_attention_heads=16, encoder_ffn_dim=8192,
                                             decoder_attention_heads=16, decoder_ffn_dim=8192, scale_embedding=True,
                                             max_position_embeddings=1024, activation_function="relu"),
}
MIN_COSINE, MAX_RELATIVE = 0.999999, 1e-5


def offline_transformers():
    """Lets open_clip build its transformers models without the Hub."""
    import transformers
    from open_clip import hf_model

    class Configs:
        @staticmethod
        def from_pretrained(name, **_):
            settings = dict(HF_CONFIGS[name])
            return transformers.AutoConfig.for_model(settings.pop("model_type"), **settings)

    hf_model.AutoConfig = Configs


def config_of(name):
    import open_clip
    return copy.deepcopy(open_clip.get_model_config(name))


def build(config):
    from open_clip.coca_model import CoCa
    from open_clip.model import CLIP, CustomTextCLIP
    config = copy.deepcopy(config)
    custom = config.pop("custom_text", False) or "hf_model_name" in config["text_cfg"]
    if "hf_model_name" in config["text_cfg"]:
        config["text_cfg"]["hf_model_pretrained"] = False
    kind = CoCa if "multimodal_cfg" in config else CustomTextCLIP if custom else CLIP
    return kind(**config).eval()


def shrunk(config):
    """The config with three layers in its native towers, and a name for that; timm's have a fixed depth."""
    config = copy.deepcopy(config)
    for part in ("vision_cfg", "text_cfg", "multimodal_cfg"):
        if isinstance(config.get(part, {}).get("layers"), int):
            config[part]["layers"] = 3
    return config, "3 layers"


def build_cut(config, layers=3):
    """Builds a shrunk config, a timm tower with fewer blocks."""
    if "timm_model_name" not in config["vision_cfg"]:
        return build(config)
    import timm
    from open_clip import timm_model
    real = timm.create_model

    def create(name, **arguments):
        cut = dict(depths=(1, 1, layers, 1)) if name.startswith("convnext") else dict(depth=layers)
        return real(name, **cut, **arguments)

    timm_model.timm.create_model = create
    try:
        return build(config)
    finally:
        timm_model.timm.create_model = real


def count(config):
    with torch.device("meta"):
        try:
            return sum(p.numel() for p in build(config).parameters())
        except Exception:  # some models compute tables while they are built
            return 0


def randomize(model):
    """Adds noise to every parameter and running statistic, relative to the tensor's own size."""
    generator = torch.Generator().manual_seed(0)
    statistics = [(n, b) for n, b in model.named_buffers() if n.endswith(("running_mean", "running_var"))]
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + statistics:
            if name.endswith(("logit_scale", "logit_bias")):
                continue
            size = 0.1 if tensor.dim() < 2 else max(0.02, float(tensor.std()) * 0.1)
            noise = torch.randn(tensor.shape, generator=generator) * size
            tensor.add_(noise.abs() if name.endswith("running_var") else noise)
            if re.search(r"(^|[._])(gamma|gamma_\d|ls\d|layer_scale)$|layer_scale", name):  # near zero when new
                tensor.add_(0.3)


def padding_of(text):
    name = text.get("hf_tokenizer_name", "").lower()
    if "siglip2" in name or not name or "t5" in name or ("bert" in name and "roberta" not in name):
        return 0
    return 1


def texts_of(text, vocabulary, length):
    rng = np.random.default_rng(1)
    eos = text.get("eos_id", vocabulary - 1) if text.get("pool_type") == "eos" else vocabulary - 1
    if "hf_model_name" in text:
        eos = 1 if "t5" in text["hf_model_name"] else 2
    return [[vocabulary - 2] + rng.integers(5, vocabulary - 3, n).tolist() + [eos] for n in (1, 4, 11, length - 2)]


def pixels_of(size):
    return np.random.default_rng(0).standard_normal((3, 3, size, size)).astype(np.float32)


def error_of(ours, theirs):
    a, b = ours.astype(np.float64), theirs.astype(np.float64)
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return float(cosine.min()), float((np.linalg.norm(a - b, axis=1) / np.linalg.norm(b, axis=1)).max())


def in_double(config, cut, weights, pixels, ids):
    """What the reference computes with the same weights in double precision."""
    from safetensors.torch import load_file
    model = build_cut(config) if cut else build(config)
    model.load_state_dict(load_file(weights))
    model.double()
    with torch.no_grad():
        return dict(image=model.encode_image(torch.from_numpy(pixels).double(), normalize=False).numpy(),
                    text=model.encode_text(ids, normalize=False).numpy())


def image_size(config):
    size = config["vision_cfg"].get("image_size", 224)
    return size if isinstance(size, int) else size[0]


def save(model, config, folder):
    """Writes the model in OpenCLIP's layout."""
    from safetensors.torch import save_file
    state = {key: value.contiguous().clone() for key, value in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors", metadata={"format": "pt"})
    preprocess = dict(mean=[0.5] * 3, std=[0.5] * 3, interpolation="bicubic", resize_mode="shortest")
    (folder / "open_clip_config.json").write_text(json.dumps(dict(model_cfg=config, preprocess_cfg=preprocess)))


def compare(name, args, work):
    config, note = config_of(name), ""
    parameters = count(config)
    cut = parameters > args.max_parameters
    if cut:
        config, note = shrunk(config)
    model = build_cut(config) if cut else build(config)
    randomize(model)
    text = config["text_cfg"]
    hf = HF_CONFIGS.get(text.get("hf_model_name"))
    vocabulary = hf["vocab_size"] if hf else text.get("vocab_size", 49408)
    length = text.get("context_length", 77)
    texts, pixels = texts_of(text, vocabulary, length), pixels_of(image_size(config))
    pad = (hf or {}).get("pad_token_id", 0 if "t5" in text.get("hf_model_name", "") else 1) if hf else padding_of(text)
    padded = torch.tensor([t + [pad] * (length - len(t)) for t in texts])
    extra = dict(normalize=False)
    with torch.no_grad():
        image = model.encode_image(torch.from_numpy(pixels), **extra).numpy()
        rows = model.encode_text(padded, **extra).numpy()
    save(model, config, work)
    del model
    np.save(work / "pixels.npy", pixels)
    (work / "ids.jsonl").write_text("".join(json.dumps(t) + "\n" for t in texts))
    command = [args.program, work, args.precision, args.backend, "image", work / "pixels.npy", work / "image.npy",
               "text", work / "ids.jsonl", work / "text.npy"]
    run = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    result = dict(name=name, precision=args.precision, parameters=parameters, note=note)
    if run.returncode != 0:
        reason = run.stderr.strip() or f"exit code {run.returncode}"
        return dict(result, loads=False, reason=reason.replace(str(work), "MODEL"))
    result.update(loads=True, family=run.stdout.split(",")[0])
    ours = dict(image=np.load(work / "image.npy"), text=np.load(work / "text.npy"))
    theirs = dict(image=image, text=rows)
    for tower in ours:
        result[tower] = error_of(ours[tower], theirs[tower])
    if not good(result):
        exact = in_double(config, cut, work / "open_clip_model.safetensors", pixels, padded)
        for tower in ours:
            result[f"{tower}_in_double"] = dict(sightline=error_of(ours[tower], exact[tower])[1],
                                                reference=error_of(theirs[tower], exact[tower])[1])
    return result


def good(result):
    return result["loads"] and all(result[t][0] >= MIN_COSINE and result[t][1] <= MAX_RELATIVE for t in ("image", "text"))


def table(results):
    print("| model | parameters | family | image: cosine | relative error | text: cosine | relative error | |")
    print("|---|---:|---|---:|---:|---:|---:|---|")
    for r in results:
        millions = f"{r['parameters'] / 1e6:.0f} M" if r.get("parameters") else ""
        if not r["loads"]:
            print(f"| {r['name']} | {millions} | | | | | | {r['reason']} |")
            continue
        numbers = " | ".join(f"{r[t][0]:.9f} | {r[t][1]:.1e}" for t in ("image", "text"))
        note = r["note"]
        for tower in ("image", "text"):
            errors = r.get(f"{tower}_in_double")
            if errors:
                note += f" {tower} against double precision: {errors['sightline']:.1e}, reference {errors['reference']:.1e}"
        print(f"| {r['name']} | {millions} | {r['family']} | {numbers} | {note.strip()} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/tests/encode_arrays")
    parser.add_argument("--json", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--work")
    parser.add_argument("--max-parameters", type=float, default=1.5e9)
    parser.add_argument("--again", action="store_true")
    args = parser.parse_args()
    import open_clip
    offline_transformers()
    torch.set_num_threads(2)
    results = [json.loads(line) for line in args.json.read_text().splitlines()] if args.json.exists() else []
    known = {(r["name"], r["precision"]) for r in results if good(r) or not args.again}
    for name in open_clip.list_models():
        if not re.search(args.only, name) or (name, args.precision) in known:
            continue
        begin = time.time()
        work = pathlib.Path(tempfile.mkdtemp(dir=args.work))
        try:
            result = compare(name, args, work)
        except Exception as error:  # the reference could not be built or run
            result = dict(name=name, precision=args.precision, loads=False, reason=f"reference: {error!r}"[:300])
        finally:
            shutil.rmtree(work, ignore_errors=True)
        result["seconds"] = round(time.time() - begin, 1)
        with args.json.open("a") as file:
            file.write(json.dumps(result) + "\n")
        results = [r for r in results if (r["name"], r["precision"]) != (name, args.precision)] + [result]
        print(json.dumps(result), flush=True)
    table(sorted((r for r in results if r["precision"] == args.precision), key=lambda r: r["name"]))


if __name__ == "__main__":
    main()
