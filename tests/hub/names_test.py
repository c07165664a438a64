"""Tests that every command accepts names of Hub repositories for --model and --dataset."""
import json
import os
import pathlib
import pty
import struct
import subprocess
import unittest

from fake_hub import lfs
from harness import PROGRAM, HubTest, noise

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def shipped_model():
    """Returns the files of a model that ships with this project."""
    folder = sorted(p.parent for p in (SOURCE / "models").glob("emoji-vit*/model.safetensors"))[0]
    return {p.name: lfs(p.read_bytes()) if p.suffix == ".safetensors" else p.read_bytes()
            for p in folder.iterdir() if p.suffix in (".json", ".txt", ".safetensors")}


def bmp(seed):
    side = 16
    return (b"BM" + struct.pack("<IIIIiiHH", 54 + side * side * 3, 0, 54, 40, side, side, 1, 24) + bytes(24)
            + noise(side * side * 3, seed))


def images(count=4):
    files = {f"image-{i}.bmp": bmp(i) for i in range(count)}
    rows = [json.dumps({"file_name": name, "text": f"image number {i}"}) for i, name in enumerate(files)]
    return {**files, "metadata.jsonl": "\n".join(rows).encode()}


class Names(HubTest):
    def setUp(self):
        super().setUp()
        self.hub.add("org/emoji", shipped_model())
        self.hub.add("org/data", images(), kind="dataset")
        self.texts = self.folder / "texts.txt"
        self.texts.write_text("a red heart\n")
        self.image = self.folder / "p.bmp"
        self.image.write_bytes(bmp(1))

    def environment(self, **more):
        return {**super().environment(**more), "XDG_CACHE_HOME": str(self.folder / "own")}

    def commands(self, model, data):
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        return [["tokenize", "--model", model, "a heart", "--json"],
                ["preprocess", "--model", model, self.image, "--out", out / "p.npy"],
                ["models", model],
                ["encode", "--model", model, "--texts", self.texts, "--out", out / "t.npy"],
                ["encode", "--model", model, "--dataset", data, "--out", out / "i.npy"],
                ["search", "--model", model, "--dataset", data, "a heart"],
                ["eval", "--model", model, "--dataset", data, "--out", out / "report", "--no-figures"],
                ["dataset", "info", data],
                ["dataset", "convert", data, self.folder / ("converted" + data.replace("/", "-")), "--to", "imagefolder"]]

    def test_every_command_accepts_names(self):
        self.pull("org/emoji")
        self.pull("org/data", "--dataset")
        self.hub.clear()
        for command in self.commands("org/emoji", "org/data"):
            with self.subTest(" ".join(map(str, command[:2]))):
                done = self.run_program(*command)
                self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual(self.hub.log, [])  # no requests for cached repositories

    def test_every_command_says_how_to_pull_missing_repositories(self):
        self.pull("org/emoji")
        for command in self.commands("org/no-model", "org/data"):
            name = "org/no-model" if "org/no-model" in command else "org/data"
            with self.subTest(" ".join(map(str, command[:2]))):
                done = self.run_program(*command)
                self.assertEqual(done.returncode, 1, done.err)
                self.assertEqual(done.err.count("\n"), 1, done.err)
                self.assertRegex(done.err, "run 'sightline pull (--dataset )?(org/no-model|org/data)'")
                self.assertTrue(name in done.err or "org/data" in done.err)

    def test_the_pull_flag_pulls_missing_repositories(self):
        done = self.run_program("encode", "--model", "org/emoji", "--dataset", "org/data", "--pull", "--out", self.folder / "x.npy")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertIn("4 rows", done.out)
        self.assertEqual(done.err.count("pulling"), 2)

    def test_json_has_no_progress_of_pulls(self):
        done = self.run_program("encode", "--model", "org/emoji", "--dataset", "org/data", "--pull", "--json", "--out", self.folder / "x.npy")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertEqual(done.err, "")

    def test_reproduce_finds_models_in_the_cache_or_pulls_them(self):
        self.hub.add("timm/resnet50_clip.openai", shipped_model())
        self.hub.add("openai/clip-vit-base-patch32", shipped_model())
        self.pull("RN50")
        done = self.run_program("reproduce")
        self.assertEqual(done.returncode, 1)
        missing = [name for name in ("baseline", "RN50", "ViT-B/32", "ViT-B/16") if name + " was not found" in done.err]
        self.assertEqual(missing, ["baseline", "ViT-B/32", "ViT-B/16"], done.err)
        done = self.run_program("reproduce", "--pull")
        missing = [name for name in ("baseline", "RN50", "ViT-B/32", "ViT-B/16") if name + " was not found" in done.err]
        self.assertEqual(missing, ["baseline", "ViT-B/16"], done.err)
        self.assertIn("the data set was not found", done.err)

    def test_offline_never_pulls(self):
        done = self.run_program("tokenize", "--model", "org/emoji", "--pull", "x", HF_HUB_OFFLINE="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("not in the cache", done.err)
        self.assertEqual(self.hub.log, [])

    def at_terminal(self, answer, *arguments):
        """Runs the program with a terminal as stdin and stderr. Returns exit code, stdout and stderr."""
        try:
            master, slave = pty.openpty()
        except OSError as error:
            self.skipTest(f"no pseudo-terminal available: {error}")
        process = subprocess.Popen([PROGRAM, *arguments], env=self.environment(), stdin=slave, stderr=slave,
                                   stdout=subprocess.PIPE, text=True)
        os.close(slave)
        err = ""
        answered = False
        while True:
            try:
                err += os.read(master, 4096).decode(errors="replace")
            except OSError:
                break  # the program has exited
            if "[y/N]" in err and not answered:
                answered = True
                os.write(master, answer.encode())
        out, _ = process.communicate(timeout=60)
        os.close(master)
        return process.returncode, out, err

    def test_offers_to_pull_at_a_terminal(self):
        code, out, err = self.at_terminal("n\n", "tokenize", "--model", "org/emoji", "a heart")
        self.assertEqual(code, 1)
        self.assertIn("pull it from " + self.hub.endpoint + "? [y/N]", err)
        self.assertIn("sightline pull org/emoji", err)
        self.assertEqual(self.hub.log, [])
        code, out, err = self.at_terminal("y\n", "tokenize", "--model", "org/emoji", "a heart")
        self.assertEqual(code, 0, err)
        self.assertIn("heart", out)
        self.assertIn("downloading org/emoji", err)
        self.assertIn(" MB/s" if " MB/s" in err else "B/s", err)
        code, _, err = self.at_terminal("n\n", "tokenize", "--model", "org/emoji", "a heart")
        self.assertEqual((code, err), (0, ""))

    def test_existing_folders_take_precedence_over_names(self):
        folder = self.folder / "here" / "org" / "emoji"
        folder.mkdir(parents=True)
        done = subprocess.run([os.path.abspath(PROGRAM), "tokenize", "--model", "org/emoji", "x", "--pull"], cwd=self.folder / "here",
                              env=self.environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.hub.log, [])

    def test_incomplete_models_are_missing(self):
        # Like the cache after hf_hub_download("org/emoji", "config.json") in Python.
        self.pull("org/emoji")
        os.unlink(self.snapshot("org/emoji") / "model.safetensors")
        done = self.run_program("models", "org/emoji")
        self.assertIn("is not in the cache", done.err)
        done = self.run_program("models", "org/emoji", "--pull")
        self.assertEqual(done.returncode, 0, done.err)

    def test_models_are_listed_under_their_repository_name(self):
        self.pull("org/emoji")
        listed = json.loads(self.run_program("models", "org/emoji", "--json").out)["models"]
        self.assertEqual([m["name"] for m in listed], ["org/emoji"])


if __name__ == "__main__":
    unittest.main()
