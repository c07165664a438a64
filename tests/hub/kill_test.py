#!/usr/bin/env python3
"""Kills `sightline pull` again and again (SIGKILL) at random points and lets it go on.

Each round pulls a repository from a local server into an empty cache; the process is killed at a
random moment and started again, until the wanted number of kills is reached. After each round every
file must be equal byte by byte, and no byte may have been sent for nothing but the few that were
on their way. With --python, the cache is then read by huggingface_hub without a network, and one
that huggingface_hub filled is used by the program without a download.

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

# What Python's huggingface_hub makes of a cache, with every way to the network closed.
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
                sys.exit(f"{path} is not equal")
        left = sorted(p.name for p in self.cache.rglob("*") if "incomplete" in p.name or "staging" in p.name or ".tmp" in p.name)
        if left:
            sys.exit(f"left behind: {left}")

    def kill_once(self, duration):
        """Whether the process was killed (else it was done before)."""
        process = self.start()
        try:
            process.wait(self.random.uniform(0, duration))
        except subprocess.TimeoutExpired:
            process.kill()
        _, err = process.communicate()
        if process.returncode not in (0, -9):
            sys.exit(f"exit code {process.returncode}: {err.decode()}")
        # Whatever the moment: what is bound is whole.
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

    def continued(self):
        return sum(1 for asked in self.hub.log if asked.range is not None)


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
    print(f"an undisturbed pull takes {duration:.2f} s for {sum(len(run.files[p]) for p in WANTED)} bytes")
    killed = rounds = continued = 0
    while killed < run.options.kills:
        killed += run.round(min(run.options.kills - killed, 10), duration * 0.9)
        continued += run.continued()
        rounds += 1
    print(f"{killed} kills in {rounds} pulls: all files byte-equal each time; {continued} downloads continued with Range")
    if continued == 0 and killed >= 5:
        sys.exit("no download was ever continued")


def python_reads(run):
    answer = json.loads(run.python(READER, json.dumps(WANTED), HF_HUB_OFFLINE="1"))
    for path, place in answer["files"].items():
        if pathlib.Path(place).read_bytes() != bytes(run.files[path]):
            sys.exit(f"Python reads another {path}")
    print(f"huggingface_hub {answer['version']} reads the cache offline: snapshot_download, "
          f"{len(answer['files'])} x hf_hub_download, scan_cache_dir without a warning")


def program_uses_pythons(run):
    for way in ("snapshot", "files"):
        shutil.rmtree(run.cache, ignore_errors=True)
        run.python(WRITER, way, json.dumps(WANTED))
        run.hub.clear()
        process = run.start()
        out, err = process.communicate()
        if process.returncode != 0:
            sys.exit(err.decode())
        plan = json.loads(out)["pulls"][0]
        asked = [a.path for a in run.hub.log if "/resolve/" in a.path or "/cdn/" in a.path]
        if plan["missing_bytes"] or asked:
            sys.exit(f"a download although Python had the files ({way}): {asked}")
        for path in WANTED:
            if (run.snapshot() / path).read_bytes() != bytes(run.files[path]):
                sys.exit(f"{path} is not equal")
        print(f"a cache that huggingface_hub filled ({way}): 0 bytes to download, {len(plan['files'])} files used")


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
                python_reads(run)
                program_uses_pythons(run)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
