#!/usr/bin/env python3
"""Fine-tuning of a ViT-B/32 with random weights: our steps per second and peak memory against transformers' and PyTorch's
(and peft's), in interleaved rounds.

  fine_tune.py --work DIR [--method full,lora] [--padding 77,longest] [--batch 64] [--chunk 0,16] [--rounds 5]
               [--steps 3] [--json FILE] [--sightline PATH]

Both processes take turns: ours is stopped (SIGSTOP) while PyTorch's runs, and PyTorch's waits for its next command while
ours runs. A round of ours begins with the end of a step that the last round left unfinished, which is not counted. DIR
receives the model (once), images, texts and logs; about 3 GB. PyTorch's texts are padded to 77 ids, as CLIPProcessor
does by default, or to the longest of all; ours are not padded. Decoding, augmentation and logging count for
ours; PyTorch's batches are prepared before. `--chunk N` passes our batch through the towers N pairs at a time (gradient
caching: the same loss and gradients, less memory, one more pass forward); 0 is all at once. Each method and padding is one comparison of two processes, which need up to
16 GB of memory together.
"""
import argparse
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time

import common

common.need("numpy", "PIL", "torch", "transformers", "peft", "open_clip")
import numpy as np  # noqa: E402
import open_clip  # noqa: E402
from PIL import Image  # noqa: E402

sys.path.insert(0, str(common.ROOT / "tools"))
import reference_models  # noqa: E402

IMAGES = 128
END = 49407
WORDS = {
    "who": ["a man", "two children", "a small dog", "an old woman", "three cats", "a group of people", "a horse"],
    "does": ["standing next to", "looking at", "running behind", "sitting in front of", "walking past"],
    "what": ["a red bicycle", "a wooden table", "the train station", "a large window", "an empty street"],
    "where": ["in the rain", "on a sunny day", "at night", "near the sea", "in a park"],
}


def captions(count):
    choose = random.Random(0)
    return [" ".join(choose.choice(part) for part in WORDS.values()) for _ in range(count)]


def write_data(folder, rows):
    """`rows` captions for IMAGES photographs of 256 x 256, which repeat."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0)
    for i in range(IMAGES):
        coarse = Image.fromarray(noise.integers(0, 256, (12, 12, 3), np.uint8))
        coarse.resize((256, 256), Image.BICUBIC).save(folder / f"{i:03}.jpg", quality=90)
    texts = captions(rows)
    (folder / "metadata.jsonl").write_text("".join(
        json.dumps({"file_name": f"{i % IMAGES:03}.jpg", "text": text, "split": "train"}) + "\n"
        for i, text in enumerate(texts)))
    return texts


def make_model(folder):
    """A ViT-B/32 with random weights in transformers' layout, with OpenAI's vocabulary as transformers' files have it."""
    vocabulary = pathlib.Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    reference_models.make("B/32", folder, vocabulary)
    (folder / vocabulary.name).unlink()
    tokenizer = open_clip.SimpleTokenizer()
    special = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    ids = {special.get(token, token): number for token, number in tokenizer.encoder.items()}
    (folder / "vocab.json").write_text(json.dumps(ids))
    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.get)
    (folder / "merges.txt").write_text("".join(["#version: 0.2\n", *(f"{a} {b}\n" for a, b in merges)]))


def write_ids(sightline, model, texts, padding, file):
    lines = file.with_suffix(".txt")
    lines.write_text("\n".join(texts) + "\n")
    rows = [row["ids"] for row in common.our_json(sightline, "tokenize", "--model", model, "--file", lines)["texts"]]
    width = 77 if padding == "77" else max(map(len, rows))
    ids, mask = np.full((len(rows), width), END, np.int64), np.zeros((len(rows), width), np.int64)
    for i, row in enumerate(rows):
        ids[i, :len(row)], mask[i, :len(row)] = row, 1
    np.savez(file, ids=ids, mask=mask)
    return statistics.mean(map(len, rows)), width


class Ours:
    """`sightline train`, measured by the lines that it appends to train.jsonl."""

    def __init__(self, args, method, chunk, model, data, out):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        recipe = {"model": {"model_type": "published", "from": str(model), "method": method}, "epochs": 1,
                  "batch_size": args.batch, "evaluate_splits": [],
                  "optimizer": {"learning_rate": 1e-5, "weight_decay": 0.1, "warmup_steps": 2}}
        if chunk:
            recipe["chunk"] = chunk
        if method == "lora":
            recipe["model"]["low_rank"] = {"rank": 8, "alpha": 16, "targets": ["q_proj", "v_proj"]}
        (out / "recipe.json").write_text(json.dumps(recipe))
        self.log, self.errors = out / "model/train.jsonl", out / "errors.txt"
        command = [args.sightline, "train", out / "recipe.json", "--dataset", data, "--out", out / "model",
                   "--image-memory", "32MB"]
        with open(self.errors, "w") as errors:
            self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=errors,
                                            env=common.our_environment(args.threads))
        self.wait_for(2)  # the first steps allocate
        self.pause()

    def lines(self):
        return self.log.read_bytes().count(b'"gradient_norm"') if self.log.exists() else 0

    def wait_for(self, count):
        """Waits until that many steps are finished, and returns the time."""
        while self.lines() < count:
            if self.process.poll() is not None:
                raise SystemExit(f"sightline train ended: {self.errors.read_text()}")
            time.sleep(0.002)
        return time.perf_counter()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def seconds(self, steps):
        """Of each of the next steps that start now or later."""
        done = self.lines()
        self.process.send_signal(signal.SIGCONT)
        times = [self.wait_for(done + 1 + i) for i in range(steps + 1)]
        self.pause()
        return [b - a for a, b in zip(times, times[1:])]

    def peak_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def close(self):
        self.process.kill()
        self.process.wait()


class Theirs:
    def __init__(self, args, method, model, ids):
        command = [sys.executable, str(common.HERE / "fine_tune_worker.py"), str(model), "--method", method,
                   "--ids", str(ids), "--batch", str(args.batch), "--threads", str(args.threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.ready = self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("fine_tune_worker.py ended: run it by hand to see why")
        return json.loads(line)

    def ask(self, **command):
        print(json.dumps(command), file=self.process.stdin, flush=True)
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def compare(args, method, padding, chunk, model, data, texts):
    mean, width = write_ids(args.sightline, model, texts, padding, args.work / f"ids-{padding}.npz")
    ours = Ours(args, method, chunk, model, data, args.work / f"out-{method}")
    theirs = Theirs(args, method, model, args.work / f"ids-{padding}.npz")
    seconds = {"ours": [], "theirs": []}
    for _ in range(args.rounds):
        seconds["ours"] += ours.seconds(args.steps)
        seconds["theirs"] += theirs.ask(steps=args.steps)["seconds"]
    memory = {"ours": ours.peak_mib(), "theirs": theirs.ask(memory=True)["peak_mib"]}
    ours.close()
    theirs.close()
    rate = {who: 1 / statistics.median(values) for who, values in seconds.items()}
    return {"method": method, "padding": padding, "mean_ids": mean, "padded_ids": width, "batch": args.batch,
            "chunk": chunk, "steps_per_second": rate, "seconds": seconds, "ratio": rate["ours"] / rate["theirs"],
            "peak_mib": memory, "memory_ratio": memory["ours"] / memory["theirs"], "versions": theirs.ready["versions"]}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    common.add_arguments(parser)
    items = lambda text: text.split(",")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--method", type=items, default=["full", "lora"])
    parser.add_argument("--padding", type=items, default=["77", "longest"])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--chunk", type=lambda text: [int(item) for item in text.split(",")], default=[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    return parser.parse_args()


def main():
    args = parse()
    model = args.work / "ViT-B-32"
    if not (model / "config.json").exists():
        make_model(model)
    # Two steps to begin with, one unfinished step a round, and one more.
    texts = write_data(args.work / "data", args.batch * (args.rounds * (args.steps + 2) + 4))
    result = {"machine": common.machine(("torch", "transformers", "peft")), "threads": args.threads, "rows": []}
    for method, padding, chunk in itertools.product(args.method, args.padding, args.chunk):
        row = compare(args, method, padding, chunk, model, args.work / "data", texts)
        result["rows"].append(row)
        rate, memory = row["steps_per_second"], row["peak_mib"]
        print(f"{method:5} texts padded to {row['padded_ids']:2}, chunk {chunk:2}: ours {rate['ours']:.3f} steps/s, theirs "
              f"{rate['theirs']:.3f}, ratio {row['ratio']:.2f}; peak memory {memory['ours']:.0f} MiB, "
              f"{memory['theirs']:.0f} MiB, ratio {row['memory_ratio']:.2f}", flush=True)
        common.write(args.json, result)


if __name__ == "__main__":
    main()
