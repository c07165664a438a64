#!/usr/bin/env python3
"""Compares the rate of image towers of open_clip's configurations, with random weights, with ONNX Runtime and OpenVINO.

usage: image_rates.py --only REGEX [--program build/tests/encode_arrays] [--batch 8] [--seconds 5] [--rounds 3]
                      [--precision fp32 bf16 int8] [--without-peers] [--json FILE] [--work DIR]

Each model is built once, saved for Sightline, and exported to ONNX (a MobileCLIP reparameterised, as its users run
it). Rounds interleave all programs; the median of the rounds counts, each of which is the median of its batches.
OpenVINO runs with the latency hint, in fp32 and bf16 by its precision hint, in int8 by NNCF's post-training
quantization of 32 random inputs; ONNX Runtime runs fp32. With --json one line per model and precision is appended;
models and precisions that FILE has are skipped.

Needs what tools/open_clip_table.py needs, and onnx, onnxruntime, openvino and nncf for the peers.
"""
import argparse
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import open_clip_table  # noqa: E402


def make(name, work):
    """Writes the model for Sightline; returns the image tower as a module, and S."""
    config = open_clip_table.config_of(name)
    model = open_clip_table.build(config)
    open_clip_table.randomize(model)
    open_clip_table.save(model, config, work)
    return model.visual, open_clip_table.image_size(config)


class Features(torch.nn.Module):
    """The tower's features without its tokens."""

    def __init__(self, tower):
        super().__init__()
        self.tower = tower

    def forward(self, pixels):
        features = self.tower(pixels)
        return features[0] if isinstance(features, tuple) else features


def export(tower, size, batch, file):
    from timm.utils import reparameterize_model
    module = Features(reparameterize_model(tower)).eval()
    pixels = torch.randn(batch, 3, size, size)
    with torch.no_grad():
        torch.onnx.export(module, (pixels,), str(file), input_names=["pixels"], output_names=["features"], dynamo=True,
                          external_data=False, verbose=False)


def median_rate(call, batch, seconds):
    call()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return batch / statistics.median(times)


def openvino_call(file, pixels, precision, threads):
    import openvino
    core = openvino.Core()
    model = core.read_model(str(file))
    if precision == "int8":
        import nncf
        rng = np.random.default_rng(1)
        inputs = [rng.standard_normal(pixels.shape, dtype=np.float32) for _ in range(4)]
        model = nncf.quantize(model, nncf.Dataset(inputs), subset_size=4)
    hint = {"fp32": "f32", "bf16": "bf16", "int8": "bf16"}[precision]
    compiled = core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": hint,
                                                 "INFERENCE_NUM_THREADS": threads})
    request = compiled.create_infer_request()
    tensor = openvino.Tensor(pixels)
    return lambda: request.infer([tensor])


def onnx_runtime_call(file, pixels, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"pixels": pixels})


def ours(args, work, precision):
    command = [args.program, work, precision, "cpu", "image-rate", args.batch, args.seconds]
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    return float(re.search(r"images_per_second ([\d.]+)", run.stdout).group(1))


def measure(name, precision, args, work, tower_file, size):
    pixels = np.random.default_rng(0).standard_normal((args.batch, 3, size, size)).astype(np.float32)
    calls = {}
    if not args.without_peers:
        calls["openvino"] = openvino_call(tower_file, pixels, precision, args.threads)
        if precision == "fp32":
            calls["onnxruntime"] = onnx_runtime_call(tower_file, pixels, args.threads)
    rates = {"sightline": []} | {peer: [] for peer in calls}
    for _ in range(args.rounds):
        rates["sightline"].append(ours(args, work, precision))
        for peer, call in calls.items():
            rates[peer].append(median_rate(call, args.batch, args.seconds))
    result = dict(name=name, precision=precision, batch=args.batch, image_size=size)
    result["images_per_second"] = statistics.median(rates["sightline"])
    for peer in calls:
        result[peer] = statistics.median(rates[peer])
        result[f"ratio_{peer}"] = result["images_per_second"] / result[peer]
    result["rounds"] = rates
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", required=True)
    parser.add_argument("--program", default="build/tests/encode_arrays")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16", "int8"])
    parser.add_argument("--without-peers", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--work")
    args = parser.parse_args()
    import open_clip
    open_clip_table.offline_transformers()
    torch.set_num_threads(args.threads)
    lines = args.json.read_text().splitlines() if args.json and args.json.exists() else []
    known = {(row["name"], row["precision"]) for row in map(json.loads, lines)}
    for name in open_clip.list_models():
        wanted = [p for p in args.precision if (name, p) not in known]
        if not re.search(args.only, name) or not wanted:
            continue
        work = pathlib.Path(tempfile.mkdtemp(dir=args.work))
        try:
            tower, size = make(name, work)
            if not args.without_peers:
                export(tower, size, args.batch, work / "image.onnx")
            del tower
            for precision in wanted:
                result = measure(name, precision, args, work, work / "image.onnx", size)
                print(json.dumps(result), flush=True)
                if args.json:
                    with args.json.open("a") as file:
                        file.write(json.dumps(result) + "\n")
        finally:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
