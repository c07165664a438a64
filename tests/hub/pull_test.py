"""Tests of `sightline pull` without failures: selected files, cache layout, token."""
import json
import os
import pathlib
import shutil
import unittest

from fake_hub import etag_of, lfs
from harness import WANTED, HubTest, noise, sample_model


class Pull(HubTest):
    def test_pulls_supported_files_into_the_layout_of_huggingface_hub(self):
        files = sample_model()
        repo = self.hub.add("org/name", files)
        result = self.pull("org/name")["pulls"][0]
        self.assertEqual([f["path"] for f in result["files"]], WANTED)
        self.assertEqual(result["files_left_out"], len(files) - len(WANTED))
        self.assertEqual(result["missing_bytes"], sum(len(files[p]) for p in WANTED))
        self.check_snapshot("org/name", {p: files[p] for p in WANTED})
        folder = self.repo_folder("org/name")
        commit = repo.branches["main"]
        self.assertEqual((folder / "refs/main").read_bytes(), commit.encode())
        self.assertEqual(result["snapshot"], str(folder / "snapshots" / commit))
        self.assertEqual(sorted(p.name for p in folder.iterdir()), ["blobs", "refs", "snapshots"])
        lock = self.cache / ".locks/models--org--name" / (etag_of(files["model.safetensors"]) + ".lock")
        self.assertEqual(lock.stat().st_mode & 0o777, 0o664)
        self.assertTrue((self.cache / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55"))

    def test_a_second_pull_downloads_nothing(self):
        self.hub.add("org/name", sample_model())
        self.pull("org/name")
        self.hub.clear()
        self.assertEqual(self.pull("org/name")["pulls"][0]["missing_bytes"], 0)
        self.assertEqual([a for a in self.hub.log if "/resolve/" in a.path or "/cdn/" in a.path], [])

    def test_a_new_commit_downloads_only_changed_files(self):
        files = sample_model()
        repo = self.hub.add("org/name", files)
        old = pathlib.Path(self.pull("org/name")["pulls"][0]["snapshot"])
        changed = {**files, "config.json": b'{"model_type": "clip", "x": 1}\n'}
        repo.commit(changed)
        self.hub.clear()
        self.pull("org/name")
        self.assertEqual(len([a for a in self.hub.log if "/resolve/" in a.path]), 1)
        self.check_snapshot("org/name", {p: changed[p] for p in WANTED})
        self.assertEqual((old / "config.json").read_bytes(), files["config.json"])

    def test_dry_run_prints_the_plan_and_changes_nothing(self):
        self.hub.add("org/name", sample_model())
        done = self.run_program("pull", "org/name", "--dry-run")
        self.assertEqual(done.returncode, 0, done.err)
        self.assertIn("model.safetensors", done.out)
        self.assertIn("300.0 kB", done.out)
        self.assertIn("6 other files", done.out)
        self.assertFalse(self.cache.exists())
        self.assertFalse(self.pull("org/name", "--dry-run")["pulls"][0]["pulled"])

    def test_the_token_is_sent_to_the_hub_only(self):
        self.hub.add("org/private", sample_model(), private=True)
        self.pull("org/private", HF_TOKEN="hf_secret")
        self.assertTrue(all(a.token == "Bearer hf_secret" for a in self.hub.log if a.host.startswith("127.0.0.1")))
        elsewhere = [a for a in self.hub.log if a.host.startswith("localhost")]
        self.assertEqual(len(elsewhere), 1)
        self.assertIsNone(elsewhere[0].token)

    def test_reads_the_token_from_the_files_of_python(self):
        self.hub.add("org/private", sample_model(), private=True)
        home = self.folder / "home"
        home.mkdir()
        (home / "token").write_text("hf_secret\n")
        self.pull("org/private", "--dry-run")
        (home / "token").unlink()
        other = self.folder / "my-token"
        other.write_text("hf_secret")
        self.pull("org/private", "--dry-run", HF_TOKEN_PATH=other)
        self.assertIn("private", self.pull_fails("org/private", "--dry-run"))

    def test_environment_variables_select_the_cache(self):
        self.hub.add("org/name", sample_model())
        expected = [({"HF_HUB_CACHE": self.folder / "a"}, "a"),
                  ({"HF_HOME": self.folder / "b"}, "b/hub"),
                  ({"XDG_CACHE_HOME": self.folder / "c"}, "c/huggingface/hub"),
                  ({"HOME": self.folder / "d"}, "d/.cache/huggingface/hub"),
                  ({"HOME": self.folder / "d", "HF_HOME": "~/e"}, "d/e/hub")]
        for variables, place in expected:
            environment = {k: v for k, v in self.environment().items()
                           if k not in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")}
            environment.update({k: str(v) for k, v in variables.items()})
            self.environment = lambda environment=environment: environment
            self.pull("org/name")
            del self.environment
            self.assertTrue((self.folder / place / "models--org--name/refs/main").exists(), place)

    def test_revisions(self):
        files = sample_model()
        repo = self.hub.add("org/name", files)
        older = {**files, "config.json": b"{}"}
        commit = repo.commit(older, "refs/pr/1")
        self.pull("org/name@refs/pr/1")
        self.check_snapshot("org/name", {p: older[p] for p in WANTED}, revision="refs/pr/1")
        self.assertFalse((self.repo_folder("org/name") / "refs/main").exists())
        self.pull("org/name", "--revision", commit)
        self.assertIn("no revision 'none'", self.pull_fails("org/name@none"))

    def test_pulls_the_shards_of_an_index(self):
        index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
        files = {"config.json": b"{}", "model.safetensors.index.json": json.dumps(index).encode(),
                 "model-00001-of-00002.safetensors": lfs(b"one"), "model-00002-of-00002.safetensors": lfs(b"two"),
                 "model-00003-of-00003.safetensors": lfs(b"three"), "pytorch_model.bin": lfs(b"x")}
        self.hub.add("org/name", files)
        self.pull("org/name")
        self.check_snapshot("org/name", {p: c for p, c in files.items() if "00003" not in p and "bin" not in p})
        del files["model-00002-of-00002.safetensors"]
        self.hub.add("org/less", files)
        self.assertIn("does not have", self.pull_fails("org/less"))

    def test_resolves_aliases_and_baseline(self):
        self.hub.add("google-bert/bert-base-uncased", {"config.json": b"{}", "vocab.txt": b"a\n", "model.safetensors": lfs(b"b")})
        self.hub.add("timm/resnet50.tv_in1k", {"config.json": b"{}", "model.safetensors": lfs(b"r")})
        self.hub.add("timm/resnet50_clip.openai",
                     {"open_clip_config.json": b"{}", "config.json": b'{"architecture": "resnet50_clip"}',
                      "open_clip_model.safetensors": lfs(b"both"), "model.safetensors": lfs(b"image tower")})
        result = self.pull("baseline", "RN50")["pulls"]
        self.assertEqual([p["repo"] for p in result],
                         ["google-bert/bert-base-uncased", "timm/resnet50.tv_in1k", "timm/resnet50_clip.openai"])
        self.assertEqual([f["path"] for f in result[2]["files"]], ["open_clip_config.json", "open_clip_model.safetensors"])

    def test_reads_paginated_file_lists(self):
        files = {f"train/{i:03}.png": noise(10, i) for i in range(25)}
        files["train/metadata.jsonl"] = b"{}\n"
        self.hub.page_size = 7
        self.hub.add("org/data", files, kind="dataset")
        self.pull("org/data", "--dataset")
        self.check_snapshot("org/data", files, kind="dataset")
        self.assertEqual(len([a for a in self.hub.log if "/tree/" in a.path]), 4)

    def test_data_sets_without_supported_files_use_the_converted_branch(self):
        repo = self.hub.add("org/data", {"README.md": b"# data\n", "script.py": b"", "images.zip": lfs(b"zip")}, kind="dataset")
        repo.commit({"default/train/0000.parquet": lfs(b"rows"), ".gitattributes": b""}, "refs/convert/parquet")
        self.pull("datasets/org/data")
        self.check_snapshot("org/data", {"default/train/0000.parquet": lfs(b"rows")}, "dataset", "refs/convert/parquet")
        self.hub.add("org/none", {"README.md": b""}, kind="dataset")
        self.assertIn("none of the supported files", self.pull_fails("--dataset", "org/none"))

    def test_special_characters_in_names_and_empty_files(self):
        files = {"a folder/ü & co #1?.png": b"1", "a folder/100%.png": b"2", "empty.txt": b"", "x.png": lfs(b"")}
        self.hub.add("org/data", files, kind="dataset")
        self.pull("org/data", "--dataset")
        self.check_snapshot("org/data", files, kind="dataset")

    def test_equal_files_share_a_blob(self):
        files = {"a/1.png": lfs(b"same"), "b/2.png": lfs(b"same"), "b/3.png": lfs(b"same")}
        self.hub.add("org/data", files, kind="dataset")
        self.pull("org/data", "--dataset")
        self.check_snapshot("org/data", files, kind="dataset")
        self.assertEqual(len(self.requests_for("/cdn/")), 1)

    def test_pulls_the_other_names_if_one_fails(self):
        self.hub.add("org/name", sample_model())
        done = self.run_program("pull", "org/no", "org/name", "--json")
        self.assertEqual(done.returncode, 1)
        result = json.loads(done.out)
        self.assertEqual([p["repo"] for p in result["pulls"]], ["org/name"])
        self.assertEqual(result["failed"][0]["code"], "not_found")
        self.assertEqual(self.pull_fails("org/name", "a--b/..", code=2).count("not a valid repository name"), 1)

    def test_copies_the_files_to_a_plain_folder(self):
        files = sample_model()
        self.hub.add("org/name", files)
        result = self.pull("org/name", "--to", self.folder / "usb/models")["pulls"][0]
        copy = self.folder / "usb/models/name"
        self.assertEqual(result["copy"], str(copy))
        self.assertEqual({p.name: p.read_bytes() for p in copy.iterdir()}, {p: bytes(files[p]) for p in WANTED})
        self.assertFalse(any(p.is_symlink() for p in copy.iterdir()))
        self.assertEqual([p.name for p in copy.parent.iterdir()], ["name"])
        # Again, after an interruption, and without --json, when the last line is the folder.
        (copy.parent / ".name.tmp.999999999.0").mkdir()
        self.assertEqual(self.run_program("pull", "org/name", "--to", copy.parent).out.splitlines()[-1], str(copy))
        copy.rename(copy.parent / "other")
        self.pull("org/name", "--to", copy.parent)
        self.assertEqual(sorted(p.name for p in copy.parent.iterdir()), ["name", "other"])

    def test_a_copy_replaces_nothing(self):
        self.hub.add("org/name", sample_model())
        copy = self.folder / "usb/name"
        for path, content, said in (("mine.txt", b"1", "'config.json' is missing"), ("model.safetensors", b"1", "another size")):
            copy.mkdir(parents=True)
            for wanted in WANTED if path in WANTED else []:
                (copy / wanted).write_bytes(bytes(sample_model()[wanted]))
            (copy / path).write_bytes(content)
            self.assertIn(said, self.pull_fails("org/name", "--to", copy.parent))
            self.assertEqual((copy / path).read_bytes(), content)
            shutil.rmtree(copy)
        self.assertEqual(self.requests_for("/cdn/"), [])  # refused before the download
        self.pull("org/name", "--to", copy.parent)
        (copy / "more.txt").write_bytes(b"1")
        self.assertIn("'more.txt' is not among its files", self.pull_fails("org/name", "--to", copy.parent))
        (copy / "more.txt").unlink()
        weights = bytearray((copy / "model.safetensors").read_bytes())
        weights[7] ^= 1
        (copy / "model.safetensors").write_bytes(weights)
        self.assertIn("another content", self.pull_fails("org/name", "--to", copy.parent))
        (self.folder / "file").write_bytes(b"")
        self.assertIn("file", self.pull_fails("org/name", "--to", self.folder / "file/models"))

    def test_offline_sends_no_requests(self):
        self.hub.add("org/name", sample_model())
        self.assertIn("HF_HUB_OFFLINE", self.pull_fails("org/name", HF_HUB_OFFLINE="1"))
        self.assertEqual(self.hub.log, [])


if __name__ == "__main__":
    unittest.main()
