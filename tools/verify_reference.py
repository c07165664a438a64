#!/usr/bin/env python3
"""Generates MODEL/verify: results of the reference implementations for a model directory, with which
`sightline verify MODEL` compares (docs/formats/verify.md).

  verify_reference.py MODEL...

Reads Hugging Face CLIP directories (transformers), OpenCLIP directories (open_clip), BERT directories
(transformers), sentence-transformers' BERT with mean pooling, timm directories (timm), and directories with a
pair.json (a text and an image model, with PyTorch's nn.Linear between them unless the projection is none). Needs those libraries, torch, tokenizers, Pillow 13, numpy.
"""
import io
import json
import pathlib
import sys

import numpy as np
import PIL
import torch
from PIL import Image

TEXTS = ["flying in the sky", "mouth open", "mouth dnaksjd xysopendasdas", "A yellow cat", "A red ball",
         "smiling face with heart-shaped eyes", "woman running: medium skin tone", "flag: Japan", "UPPER and lower 123",
         "caf\u00e9 \u2014 na\u00efve", "", "a very long description of a small picture that shows nothing but a few circles "
         "and squares of many colours one beside the other, again and again and again and again"]


def images():
    """Yields (name, bytes): every mode and some formats, with sizes near and far from the model's."""
    rng = np.random.default_rng(7)

    def blobs(width, height, channels):
        y, x = np.mgrid[0:height, 0:width]
        planes = []
        for _ in range(channels):
            plane = np.zeros((height, width))
            for _ in range(5):
                cx, cy, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.1, 0.5) * min(width, height)
                plane += rng.uniform(40, 160) * (np.hypot(x - cx, y - cy) < r)
            planes.append(np.clip(plane + rng.uniform(0, 60) + 20 * np.sin(x / 7), 0, 255))
        return np.stack(planes, -1).astype(np.uint8)

    def save(image, kind, **options):
        out = io.BytesIO()
        image.save(out, kind, **options)
        return out.getvalue()

    rgb = [Image.fromarray(blobs(*size, 3)) for size in ((136, 128), (97, 61), (60, 200), (64, 64), (301, 100))]
    rgba = Image.fromarray(blobs(120, 90, 4))
    grey = Image.fromarray(blobs(75, 110, 1)[..., 0])
    yield "wide.png", save(rgb[0], "PNG")
    yield "odd.jpg", save(rgb[1], "JPEG", quality=85)
    yield "tall.jpg", save(rgb[2], "JPEG", quality=92, progressive=True)
    yield "square.bmp", save(rgb[3], "BMP")
    yield "panorama.webp", save(rgb[4], "WEBP", lossless=True)
    yield "alpha.png", save(rgba, "PNG")
    yield "palette.png", save(rgb[0].quantize(32), "PNG")
    yield "grey.jpg", save(grey, "JPEG", quality=90)
    yield "cmyk.jpg", save(rgb[1].convert("CMYK"), "JPEG", quality=90)
    yield "palette.gif", save(rgb[2].quantize(16), "GIF")


class Pixels:
    """Resizing, cropping and RGB conversion with Pillow, in the order of the checkpoint's reference."""

    def __init__(self, size, resize=None, bilinear=False, rgb_first=True, half_even=False, mean=None, std=None):
        self.size, self.resize, self.rgb_first, self.half_even = size, resize or size, rgb_first, half_even
        self.kind = Image.Resampling.BILINEAR if bilinear else Image.Resampling.BICUBIC
        self.mean = np.float32(mean if mean is not None else [0.48145466, 0.4578275, 0.40821073])
        self.std = np.float32(std if std is not None else [0.26862954, 0.26130258, 0.27577711])

    def crop(self, image):
        if self.rgb_first:
            image = image.convert("RGB")
        short, long = min(image.size), max(image.size)
        scaled = int(self.resize * long / short)
        image = image.resize((self.resize, scaled) if image.width <= image.height else (scaled, self.resize), self.kind)
        half = (lambda d: int(round(d / 2))) if self.half_even else (lambda d: d // 2)
        left, top = half(image.width - self.size), half(image.height - self.size)
        return image.crop((left, top, left + self.size, top + self.size)).convert("RGB")

    def tensor(self, cropped):
        values = (np.asarray(cropped, dtype=np.float32) / np.float32(255) - self.mean) / self.std
        return torch.from_numpy(values.transpose(2, 0, 1).copy())


def clip_tokens(folder, limit):
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def encode(text):
        ids = tokenizer.encode(text).ids
        return ids if len(ids) <= limit else ids[:limit - 1] + ids[-1:]
    return encode


def transformers_clip(folder):
    import transformers
    model = transformers.CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
    processor = json.loads((folder / "preprocessor_config.json").read_text())
    config = model.config

    def raw(features):
        return features if isinstance(features, torch.Tensor) else features.pooler_output
    return dict(made_with=f"transformers {transformers.__version__}",
                pixels=Pixels(config.vision_config.image_size, mean=processor["image_mean"], std=processor["image_std"]),
                image=lambda x: raw(model.get_image_features(pixel_values=x)),
                tokens=clip_tokens(folder, config.text_config.max_position_embeddings),
                text=lambda ids: raw(model.get_text_features(input_ids=torch.tensor([ids]))))


def open_clip_model(folder):
    import open_clip
    from open_clip.model import CLIP
    config = json.loads((folder / "open_clip_config.json").read_text())
    settings = {key: value for key, value in config["model_cfg"].items() if key != "custom_text"}
    model = CLIP(**settings).eval()
    open_clip.load_checkpoint(model, str(folder / "open_clip_model.safetensors"))
    preprocess = config.get("preprocess_cfg", {})
    limit = settings["text_cfg"].get("context_length", 77)

    def text(ids):
        padded = torch.zeros((1, limit), dtype=torch.long)
        padded[0, :len(ids)] = torch.tensor(ids)
        return model.encode_text(padded)
    return dict(made_with=f"open_clip {open_clip.__version__}",
                pixels=Pixels(settings["vision_cfg"]["image_size"], rgb_first=False, half_even=True,
                              mean=preprocess.get("mean"), std=preprocess.get("std")),
                image=model.encode_image, tokens=clip_tokens(folder, limit), text=text)


def transformers_bert(folder):
    import transformers
    model = transformers.BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32).eval()
    tokens = clip_tokens(folder, model.config.max_position_embeddings)
    modules = folder / "modules.json"
    unit = modules.exists() and any(module["type"].endswith(".Normalize") for module in json.loads(modules.read_text()))

    def text(ids):
        mean = model(input_ids=torch.tensor([ids])).last_hidden_state.mean(1)
        return torch.nn.functional.normalize(mean, dim=1) if unit else mean
    return dict(made_with=f"transformers {transformers.__version__}", tokens=tokens, text=text)


def timm_model(folder):
    import timm
    from safetensors.torch import load_file
    config = json.loads((folder / "config.json").read_text())
    classes = config.get("num_classes", 1000)
    model = timm.create_model(config["architecture"], pretrained=False, num_classes=classes, **config.get("model_args", {})).eval()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    how = config["pretrained_cfg"]
    size = how["input_size"][1]
    resize = int(np.floor(size / how.get("crop_pct", 0.875)))
    return dict(made_with=f"timm {timm.__version__}",
                pixels=Pixels(size, resize, how["interpolation"] == "bilinear", half_even=True, mean=how["mean"], std=how["std"]),
                image=model)


def pair(folder):
    settings = json.loads((folder / "pair.json").read_text())
    text, image = reference(folder / settings["text"]), reference(folder / settings["image"])
    dims = text["text"]([101 % 3, 2]).shape[1], image["image"](torch.zeros(1, 3, image["pixels"].size, image["pixels"].size)).shape[1]
    torch.manual_seed(settings.get("seed", 0))
    linear = torch.nn.Identity() if settings.get("projection") == "none" else torch.nn.Linear(*dims)
    return dict(made_with=f"{text['made_with']}, {image['made_with']}", pixels=image["pixels"], image=image["image"],
                tokens=text["tokens"], text=lambda ids: linear(text["text"](ids)))


def reference(folder):
    if (folder / "pair.json").exists():
        return pair(folder)
    if (folder / "open_clip_config.json").exists():
        return open_clip_model(folder)
    config = json.loads((folder / "config.json").read_text())
    if "architecture" in config:
        return timm_model(folder)
    return transformers_bert(folder) if config.get("model_type") == "bert" else transformers_clip(folder)


@torch.no_grad()
def write(folder):
    model = reference(folder)
    out = folder / "verify"
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        old.unlink()
    about = {"format": 1, "made_with": f"{model['made_with']}, torch {torch.__version__}, Pillow {PIL.__version__}", "images": [], "texts": []}
    if "image" in model:
        rows = []
        for name, data in images():
            cropped = model["pixels"].crop(Image.open(io.BytesIO(data)))
            (out / name).write_bytes(data)
            pixels = f"{name}.pixels.png"
            cropped.save(out / pixels)
            rows.append(model["image"](model["pixels"].tensor(cropped)[None])[0].float().numpy())
            about["images"].append({"file": name, "pixels": pixels})
        np.save(out / "image.npy", np.stack(rows))
    if "text" in model:
        rows = []
        for text in TEXTS:
            ids = model["tokens"](text)
            rows.append(model["text"](ids)[0].float().numpy())
            about["texts"].append({"text": text, "ids": ids})
        np.save(out / "text.npy", np.stack(rows))
    (out / "reference.json").write_text(json.dumps(about, indent=1) + "\n")
    print(f"{out}: {len(about['images'])} images, {len(about['texts'])} texts, {about['made_with']}")


if len(sys.argv) < 2:
    sys.exit(__doc__)
for name in sys.argv[1:]:
    write(pathlib.Path(name))
