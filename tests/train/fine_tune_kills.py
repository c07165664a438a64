#!/usr/bin/env python3
"""Kills `sightline train --from` at random times, and lets its data set disappear.

A run that is killed and started again must end with the bytes of an uninterrupted run, except the seconds in
the log and in the checkpoint. Also: early stopping, a loss that is not finite, a data set that is gone, an
output folder that fine-tuning did not write.

    tests/train/fine_tune_kills.py build/sightline [--kills 20]

SIGHTLINE_FINE_TUNE_KILLS sets the number of kills too.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

SOURCE = pathlib.Path(__file__).resolve().parents[2]
MODEL = SOURCE / "models/emoji-vit-8"
COLOURS = {"red": (220, 30, 30), "green": (30, 180, 40), "blue": (30, 60, 220), "yellow": (240, 220, 40)}
SHAPES = {"bar": lambda x, y, n: abs(y - 32) < 4 + n, "pillar": lambda x, y, n: abs(x - 32) < 4 + n,
          "square": lambda x, y, n: max(abs(x - 32), abs(y - 32)) < 8 + 2 * n,
          "disc": lambda x, y, n: (x - 32) ** 2 + (y - 32) ** 2 < (8 + 2 * n) ** 2}


def png(pixels, side=64):
    """Returns a PNG file of RGB pixels, rows of tuples."""
    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
    rows = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in pixels)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write_dataset(folder):
    """Writes 96 images of shapes, each with noise that makes its hash its own."""
    (folder / "images").mkdir(parents=True)
    noise, lines = random.Random(1), []
    for colour, rgb in COLOURS.items():
        for shape, inside in SHAPES.items():
            for n in range(6):
                blobs = [(noise.randrange(64), noise.randrange(64), noise.randrange(256)) for _ in range(12)]
                def pixel(x, y):
                    if inside(x, y, n):
                        return rgb
                    grey = min((abs(x - a) + abs(y - b), c) for a, b, c in blobs)[1]
                    return (grey, grey, grey)
                name = f"images/{colour}-{shape}-{n}.png"
                (folder / name).write_bytes(png([[pixel(x, y) for x in range(64)] for y in range(64)]))
                lines.append(json.dumps({"file_name": name, "text": f"a {colour} {shape}"}))
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n")


class Test:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.dataset = folder / "shapes"
        self.random = random.Random(options.seed)
        write_dataset(self.dataset)

    def command(self, out, **changed):
        """Returns the command line; `changed` replaces options, True adds a flag."""
        options = {"method": "lora", "epochs": 4, "batch_size": 16, "learning_rate": 1e-3, "no_cache": True} | changed
        command = [self.options.program, "train", "--json", "--from", MODEL, "--dataset", self.dataset,
                   "--out", self.folder / out]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-")] + ([] if value is True else [value])
        return [str(part) for part in command]

    def run(self, out, **changed):
        return subprocess.run(self.command(out, **changed), capture_output=True, text=True, check=False)

    def expect(self, condition, text):
        if not condition:
            raise SystemExit("failed: " + text)

    def files(self, out):
        """Returns the files that must be equal after an interruption."""
        root = self.folder / out
        skipped = {"training/train.jsonl", "training/checkpoint.safetensors", "training/train.lock"}
        drawn = (".png", ".svg", ".gp")
        return {name: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
                if (name := str(path.relative_to(root))) not in skipped and path.suffix not in drawn}

    def result(self, out):
        return json.loads((self.folder / out / "fine_tune.json").read_text())

    def test_kills(self):
        started = time.monotonic()
        done = self.run("whole")
        seconds = time.monotonic() - started
        self.expect(done.returncode == 0, done.stderr)
        whole = self.files("whole")
        self.expect("model.safetensors" in whole and "fine_tune.json" in whole, str(list(whole)))
        kills = 0
        for _ in range(4 * self.options.kills):
            process = subprocess.Popen(self.command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(self.random.uniform(0.05, 1.0) * seconds)
                self.expect(process.returncode == 0, "a resumed run ended with an error")
                shutil.rmtree(self.folder / "killed")  # complete: begin anew
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
            if kills == self.options.kills:
                break
        done = self.run("killed")
        self.expect(done.returncode == 0, done.stderr)
        killed = self.files("killed")
        self.expect(killed.keys() == whole.keys(), f"files {killed.keys() ^ whole.keys()}")
        for name, content in whole.items():
            # The card has the folder's name as its title.
            same = killed[name].replace(b"# killed", b"# whole") == content
            self.expect(same, f"'{name}' differs after {kills} kills")
        print(f"{kills} kills: {len(whole)} files are equal; a run takes {seconds:.1f} s")

    def test_missing_dataset(self):
        done = self.run("gone", stop_after=1)
        self.expect(done.returncode == 0 and json.loads(done.stdout)["complete"] is False, done.stderr)
        moved = self.dataset.rename(self.folder / "moved")
        done = self.run("gone")
        moved.rename(self.dataset)
        errors = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        self.expect(done.returncode == 1 and len(errors) <= 1 and "shapes" in done.stderr + done.stdout,
                    done.stderr + done.stdout)
        self.expect((self.folder / "gone/training/checkpoint.safetensors").exists(), "the checkpoint is gone")

    def test_early_stopping(self):
        done = self.run("early", epochs=15, patience=1, learning_rate=0.02)
        self.expect(done.returncode == 0, done.stderr)
        result = self.result("early")
        self.expect(result["best_epoch"] < result["epochs"] < 15, json.dumps(result)[:400])

    def test_not_finite(self):
        done = self.run("nan", learning_rate=10, method="full", warmup=0, weight_decay=10)
        said = done.stderr + done.stdout
        self.expect(done.returncode == 1 and ("NaN or infinity" in said or "cannot hold" in said) and "--fresh" in said, said)

    def test_foreign_folder(self):
        (self.folder / "foreign").mkdir()
        (self.folder / "foreign/thesis.txt").write_text("mine")
        done = self.run("foreign")
        self.expect(done.returncode != 0 and "thesis.txt" in done.stderr + done.stdout, done.stderr + done.stdout)

    def test_unchanged_start(self):
        """The start is compared at the end of all tests."""
        return {path: path.read_bytes() for path in sorted(MODEL.iterdir()) if path.is_file()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=int(os.environ.get("SIGHTLINE_FINE_TUNE_KILLS", "3")))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one of the tests")
    options = parser.parse_args()
    options.program = options.program.resolve()
    with tempfile.TemporaryDirectory(prefix="sightline-fine-tune-") as folder:
        test = Test(options, pathlib.Path(folder))
        start = test.test_unchanged_start()
        for name in ("foreign_folder", "kills", "missing_dataset", "early_stopping", "not_finite"):
            if options.only in (None, name):
                getattr(test, "test_" + name)()
                print(name, "passed", flush=True)
        test.expect(test.test_unchanged_start() == start, "the start was changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
