#!/usr/bin/env python3
"""Writes the towers of a CLIP model directory as ONNX files with torch.onnx.export of the reference
implementation. The batch size stays variable.

  export_onnx.py MODEL OUT [--exporter dynamo|trace] [--attention sdpa|eager]

MODEL   a directory in Hugging Face's layout (config.json, model.safetensors) or OpenCLIP's
OUT     folder of image.onnx: pixels (B, 3, S, S) f32 -> features (B, D), not normalised, and
        text.onnx: ids (B, T) i64 -> features (B, D)

Needs torch, onnx (and onnxscript for --exporter dynamo), transformers or open_clip_torch.
Releases of ONNX Runtime and OpenVINO differ in which exporter and which form of attention they fuse better:
encode.py tries several and keeps the fastest.
"""
import argparse
import pathlib

import torch


def towers(folder, attention):
    """(image module, text module, S, T) of the directory."""
    class Image(torch.nn.Module):
        def __init__(self, function, model):
            super().__init__()
            self.model, self.function = model, function

        def forward(self, pixels):
            return self.function(self.model, pixels)

    if (folder / "config.json").exists():
        from transformers import CLIPModel
        model = CLIPModel.from_pretrained(folder, dtype=torch.float32, attn_implementation=attention).eval()
        # transformers 5 wraps the projected features.
        bare = lambda x: x if isinstance(x, torch.Tensor) else x.pooler_output
        return (Image(lambda m, x: bare(m.get_image_features(pixel_values=x)), model),
                Image(lambda m, x: bare(m.get_text_features(input_ids=x)), model),
                model.config.vision_config.image_size, model.config.text_config.max_position_embeddings)
    import json
    import open_clip
    from safetensors.torch import load_file
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    model = open_clip.CLIP(**config)
    model.load_state_dict(load_file(folder / "open_clip_model.safetensors"))
    model.eval()
    return (Image(lambda m, x: m.encode_image(x), model), Image(lambda m, x: m.encode_text(x), model),
            config["vision_cfg"]["image_size"], config["text_cfg"]["context_length"])


def export(module, example, name, file, exporter):
    if exporter == "dynamo":
        torch.onnx.export(module, (example,), file, input_names=[name], output_names=["features"], dynamo=True,
                          dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=4096)},), external_data=False)
    else:
        torch.onnx.export(module, (example,), file, input_names=[name], output_names=["features"], dynamo=False,
                          opset_version=17, dynamic_axes={name: {0: "batch"}, "features": {0: "batch"}})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--exporter", choices=("dynamo", "trace"), default="dynamo")
    parser.add_argument("--attention", choices=("sdpa", "eager"), default="sdpa")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    image, text, size, limit = towers(args.model, args.attention)
    pixels = torch.randn(2, 3, size, size)
    config = getattr(text.model, "config", None)
    size = config.text_config.vocab_size if config else 49408
    ids = torch.randint(size // 50, size - 2, (2, limit))
    ids[:, 0], ids[:, 9], ids[:, 10:] = size - 2, size - 1, 0  # begin, end, padding
    with torch.no_grad():
        for module, example, name, what in ((image, pixels, "pixels", "image"), (text, ids, "ids", "text")):
            export(module, example, name, str(args.out / f"{what}.onnx"), args.exporter)
            torch.save((example, module(example)), args.out / f"{what}.example.pt")


if __name__ == "__main__":
    main()
