"""Fixtures for tests of `sightline pull`: a fake Hub, a scratch cache, sample repositories."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from fake_hub import FakeHub, etag_of, lfs

PROGRAM = os.environ.get("SIGHTLINE_PROGRAM", "build/sightline")


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def sample_model(size=300_000, seed=1):
    """A model repository with weights in several formats, as is common on the Hub."""
    return {
        ".gitattributes": b"*.safetensors filter=lfs\n",
        "README.md": b"# a model\n",
        "config.json": b'{"model_type": "clip"}\n',
        "preprocessor_config.json": b"{}\n",
        "tokenizer.json": noise(5000, seed + 1),
        "merges.txt": b"#version: 0.2\n",
        "model.safetensors": lfs(noise(size, seed)),
        "pytorch_model.bin": lfs(noise(1000, seed + 2)),
        "flax_model.msgpack": lfs(noise(1000, seed + 3)),
        "tf_model.h5": lfs(noise(1000, seed + 4)),
        "onnx/model.onnx": lfs(noise(1000, seed + 5)),
    }


WANTED = ["config.json", "merges.txt", "model.safetensors", "preprocessor_config.json", "tokenizer.json"]


class HubTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sightline-hub-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.cache = self.folder / "hub"
        self.hub = self.enterContext(FakeHub()) if hasattr(self, "enterContext") else FakeHub().__enter__()
        if not hasattr(self, "enterContext"):
            self.addCleanup(self.hub.__exit__)

    def environment(self, **more):
        kept = {k: v for k, v in os.environ.items()
                if not k.startswith(("HF_", "HUGGING")) and not k.lower().endswith("_proxy")}
        kept.update({"HF_ENDPOINT": self.hub.endpoint, "HF_HUB_CACHE": str(self.cache),
                     "HF_HOME": str(self.folder / "home"), "HF_HUB_DOWNLOAD_TIMEOUT": "5"})
        kept.update({name: str(value) for name, value in more.items()})
        return kept

    def start(self, *arguments, **environment):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], env=self.environment(**environment),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run_program(self, *arguments, **environment):
        process = self.start(*arguments, **environment)
        process.out, process.err = process.communicate(timeout=120)
        return process

    def pull(self, *arguments, **environment):
        """Runs `pull --json`, expects success and returns the parsed output."""
        done = self.run_program("pull", *arguments, "--json", **environment)
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual(done.err, "")
        return json.loads(done.out)

    def pull_fails(self, *arguments, code=1, **environment):
        """Runs `pull`, expects a single-line error on stderr and returns it."""
        done = self.run_program("pull", *arguments, **environment)
        self.assertEqual(done.returncode, code, done.err + done.out)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        self.assertTrue(done.err.startswith("sightline: "), done.err)
        self.assertNotIn("internal error", done.err)
        return done.err

    def repo_folder(self, name, kind="model"):
        return self.cache / (kind + "s--" + name.replace("/", "--"))

    def snapshot(self, name, kind="model", revision="main"):
        repo = self.repo_folder(name, kind)
        return repo / "snapshots" / (repo / "refs" / revision).read_text()

    def check_snapshot(self, name, files, kind="model", revision="main"):
        """Checks that the snapshot has exactly these files, each a relative link to the blob of its etag."""
        snapshot = self.snapshot(name, kind, revision)
        found = sorted(str(p.relative_to(snapshot)) for p in snapshot.rglob("*") if not p.is_dir())
        self.assertEqual(found, sorted(files))
        for path, content in files.items():
            self.assertEqual((snapshot / path).read_bytes(), bytes(content), path)
            target = os.readlink(snapshot / path)
            self.assertEqual(target, "../" * (2 + path.count("/")) + "blobs/" + etag_of(content))
        partial = [p.name for p in (self.repo_folder(name, kind) / "blobs").iterdir() if "incomplete" in p.name]
        self.assertEqual(partial, [])

    def requests_for(self, part):
        return [request for request in self.hub.log if part in request.path]
