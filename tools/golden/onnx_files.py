#!/usr/bin/env python3
"""Generates tests/golden/onnx: tiny random models as transformers.js and immich export them.

usage: onnx_files.py OUT_DIR      needs torch, transformers, open_clip_torch, onnx, onnxruntime, onnxscript, numpy

  clip/             a repository of transformers.js: config.json, preprocessor_config.json, vocab.json, merges.txt, and
                    in onnx/ model.onnx, text_model.onnx with vision_model.onnx, model_fp16.onnx, model_quantized.onnx
                    (a scale for each tensor) and model_int8.onnx (for each output). The text tower's biases are zero, so
                    that the exporter stores one of them
  immich/           a repository of immich, config.json, visual/ and textual/: exported from the model
  immich_traced/    the same from a trace, as the first exports of immich, in which no parameter has a name
  immich_dynamo/    the same by torch.export, with a file of external data
  immich_siglip/    SigLIP of open_clip, exported as immich does
  siglip/           SigLIP of transformers, exported as a whole
  *.pixels.npy (B, 3, S, S) f32, *.ids.jsonl, and what onnxruntime computes: *.image.npy, *.text.npy, normalized;
                    for quantized files with model.onnx and their weights in f32: clip_quantized.*.npy, clip_int8.*.npy
"""
import json
import pathlib
import shutil
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
import open_clip
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16
from timm.models import register_model
from timm.models.vision_transformer import VisionTransformer
from transformers import (CLIPConfig, CLIPModel, CLIPTextModelWithProjection, CLIPVisionModelWithProjection,
                          SiglipConfig, SiglipModel)

from tiny_tokenizers import clip_tokenizer

SIZE, PATCH, CONTEXT, DIM = 16, 8, 16, 24


def perturb(model, leave=()):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(False)
            if parameter.dim() > 0 and not any(part in name for part in leave):
                parameter.add_(torch.randn_like(parameter) * 0.15)
    return model


def export(model, forward, inputs, path, names, outputs, opset=14, dynamo=False, dynamic=None):
    """Exports a method of the model with the model's names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    model.forward = forward
    torch.onnx.export(model, inputs, str(path), input_names=names, output_names=outputs, opset_version=opset,
                      dynamo=dynamo, dynamic_axes=None if dynamo else dynamic)
    del model.forward
    slim(path)


def slim(path):
    """Removes stack traces and comments."""
    message = onnx.load(path, load_external_data=False)
    del message.metadata_props[:]
    del message.graph.metadata_props[:]
    for node in message.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in list(message.graph.value_info) + list(message.graph.initializer):
        del value.metadata_props[:]
        value.doc_string = ""
    del message.graph.value_info[:]
    path.write_bytes(message.SerializeToString())


def run(path, **inputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    known = {i.name for i in session.get_inputs()}
    values = session.run(None, {k: v for k, v in inputs.items() if k in known})
    return {o.name: v for o, v in zip(session.get_outputs(), values)}


def save(out, name, pixels, ids, image, text):
    np.save(out / f"{name}.pixels.npy", pixels)
    (out / f"{name}.ids.jsonl").write_text("".join(json.dumps(i) + "\n" for i in ids))
    for kind, rows in (("image", image), ("text", text)):
        rows = np.concatenate(rows).astype(np.float32)
        np.save(out / f"{name}.{kind}.npy", rows / np.linalg.norm(rows, axis=1, keepdims=True))


def with_weights_of(quantized, path, scratch):
    """The model with the dequantized weights of another one: what its weights say, in full precision."""
    tensors = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(quantized).graph.initializer}
    model = onnx.load(path)
    for tensor in model.graph.initializer:
        if tensor.name + "_quantized" not in tensors:
            continue
        weights, scale, zero = (tensors[tensor.name + end] for end in ("_quantized", "_scale", "_zero_point"))
        if scale.ndim == 1 and weights.ndim == 4:
            scale, zero = (x.reshape(-1, 1, 1, 1) for x in (scale, zero))
        values = (weights.astype(np.int32) - zero.astype(np.int32)).astype(np.float32) * scale
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float32), tensor.name))
    onnx.save(model, scratch)
    return scratch


def write_clip(out):
    folder = out / "clip"
    tokenizer = clip_tokenizer(folder)
    vocabulary = len(tokenizer)
    config = CLIPConfig(
        vision_config=dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
                           image_size=SIZE, patch_size=PATCH, projection_dim=DIM),
        text_config=dict(hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
                         max_position_embeddings=CONTEXT, vocab_size=vocabulary, bos_token_id=vocabulary - 2,
                         eos_token_id=vocabulary - 1, pad_token_id=vocabulary - 1, projection_dim=DIM),
        projection_dim=DIM)
    torch.manual_seed(0)
    model = perturb(CLIPModel(config).eval(), leave=("_proj.bias", "text_model.encoder.layers.0.layer_norm",
                                                     "text_model.encoder.layers.1.layer_norm"))
    model.config.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(dict(
        crop_size=dict(height=SIZE, width=SIZE), do_center_crop=True, do_convert_rgb=True, do_normalize=True,
        do_rescale=True, do_resize=True, image_mean=list(open_clip.OPENAI_DATASET_MEAN),
        image_std=list(open_clip.OPENAI_DATASET_STD), image_processor_type="CLIPImageProcessor", resample=3,
        rescale_factor=1 / 255, size=dict(shortest_edge=SIZE)), indent=1) + "\n")
    ids = [[vocabulary - 2] + list(range(5, 5 + n)) + [vocabulary - 1] for n in (0, 3, CONTEXT - 2)]
    pixels = np.random.default_rng(0).standard_normal((2, 3, SIZE, SIZE)).astype(np.float32)
    example = torch.tensor([ids[1], ids[1]])
    mask = torch.ones_like(example)
    whole = CLIPModel.forward

    def forward(input_ids, pixel_values, attention_mask):
        result = whole(model, input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask)
        return result.logits_per_image, result.logits_per_text, result.text_embeds, result.image_embeds

    axes = {"input_ids": {0: "b", 1: "s"}, "attention_mask": {0: "b", 1: "s"}, "pixel_values": {0: "b"}}
    export(model, forward, (example, torch.from_numpy(pixels), mask), folder / "onnx/model.onnx",
           ["input_ids", "pixel_values", "attention_mask"],
           ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"], dynamic=axes)
    for kind, name, inputs, names in (
            (CLIPTextModelWithProjection, "text_model", (example, mask), ["input_ids", "attention_mask"]),
            (CLIPVisionModelWithProjection, "vision_model", (torch.from_numpy(pixels),), ["pixel_values"])):
        tower = kind(config.text_config if name == "text_model" else config.vision_config).eval()
        tower.load_state_dict({k: v for k, v in model.state_dict().items() if k in tower.state_dict()})
        plain = kind.forward
        export(tower, lambda *args: plain(tower, *args)[0], inputs, folder / f"onnx/{name}.onnx", names, ["embeds"],
               dynamic={n: axes[n] for n in names})
    half = convert_float_to_float16(onnx.load(folder / "onnx/model.onnx"), keep_io_types=True)
    onnx.save(half, folder / "onnx/model_fp16.onnx")
    for name, kind, per_channel in (("quantized", QuantType.QUInt8, False), ("int8", QuantType.QInt8, True)):
        quantize_dynamic(str(folder / "onnx/model.onnx"), str(folder / f"onnx/model_{name}.onnx"), weight_type=kind,
                         per_channel=per_channel, extra_options=dict(EnableSubgraph=True))

    def vectors(path):
        outputs = [run(path, input_ids=np.array([i]), attention_mask=np.ones((1, len(i)), np.int64), pixel_values=pixels)
                   for i in ids]
        return [outputs[0]["image_embeds"]], [o["text_embeds"] for o in outputs]

    save(out, "clip", pixels, ids, *vectors(folder / "onnx/model.onnx"))
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("quantized", "int8"):
            plain = with_weights_of(folder / f"onnx/model_{name}.onnx", folder / "onnx/model.onnx",
                                    pathlib.Path(scratch) / "plain.onnx")
            save(out, f"clip_{name}", pixels, ids, *vectors(plain))


def write_immich(out):
    with tempfile.TemporaryDirectory() as scratch:
        tokenizer = clip_tokenizer(pathlib.Path(scratch))
        vocabulary = len(tokenizer)
        tokens = {name: (pathlib.Path(scratch) / name).read_bytes() for name in ("vocab.json", "merges.txt")}
    # open_clip replaces the activation for OpenAI's weights, and the config does not say so.
    sizes = dict(embed_dim=DIM,
                 vision_cfg=dict(image_size=SIZE, layers=2, width=32, head_width=8, patch_size=PATCH, mlp_ratio=1.5),
                 text_cfg=dict(context_length=CONTEXT, vocab_size=vocabulary, width=24, heads=2, layers=2, mlp_ratio=1.5))
    torch.manual_seed(0)
    torch.backends.mha.set_fastpath_enabled(False)
    model = perturb(open_clip.model.CLIP(**sizes, quick_gelu=True).eval())
    preprocess = dict(size=[SIZE, SIZE], mode="RGB", mean=list(open_clip.OPENAI_DATASET_MEAN),
                      std=list(open_clip.OPENAI_DATASET_STD), interpolation="bicubic", resize_mode="shortest", fill_color=0)
    pixels = np.random.default_rng(0).standard_normal((1, 3, SIZE, SIZE)).astype(np.float32)
    ids = [[vocabulary - 2] + list(range(5, 5 + n)) + [vocabulary - 1] for n in (0, 3, CONTEXT - 2)]
    padded = [np.array([i + [0] * (CONTEXT - len(i))], np.int32) for i in ids]
    towers = (("visual", "image", lambda image: model.encode_image(image, normalize=True), torch.from_numpy(pixels)),
              ("textual", "text", lambda text: model.encode_text(text, normalize=True), torch.from_numpy(padded[1])))
    for name in ("immich", "immich_traced", "immich_dynamo"):
        folder = out / name
        for tower, given, method, example in towers:
            path = folder / tower / "model.onnx"
            if name == "immich_traced":
                path.parent.mkdir(parents=True, exist_ok=True)
                torch.onnx.export(torch.jit.trace(method, (example,)), (example,), str(path), input_names=[given],
                                  output_names=["embedding"], opset_version=17, dynamo=False,
                                  dynamic_axes={given: {0: "batch_size"}})
                options = onnxruntime.SessionOptions()
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
                options.optimized_model_filepath = str(path)
                onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
                slim(path)
            else:
                dynamo = name == "immich_dynamo"
                export(model, method, (example,), path, [given], ["embedding"], opset=18 if dynamo else 17, dynamo=dynamo)
        (folder / "config.json").write_text(json.dumps(sizes, indent=1) + "\n")
        (folder / "visual/preprocess_cfg.json").write_text(json.dumps(preprocess, indent=1) + "\n")
        for file, content in tokens.items():
            (folder / "textual" / file).write_bytes(content)
    image = run(out / "immich/visual/model.onnx", image=pixels)["embedding"]
    text = [run(out / "immich/textual/model.onnx", text=p)["embedding"] for p in padded]
    save(out, "immich", pixels, ids, [image], text)


def tiny_siglip(pretrained=False, **arguments):
    """An image tower with a name by which the reader knows heads, activation and epsilon."""
    arguments = {k: v for k, v in arguments.items() if not k.startswith("pretrained") and k != "cache_dir"}
    model = VisionTransformer(img_size=23, patch_size=7, embed_dim=48, depth=2, num_heads=16, mlp_ratio=1.5,
                              class_token=False, **{"global_pool": "map", **arguments})
    model.default_cfg = {}
    return model


def write_immich_siglip(out):
    tiny_siglip.__name__, tiny_siglip.__module__ = "vit_so400m_patch7_siglip_23", "timm.models.vision_transformer"
    register_model(tiny_siglip)
    sizes = dict(embed_dim=48, custom_text=True, init_logit_bias=-10,
                 vision_cfg=dict(image_size=23, timm_model_name="vit_so400m_patch7_siglip_23", timm_model_pretrained=False,
                                 timm_pool="map", timm_proj="none"),
                 text_cfg=dict(context_length=9, vocab_size=60, hf_tokenizer_name="timm/ViT-B-16-SigLIP", width=20, heads=4,
                               layers=2, no_causal_mask=True, proj_bias=True, pool_type="last",
                               norm_kwargs=dict(eps=1e-6)))
    torch.manual_seed(0)
    model = open_clip.model.CustomTextCLIP(**{k: v for k, v in sizes.items() if k != "custom_text"}).eval()
    perturb(model)
    folder = out / "immich_siglip"
    pixels = np.random.default_rng(0).standard_normal((1, 3, 23, 23)).astype(np.float32)
    ids = np.random.default_rng(1).integers(2, 60, (2, 9))
    export(model, lambda image: model.encode_image(image, normalize=True), (torch.from_numpy(pixels),),
           folder / "visual/model.onnx", ["image"], ["embedding"], opset=17)
    export(model, lambda text: model.encode_text(text, normalize=True), (torch.from_numpy(ids[:1].astype(np.int32)),),
           folder / "textual/model.onnx", ["text"], ["embedding"], opset=17)
    (folder / "config.json").write_text(json.dumps(sizes, indent=1) + "\n")
    image = run(folder / "visual/model.onnx", image=pixels)["embedding"]
    text = [run(folder / "textual/model.onnx", text=i[None].astype(np.int32))["embedding"] for i in ids]
    save(out, "immich_siglip", pixels, ids.tolist(), [image], text)


def write_siglip(out):
    folder = out / "siglip"
    config = SiglipConfig(
        vision_config=dict(hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=40,
                           image_size=SIZE, patch_size=PATCH),
        text_config=dict(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=48,
                         max_position_embeddings=9, vocab_size=60, projection_size=32))
    torch.manual_seed(0)
    model = perturb(SiglipModel(config).eval())
    model.config.save_pretrained(folder)
    pixels = np.random.default_rng(0).standard_normal((2, 3, SIZE, SIZE)).astype(np.float32)
    ids = [[5, 9, 30] + [1] * 6, [7] + [1] * 8]
    whole = SiglipModel.forward

    def forward(input_ids, pixel_values):
        result = whole(model, input_ids=input_ids, pixel_values=pixel_values)
        return result.logits_per_image, result.logits_per_text, result.text_embeds, result.image_embeds

    export(model, forward, (torch.tensor(ids), torch.from_numpy(pixels)), folder / "onnx/model.onnx",
           ["input_ids", "pixel_values"], ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"],
           dynamic={"input_ids": {0: "b"}, "pixel_values": {0: "b"}})
    result = run(folder / "onnx/model.onnx", input_ids=np.array(ids), pixel_values=pixels)
    save(out, "siglip", pixels, [[5, 9, 30, 1], [7, 1]], [result["image_embeds"]], [result["text_embeds"]])


def main():
    warnings.simplefilter("ignore")
    out = pathlib.Path(sys.argv[1])
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    write_clip(out)
    write_immich(out)
    write_immich_siglip(out)
    write_siglip(out)


main()
