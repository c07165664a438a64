#!/usr/bin/env python3
"""Kills `sightline pull` (SIGKILL) repeatedly at random times and lets it resume.

Each round pulls a repository from a local server into an empty cache. The process is killed at a
random time and restarted until the requested number of kills is reached. After each round, all files
must be byte-identical and no partial downloads may remain; over all rounds, some downloads must have
been resumed. With --python, huggingface_hub then reads the cache offline, and the program uses a
cache filled by huggingface_hub without downloading anything.

    tests/hub/kill_test.py --kills 50 --python VENV/bin/python [--program build/sightline]
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from fake_hub import FakeHub, lfs
from harness import WANTED, noise, sample_model

# Reads the cache with Python's huggingface_hub, offline.
READER = """
import json, pathlib, sys
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download, __version__
wanted = json.loads(sys.argv[1])
folder = snapshot_download("org/name", local_files_only=True)
files = {p: hf_hub_download("org/name", p, local_files_only=True) for p in wanted}
assert all(pathlib.Path(folder, p) == pathlib.Path(f) for p, f in files.items()), (folder, files)
scan = scan_cache_dir()
assert not scan.warnings, scan.warnings
repos = {r.repo_id: r for r in scan.repos}
revisions = list(repos["org/name"].revisions)
assert len(revisions) == 1 and revisions[0].refs == {"main"}, revisions
assert {str(f.file_path.relative_to(revisions[0].snapshot_path)) for f in revisions[0].files} == set(wanted)
print(json.dumps({"version": __version__, "folder": folder, "files": files}))
"""

WRITER = """
import json, sys
from huggingface_hub import hf_hub_download, snapshot_download
if sys.argv[1] == "snapshot":
    print(snapshot_download("org/name"))
else:
    for name in json.loads(sys.argv[2]):
        print(hf_hub_download("org/name", name))
"""


class Run:
    def __init__(self, options, folder, hub, files):
        self.options, self.folder, self.hub, self.files = options, folder, hub, files
        self.random = random.Random(options.seed)
        self.cache = folder / "hub"

    def environment(self, **more):
        kept = {k: v for k, v in os.environ.items()
                if not k.startswith(("HF_", "HUGGING")) and not k.lower().endswith("_proxy")}
        return {**kept, "HF_ENDPOINT": self.hub.endpoint, "HF_HUB_CACHE": str(self.cache),
                "HF_HOME": str(self.folder / "home"), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
                "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", **more}

    def start(self):
        return subprocess.Popen([self.options.program, "pull", "org/name", "--json"], env=self.environment(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def python(self, code, *arguments, **environment):
        return subprocess.run([self.options.python, "-c", code, *arguments], env=self.environment(**environment),
                              stdout=subprocess.PIPE, check=True, text=True).stdout

    def snapshot(self):
        repo = self.cache / "models--org--name"
        return repo / "snapshots" / (repo / "refs/main").read_text()

    def check_files(self):
        for path in WANTED:
            if (self.snapshot() / path).read_bytes() != bytes(self.files[path]):
                sys.exit(f"{path} differs")
        left = sorted(p.name for p in self.cache.rglob("*") if "incomplete" in p.name or "staging" in p.name or ".tmp" in p.name)
        if left:
            sys.exit(f"unexpected files left: {left}")

    def kill_once(self, duration):
        """Returns whether the process was killed before it was done."""
        process = self.start()
        try:
            process.wait(self.random.uniform(0, duration))
        except subprocess.TimeoutExpired:
            process.kill()
        _, err = process.communicate()
        if process.returncode not in (0, -9):
            sys.exit(f"exit code {process.returncode}: {err.decode()}")
        # A snapshot with a ref must be complete at any time.
        if (self.cache / "models--org--name/refs/main").exists():
            self.check_files()
        return process.returncode == -9

    def round(self, kills, duration):
        shutil.rmtree(self.cache, ignore_errors=True)
        self.hub.clear()
        done = 0
        while done < kills and self.kill_once(duration):
            done += 1
        out, err = (last := self.start()).communicate()
        if last.returncode != 0:
            sys.exit(f"the last pull failed: {err.decode()}")
        json.loads(out)
        self.check_files()
        return done

    def resumed(self):
        return sum(1 for request in self.hub.log if request.range is not None)


def measure(run):
    shutil.rmtree(run.cache, ignore_errors=True)
    begin = time.monotonic()
    process = run.start()
    _, err = process.communicate()
    if process.returncode != 0:
        sys.exit(f"the first pull failed: {err.decode()}")
    run.check_files()
    return time.monotonic() - begin


def kill_rounds(run):
    duration = measure(run)
    print(f"an uninterrupted pull takes {duration:.2f} s for {sum(len(run.files[p]) for p in WANTED)} bytes")
    killed = rounds = resumed = 0
    while killed < run.options.kills:
        killed += run.round(min(run.options.kills - killed, 10), duration * 0.9)
        resumed += run.resumed()
        rounds += 1
    print(f"{killed} kills in {rounds} pulls: all files byte-identical each time; {resumed} downloads resumed with Range")
    if resumed == 0 and killed >= 5:
        sys.exit("no download was resumed")


def python_reads_cache(run):
    result = json.loads(run.python(READER, json.dumps(WANTED), HF_HUB_OFFLINE="1"))
    for path, cached in result["files"].items():
        if pathlib.Path(cached).read_bytes() != bytes(run.files[path]):
            sys.exit(f"Python reads different content of {path}")
    print(f"huggingface_hub {result['version']} reads the cache offline: snapshot_download, "
          f"{len(result['files'])} x hf_hub_download, scan_cache_dir without a warning")


def program_reads_cache_of_python(run):
    for way in ("snapshot", "files"):
        shutil.rmtree(run.cache, ignore_errors=True)
        run.python(WRITER, way, json.dumps(WANTED))
        run.hub.clear()
        process = run.start()
        out, err = process.communicate()
        if process.returncode != 0:
            sys.exit(err.decode())
        plan = json.loads(out)["pulls"][0]
        requested = [a.path for a in run.hub.log if "/resolve/" in a.path or "/cdn/" in a.path]
        if plan["missing_bytes"] or requested:
            sys.exit(f"unexpected requests although Python has the files ({way}): {requested}")
        for path in WANTED:
            if (run.snapshot() / path).read_bytes() != bytes(run.files[path]):
                sys.exit(f"{path} differs")
        print(f"a cache filled by huggingface_hub ({way}): 0 bytes to download, {len(plan['files'])} files used")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.environ.get("SIGHTLINE_PROGRAM", "build/sightline"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=1_500_000, help="bytes of the large file")
    parser.add_argument("--python", help="a Python that has huggingface_hub")
    options = parser.parse_args()
    files = sample_model(options.size)
    files["tokenizer.json"] = lfs(noise(options.size // 3, 99))
    with FakeHub(bytes_per_second=options.size) as hub:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="sightline-kill-"))
        try:
            hub.add("org/name", files)
            run = Run(options, folder, hub, files)
            kill_rounds(run)
            if options.python:
                python_reads_cache(run)
                program_reads_cache_of_python(run)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
