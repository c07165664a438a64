#!/usr/bin/env python3
"""Encoding: our program, ONNX Runtime and OpenVINO, on the same weights and cores, in interleaved rounds.

  encode.py --model M --onnx DIR [--what image,text] [--batch 1,8,32] [--precision fp32,bf16,int8]
            [--images DIR --captions FILE] [--rounds 5] [--seconds 1] [--memory] [--json FILE] [--sightline PATH]

DIR holds image.onnx and text.onnx of M, written by export_onnx.py (which needs torch). The first run adds
the inputs and the quantized and fused variants (make_variants.py; takes minutes), and so does every run
after the model, the images or the captions have changed.

Each peer is measured at its best: one round selects its fastest graph and settings at a precision. Then
ours and theirs run in interleaved rounds, each in a separate process; figures are medians. `ratio` is
ours / theirs at the same precision. Peers encode texts at all 77 positions, as exported and as people run
them; ours encodes the same captions. `cosine` is the smallest over all rows, to the peer's own fp32.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import common

common.need("numpy", "onnx", "onnxruntime", "openvino", "nncf", "PIL")
import numpy as np  # noqa: E402

from rates import Worker, interleaved  # noqa: E402


def images_of(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))


def pixels_of(folder, size):
    """Preprocessed as for CLIP: (N, 3, S, S) f32."""
    from PIL import Image
    mean = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
    std = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
    rows = []
    for file in images_of(folder):
        image = Image.open(file).convert("RGB")
        short = min(image.size)
        width, height = (int(side * size / short) for side in image.size)
        image = image.resize((width, height), Image.BICUBIC)
        left, top = (width - size) // 2, (height - size) // 2
        x = np.asarray(image.crop((left, top, left + size, top + size)), np.float32)
        rows.append(((x / 255 - mean) / std).transpose(2, 0, 1))
    return np.stack(rows).astype(np.float32)


def ids_of(sightline, model, captions, length):
    """Token ids, zeros after the end token: OpenCLIP's padding, which transformers accepts too."""
    tokens = common.our_json(sightline, "tokenize", "--model", model, "--context-length", length, "--file", captions)
    ids = np.zeros((len(tokens["texts"]), length), np.int64)
    for row, text in zip(ids, tokens["texts"]):
        row[:len(text["ids"])] = text["ids"]
    return ids


def shapes(model):
    """(S, T, heads and width of each tower or 0) from the model's configuration."""
    file = model / "config.json"
    if file.exists():
        config = json.loads(file.read_text())
        vision, text = config["vision_config"], config["text_config"]
        get = lambda c, key, default: c.get(key, default)
        return (get(vision, "image_size", 224), get(text, "max_position_embeddings", 77),
                {"image": (get(vision, "num_attention_heads", 12), get(vision, "hidden_size", 768)),
                 "text": (get(text, "num_attention_heads", 8), get(text, "hidden_size", 512))})
    config = json.loads((model / "open_clip_config.json").read_text())["model_cfg"]
    text = config["text_cfg"]
    return (config["vision_cfg"]["image_size"], text["context_length"],
            {"image": (0, 0), "text": (text["heads"], text["width"])})


def source_of(*files, **facts):
    """A text that identifies inputs: the same text means the same result."""
    seen = [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    return json.dumps({**facts, "files": seen}, indent=1) + "\n"


def is_of(record, source):
    return record.exists() and record.read_text() == source


def make_variants(tower, folder, inputs, heads, width):
    record, tried = folder / "source.json", folder / "tried"  # variants that failed are not tried again
    source = source_of(tower, inputs, heads=heads, width=width)
    if not is_of(record, source):
        shutil.rmtree(folder, ignore_errors=True)  # from another graph or calibration
        folder.mkdir(parents=True)
        record.write_text(source)
    command = [sys.executable, str(common.HERE / "make_variants.py"), str(tower), str(folder), "--calibration", str(inputs)]
    if heads:
        command += ["--heads", str(heads), "--width", str(width)]
    wanted = ["fused", "dynamic", "static-u8s8", "openvino", "fp16"]
    if not tried.exists():
        print(f"making {', '.join(wanted)} of {tower} (minutes)", file=sys.stderr, flush=True)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        tried.touch()


def candidates(tower, folder, precision, batch):
    """Candidates: [(peer, file, options)]."""
    streams = [{}] if batch == 1 else [{}, {"hint": "throughput", "streams": "2"}]
    ov = {"fp32": "f32", "bf16": "bf16"}
    found = []
    if precision == "fp32":
        found += [("onnxruntime", tower, {}), ("onnxruntime", folder / "fused.onnx", {})]
    if precision == "fp16":
        found += [("onnxruntime", folder / "fp16.onnx", {})]
    if precision == "int8":
        found += [("onnxruntime", folder / f"{name}.onnx", {}) for name in ("dynamic", "static-u8s8")]
        found += [("openvino", folder / "openvino.xml", s) for s in streams]
    if precision in ov:
        found += [("openvino", tower, {"precision": ov[precision], **s}) for s in streams]
    return [c for c in found if c[1].exists()]


def label(candidate):
    peer, file, options = candidate
    return " ".join([peer, file.stem, *(f"{k}={v}" for k, v in options.items())])


class Ours:
    def __init__(self, args, what, precision, batch):
        self.command = ["bench", "--model", args.model, "--what", what, "--precision", precision, "--batch", batch,
                        "--rounds", 5, "--no-roofline"]
        if what == "text":
            self.command += ["--captions", args.captions]
        self.sightline, self.threads = args.sightline, args.threads

    def rate(self):
        result = common.our_json(self.sightline, *self.command, threads=self.threads)
        return result["rates"][0]["per_second"] if result else None


def best_of(found, threads, inputs, batch):
    """The fastest candidate of each peer: {peer: (label, candidate, worker)}."""
    best = {}
    for candidate in found:
        worker = Worker(candidate[0], candidate[1], threads, candidate[2])
        reply = worker.ask(inputs=str(inputs), batch=batch, seconds=0.7)
        if "error" in reply:
            print(f"  {label(candidate)}: {reply['error']}", file=sys.stderr)
            worker.close()
            continue
        old = best.get(candidate[0])
        if old is None or reply["per_second"] > old[3]:
            if old:
                old[2].close()
            best[candidate[0]] = (label(candidate), candidate, worker, reply["per_second"])
        else:
            worker.close()
    return best


def compare(args, what, tower, folder, inputs, precision, batch):
    best = best_of(candidates(tower, folder, precision, batch), args.threads, inputs, batch)
    jobs = {}
    if args.ours:
        jobs["sightline"] = Ours(args, what, precision, batch).rate
    for peer, (_, _, worker, _) in best.items():
        jobs[peer] = lambda w=worker: w.ask(inputs=str(inputs), batch=batch, seconds=args.seconds).get("per_second")
    rates = interleaved(jobs, args.rounds)
    for _, _, worker, _ in best.values():
        worker.close()
    rows = []
    for name, rate in rates.items():
        row = {"what": what, "precision": precision, "batch": batch, "who": name,
               "settings": best[name][0] if name in best else None, "per_second": rate["median"], **rate}
        if name != "sightline" and "sightline" in rates:
            row["ratio"] = rates["sightline"]["median"] / rate["median"]
        rows.append(row)
    return rows


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def quality(args, tower, folder, inputs, precisions):
    """Cosine of every row to ONNX Runtime's fp32, smallest and mean, for each file and setting."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        def vectors(candidate):
            worker = Worker(candidate[0], candidate[1], args.threads, candidate[2])
            reply = worker.ask(inputs=str(inputs), batch=32, out=f"{scratch}/y.npy")
            worker.close()
            return None if "error" in reply else unit(np.load(f"{scratch}/y.npy"))
        fp32 = vectors(("onnxruntime", tower, {}))
        for precision in precisions:
            for candidate in candidates(tower, folder, precision, 1):
                y = vectors(candidate)
                if y is not None:
                    cosine = (y * fp32).sum(1)
                    rows.append({"precision": precision, "settings": label(candidate),
                                 "cosine_min": float(cosine.min()), "cosine_mean": float(cosine.mean())})
    return rows


def memory(args, tower, folder, inputs, precisions, batch=32, count=360):
    """Peak resident memory of a process that encodes `count` inputs and does nothing else."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for precision in precisions:
            ours = our_memory(args, tower.stem, precision, count) if args.ours else None
            if ours is not None:
                rows.append({"precision": precision, "settings": "sightline encode, from files", "peak_mib": ours})
            for candidate in candidates(tower, folder, precision, 1):
                worker = Worker(candidate[0], candidate[1], args.threads, candidate[2])
                reply = worker.ask(inputs=str(inputs), batch=batch, out=f"{scratch}/y.npy", rows=count)
                peak = worker.ask(memory=True)
                worker.close()
                if "error" not in reply:
                    rows.append({"precision": precision, "settings": label(candidate), **peak})
    return rows


def our_memory(args, what, precision, count=360):
    """Peak resident memory of `sightline encode` on as many files (links) or lines."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        command = [str(args.sightline), "encode", "--model", str(args.model), "--precision", precision,
                   "--out", str(folder / "y.npy")]
        if what == "image":
            files = [p.resolve() for p in images_of(args.images)]
            (folder / "in").mkdir()
            for i in range(count):
                (folder / "in" / f"{i:04}{files[i % len(files)].suffix}").symlink_to(files[i % len(files)])
            command += ["--images", str(folder / "in"), "--batch-size", "32"]
        else:
            lines = args.captions.read_text().splitlines()
            (folder / "in.txt").write_text("".join(lines[i % len(lines)] + "\n" for i in range(count)))
            command += ["--texts", str(folder / "in.txt")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=common.our_environment(args.threads))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss / 1024 if process.returncode == 0 else None


def show(result):
    for row in result["rates"]:
        ratio = f"ours/theirs {row['ratio']:.2f}" if "ratio" in row else ""
        print(f"{row['what']:5} {row['precision']} batch {row['batch']:2}  {row['per_second']:9.2f}/s "
              f"[{row['worst']:.2f}-{row['best']:.2f}]  {row['settings'] or row['who']:60} {ratio}")
    for row in result["cosine"]:
        print(f"{row['what']:5} {row['precision']} cosine to fp32: smallest {row['cosine_min']:.5f}, "
              f"mean {row['cosine_mean']:.5f}  {row['settings']}")
    for row in result["memory"]:
        print(f"{row['what']:5} {row['precision']} peak memory {row['peak_mib']:.0f} MiB  {row['settings']}")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    common.add_arguments(parser)
    items = lambda text: text.split(",")
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--onnx", type=pathlib.Path, required=True)
    parser.add_argument("--what", type=items, default=["image", "text"])
    parser.add_argument("--batch", type=lambda text: [int(n) for n in text.split(",")], default=[1, 8, 32])
    parser.add_argument("--precision", type=items, default=["fp32", "bf16", "int8"])
    parser.add_argument("--images", type=pathlib.Path, default=common.ROOT / "tests/golden/image")
    parser.add_argument("--captions", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--memory", action="store_true", help="peak memory of 360 inputs in batches of 32")
    parser.add_argument("--cosine", action="store_true", help="cosine to fp32 on the images and captions")
    parser.add_argument("--no-ours", dest="ours", action="store_false", help="measure the peers only")
    parser.add_argument("--no-rates", dest="rates", action="store_false")
    return parser.parse_args()


def inputs_of(args, what, size, length):
    file, record = args.onnx / f"{what}-inputs.npy", args.onnx / f"{what}-inputs.json"
    if what == "image":
        source = source_of(*images_of(args.images), size=size)
    else:
        tokenizer = sorted(p for p in args.model.iterdir() if p.suffix in (".json", ".txt"))
        source = source_of(args.captions, *tokenizer, length=length)
    if not file.exists() or not is_of(record, source):
        np.save(file, pixels_of(args.images, size) if what == "image"
                else ids_of(args.sightline, args.model, args.captions, length))
        record.write_text(source)
    return file


def main():
    args = parse()
    if not (args.onnx / "image.onnx").exists():
        common.skip(f"no image.onnx in {args.onnx} (bench/peers/export_onnx.py writes it; needs torch)")
    if args.captions is None and "text" in args.what:
        args.what = [what for what in args.what if what != "text"]
        print("texts skipped: no --captions", file=sys.stderr)
    size, length, towers = shapes(args.model)
    packages = ("onnxruntime", "openvino", "nncf")
    result = {"machine": common.machine(packages), "model": str(args.model.name), "threads": args.threads,
              "rounds": args.rounds, "rates": [], "cosine": [], "memory": []}
    for what in args.what:
        tower, folder = args.onnx / f"{what}.onnx", args.onnx / f"{what}-variants"
        inputs = inputs_of(args, what, size, length)
        make_variants(tower, folder, inputs, *towers[what])
        for precision in args.precision:
            for batch in args.batch if args.rates else []:
                result["rates"] += compare(args, what, tower, folder, inputs, precision, batch)
                common.write(args.json, result)
        if args.cosine:
            result["cosine"] += [{"what": what, **row} for row in quality(args, tower, folder, inputs, args.precision)]
        if args.memory:
            result["memory"] += [{"what": what, **row} for row in memory(args, tower, folder, inputs, args.precision)]
        common.write(args.json, result)
    show(result)
    common.write(args.json, result)


if __name__ == "__main__":
    main()
