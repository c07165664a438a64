"""Full-size models with random weights in their published layouts, and the reference
implementations that read them back; used by compare_encode.py.

CLIP ViT in Hugging Face's layout: transformers. RN50 … and the larger ViT in OpenCLIP's layout: open_clip.
ResNet-50 and MobileNetV2 as torchvision's files: torchvision. Batch norms get the statistics of random images, so that
activations stay in the range of a trained model. These are then perturbed in every channel, so that no
batch norm is the identity.
"""
import json
import pathlib
import shutil

CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]

#       vision: width layers heads patch size   text: width heads   D
TRANSFORMERS = {
    "B/32": (768, 12, 12, 32, 224, 512, 8, 512),
    "B/16": (768, 12, 12, 16, 224, 512, 8, 512),
    "L/14": (1024, 24, 16, 14, 224, 768, 12, 768),
    "L/14@336": (1024, 24, 16, 14, 336, 768, 12, 768),
}
OPEN_CLIP = ("RN50", "RN101", "RN50x4", "RN50x16", "RN50x64", "ViT-H-14", "ViT-bigG-14")
# The function of torchvision.models that makes it, which begins the name of its file too.
TORCHVISION = {"ResNet-50": "resnet50", "MobileNetV2": "mobilenet_v2"}
NAMES = (*TRANSFORMERS, *OPEN_CLIP, *TORCHVISION)


class Reference:
    """image(pixels), text(ids): features of a batch. `limit`: maximum ids of a text, 0 without a text tower."""
    size = resize = 224
    bicubic = True
    # Whether half pixels of the crop offset are rounded to even; else down.
    half_even = True
    mean, std = CLIP_MEAN, CLIP_STD
    limit = 77


def settle_batch_norms(module, size):
    import torch
    norms = [m for m in module.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        with torch.no_grad():
            norm.weight.copy_(1 + 0.2 * torch.randn_like(norm.weight))
            norm.bias.copy_(0.2 * torch.randn_like(norm.bias))
        norm.momentum = 1.0
    module.train()
    with torch.no_grad():
        colours = 1.5 * torch.randn(4, 3, 1, 1)
        module(colours + torch.nn.functional.interpolate(torch.randn(4, 3, 32, 32), size=size, mode="bilinear"))
        for norm in norms:
            norm.running_mean += 0.3 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= (0.4 * torch.randn_like(norm.running_var)).exp()
    module.eval()


def make(name, folder, tokenizer):
    import torch
    torch.manual_seed(0)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if name in TORCHVISION:
        import torchvision
        model = getattr(torchvision.models, TORCHVISION[name])()
        settle_batch_norms(model, 224)
        torch.save(model.state_dict(), folder / f"{TORCHVISION[name]}-random.pth")
        return
    if tokenizer is None:
        raise SystemExit(f"{name} needs --tokenizer")
    shutil.copyfile(tokenizer, folder / pathlib.Path(tokenizer).name)
    (make_transformers if name in TRANSFORMERS else make_open_clip)(name, folder)


def make_transformers(name, folder):
    from transformers import CLIPConfig, CLIPModel
    width, layers, heads, patch, size, text, text_heads, dim = TRANSFORMERS[name]
    config = CLIPConfig(
        vision_config=dict(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
                           intermediate_size=4 * width, patch_size=patch, image_size=size),
        text_config=dict(hidden_size=text, num_attention_heads=text_heads, intermediate_size=4 * text,
                         bos_token_id=49406, eos_token_id=49407, pad_token_id=49407),
        projection_dim=dim)
    CLIPModel(config).eval().save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "feature_extractor_type": "CLIPFeatureExtractor", "do_resize": True, "size": size, "resample": 3,
        "do_center_crop": True, "crop_size": size, "do_normalize": True, "image_mean": CLIP_MEAN, "image_std": CLIP_STD}))


def make_open_clip(name, folder):
    import open_clip
    import torch
    from safetensors.torch import save_file
    config = open_clip.get_model_config(name)
    # OpenAI's RN models were trained with QuickGELU.
    if name.startswith("RN"):
        config["quick_gelu"] = True
    model = open_clip.CLIP(**config).eval()
    if name.startswith("RN"):
        for module in model.visual.modules():  # bn3 is initialised to 0: the blocks would have no effect
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.ones_(module.weight)
        settle_batch_norms(model.visual, config["vision_cfg"]["image_size"])
    save_file({key: value.contiguous() for key, value in model.state_dict().items()},
              folder / "open_clip_model.safetensors")
    size = config["vision_cfg"]["image_size"]
    preprocess = {"mean": CLIP_MEAN, "std": CLIP_STD, "interpolation": "bicubic", "resize_mode": "shortest",
                  "size": [size, size]}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess}))


def load(folder):
    folder = pathlib.Path(folder)
    if (folder / "open_clip_config.json").exists():
        return load_open_clip(folder)
    if (folder / "config.json").exists():
        return load_transformers(folder)
    return load_torchvision(folder)


def load_transformers(folder):
    import torch
    from transformers import CLIPModel
    model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
    processor = json.loads((folder / "preprocessor_config.json").read_text())
    reference = Reference()
    reference.half_even = False
    reference.size = reference.resize = model.config.vision_config.image_size
    reference.mean, reference.std = processor["image_mean"], processor["image_std"]
    reference.limit = model.config.text_config.max_position_embeddings
    # transformers 5 wraps the projected features.
    bare = lambda output: output if isinstance(output, torch.Tensor) else output.pooler_output
    reference.image = lambda pixels: bare(model.get_image_features(pixel_values=pixels))
    reference.text = lambda ids: bare(model.get_text_features(input_ids=ids))
    return reference


def load_open_clip(folder):
    import open_clip
    import torch
    from safetensors.torch import load_file
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    with torch.device("meta"):
        model = open_clip.CLIP(**config)
    model.load_state_dict(load_file(folder / "open_clip_model.safetensors"), assign=True)
    if model.attn_mask is not None and model.attn_mask.is_meta:  # not in the file
        length = config["text_cfg"]["context_length"]
        model.attn_mask = torch.full((length, length), float("-inf")).triu(1)
    model.eval()
    reference = Reference()
    reference.size = reference.resize = config["vision_cfg"]["image_size"]
    reference.limit = config["text_cfg"]["context_length"]
    reference.image = model.encode_image
    reference.text = lambda ids: model.encode_text(torch.nn.functional.pad(ids, (0, reference.limit - ids.shape[1])))
    return reference


def load_torchvision(folder):
    import torch
    import torchvision
    (file,) = folder.glob("*.pth")
    model = getattr(torchvision.models, file.name.partition("-")[0])()
    model.load_state_dict(torch.load(file, weights_only=True))
    reference = Reference()
    reference.resize, reference.bicubic = 256, False
    reference.mean, reference.std, reference.limit = IMAGENET_MEAN, IMAGENET_STD, 0
    reference.image = model.eval()
    return reference
