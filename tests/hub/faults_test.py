"""Tests of `sightline pull` with failures of the Hub, the network or the disk.

It retries if that may help and reports the error otherwise. Downloaded data is kept, and content with
a wrong hash is never used.
"""
import fcntl
import os
import resource
import signal
import subprocess
import time
import unittest

import fake_hub
from fake_hub import disconnect_after, disconnect_anywhere, etag_of, lfs, redirect, resized, slow, stall, status
from harness import PROGRAM, WANTED, HubTest, noise, sample_model


class Faults(HubTest):
    def setUp(self):
        super().setUp()
        self.files = sample_model()
        self.repo = self.hub.add("org/name", self.files)
        self.etag = etag_of(self.files["model.safetensors"])

    def check_pulled(self):
        self.check_snapshot("org/name", {p: self.files[p] for p in WANTED})

    def partial_download(self):
        return self.repo_folder("org/name") / "blobs" / (self.etag + ".incomplete")

    def check_no_snapshot(self):
        self.assertFalse((self.repo_folder("org/name") / "refs/main").exists())
        self.assertEqual(list((self.repo_folder("org/name") / "snapshots").glob("*")), [])

    # Transient errors.

    def test_resumes_interrupted_downloads(self):
        self.hub.fault("/cdn/", disconnect_after(100_000))
        self.hub.fault("/cdn/", disconnect_after(50_000))
        self.pull("org/name")
        self.check_pulled()
        self.assertEqual([a.range for a in self.hub.log if "/cdn/" in a.path], [None, "bytes=100000-", "bytes=150000-"])

    def test_attempts_restart_when_data_is_received(self):
        # More interruptions than attempts; both count and wait restart with every received byte.
        self.hub.fault("tokenizer.json", disconnect_after(1500))
        for seed in range(6):
            self.hub.fault("/cdn/", disconnect_anywhere(seed))
        self.pull("org/name")
        self.check_pulled()

    def test_restarts_if_the_server_ignores_ranges(self):
        self.hub.fault("/cdn/", disconnect_after(100_000))
        self.hub.fault("/cdn/", fake_hub.no_ranges)
        self.pull("org/name")
        self.check_pulled()

    def test_waits_as_long_as_the_server_requests(self):
        self.hub.fault("/tree/", status(429, {"Retry-After": "2"}))
        self.hub.fault("/cdn/", status(429, {"RateLimit": '"resolvers";r=0;t=1'}))
        begin = time.monotonic()
        self.pull("org/name")
        self.assertGreater(time.monotonic() - begin, 3)
        self.check_pulled()

    def test_gives_up_if_the_requested_wait_is_too_long(self):
        self.hub.fault("/tree/", status(429, {"Retry-After": "86400"}), times=9)
        message = self.pull_fails("org/name")
        self.assertIn("429", message)
        self.assertIn("86400 s", message)

    def test_retries_server_errors(self):
        self.hub.fault("/revision/", status(503, {"Retry-After": "0"}))
        self.hub.fault("/tree/", status(500, {"Retry-After": "0"}), times=2)
        self.hub.fault("config.json", status(502, {"Retry-After": "0"}))
        self.hub.fault("/cdn/", status(504, {"Retry-After": "0"}))
        self.pull("org/name")
        self.check_pulled()

    def test_gives_up_after_five_attempts(self):
        self.hub.fault("/cdn/", status(503, {"Retry-After": "0"}), times=99)
        message = self.pull_fails("org/name")
        self.assertIn("503", message)
        self.assertIn("5 attempts", message)
        self.check_no_snapshot()

    def test_resumes_after_a_timeout(self):
        self.hub.fault("/cdn/", stall(100_000, 30))
        begin = time.monotonic()
        self.pull("org/name", HF_HUB_DOWNLOAD_TIMEOUT="1")
        self.assertLess(time.monotonic() - begin, 20)
        self.check_pulled()

    def test_a_slow_download_does_not_time_out(self):
        self.hub.fault("/cdn/", slow(150_000))
        self.pull("org/name", HF_HUB_DOWNLOAD_TIMEOUT="1")
        self.check_pulled()

    def test_reports_an_unreachable_server(self):
        self.hub.server.shutdown()
        self.hub.server.server_close()
        self.hub.server.shutdown = self.hub.server.server_close = lambda: None
        message = self.pull_fails("org/name", HF_HUB_DOWNLOAD_TIMEOUT="1")
        self.assertIn("connection to http://127.0.0.1", message)

    # Invalid content.

    def test_rejects_a_wrong_sha256(self):
        self.hub.fault("/cdn/", fake_hub.damaged)
        message = self.pull_fails("org/name")
        self.assertIn("wrong SHA-256", message)
        self.assertIn(self.etag, message)
        self.check_no_snapshot()
        self.assertFalse(self.partial_download().exists())
        self.pull("org/name")
        self.check_pulled()

    def test_rejects_a_wrong_git_object_id(self):
        self.hub.fault("tokenizer.json", fake_hub.damaged)
        self.assertIn("wrong git object id", self.pull_fails("org/name"))
        self.check_no_snapshot()

    def test_discards_a_corrupt_partial_download(self):
        self.partial_download().parent.mkdir(parents=True)
        self.partial_download().write_bytes(b"x" * 1000)
        self.pull("org/name")
        self.check_pulled()
        self.partial_download().write_bytes(b"x" * 400_000)  # larger than the file: discarded without a request
        os.unlink(self.partial_download().with_suffix(""))
        self.pull("org/name")
        self.check_pulled()

    def test_replaces_a_blob_of_the_wrong_size(self):
        self.pull("org/name")
        self.partial_download().with_suffix("").write_bytes(b"truncated")
        self.pull("org/name")
        self.check_pulled()

    def test_rejects_a_wrong_length(self):
        for change in (10, -10):
            self.hub.fault("/cdn/", resized(change))
            message = self.pull_fails("org/name")
            self.assertIn("should have 300000 bytes, but the server sends " + str(300000 + change), message)
        self.check_no_snapshot()

    def test_stops_endless_bodies_at_the_listed_size(self):
        self.hub.fault("/cdn/", fake_hub.endless)
        self.assertIn("the server sends more", self.pull_fails("org/name"))
        self.assertLess(self.hub.endless_sent, 1 << 26)
        self.check_no_snapshot()
        self.assertFalse(self.partial_download().exists())

    def test_limits_the_size_of_file_lists(self):
        self.hub.fault("/tree/", lambda handler, _: fake_hub.endless(handler, b"["))
        self.assertIn("more than 67.1 MB", self.pull_fails("org/name"))

    def test_rejects_invalid_file_lists(self):
        good = fake_hub.tree(self.files)
        cases = [("not valid JSON", lambda e: None), ("\"sha\"", None), ("lacks a field", lambda e: [{"type": "file"}]),
                 ("object id", lambda e: e + [{"type": "file", "path": "x", "size": 1, "oid": "../../../x"}]),
                 ("object id", lambda e: e + [{"type": "file", "path": "x", "size": 1, "oid": "A" * 40}]),
                 ("invalid size", lambda e: e + [{"type": "file", "path": "x", "size": -1, "oid": "a" * 40}]),
                 ("invalid size", lambda e: e + [{"type": "file", "path": "x", "size": 1 << 60, "oid": "a" * 40}]),
                 ("twice", lambda e: e + [e[0], e[0], e[-1], e[-1]])]
        for expected, change in cases:
            with self.subTest(expected):
                if change is None:
                    self.hub.fault("/revision/", lambda handler, _: handler.reply(200, b'{"sha": "main/../.."}') or True)
                elif change(good) is None:
                    self.hub.fault("/tree/", lambda handler, _: handler.reply(200, b"<html>") or True)
                else:
                    self.repo.entries = change(good)
                self.assertIn(expected, self.pull_fails("org/name"))
        self.assertFalse(self.cache.exists())

    def test_rejects_hostile_file_names(self):
        for name in ("../x.json", "a/../../x.json", "/etc/x.json", "a//x.json", "./config.json", "a\0.json", "..", "",
                     "a\\..\\..\\x.json", "x" * 300 + ".json", "a/" * 600 + "x.json", "a\n.json"):
            with self.subTest(name[:20]):
                self.repo.entries = [{"type": "file", "path": name, "size": 1, "oid": "a" * 40}]
                self.assertIn("invalid file name", self.pull_fails("org/name"))
        self.assertFalse(self.cache.exists())

    def test_rejects_hostile_shard_names(self):
        self.hub.add("org/shards", {"model.safetensors.index.json": b'{"weight_map": {"a": "../../x.safetensors"}}'})
        self.assertIn("invalid file name", self.pull_fails("org/shards"))

    def test_rejects_redirect_loops_and_other_schemes(self):
        for where, expected in (("/org/name/resolve/main/again", "more than 10 redirects"), ("file:///etc/passwd", "not an http or https URL"),
                                ("ftp://localhost/x", "not an http or https URL")):
            self.hub.fault("/resolve/", redirect(where), times=999)
            message = self.pull_fails("org/name")
            self.assertIn(expected, message)
            self.hub.clear()

    # Access errors.

    def test_access_errors_say_what_to_do(self):
        self.hub.add("org/private", self.files, private=True)
        self.hub.add("org/gated", self.files, gated="auto")
        self.hub.add("org/closed", self.files, gated="closed")
        cases = [("org/unknown", {}, ["has no model 'org/unknown'", "set HF_TOKEN"]),
                 ("org/unknown", {"HF_TOKEN": "hf_secret"}, ["the token in use"]),
                 ("org/private", {}, ["private", "set HF_TOKEN"]),
                 ("org/private", {"HF_TOKEN": "hf_wrong"}, ["does not accept the token"]),
                 ("org/gated", {}, ["gated", "/org/gated", "set HF_TOKEN"]),
                 ("org/closed", {"HF_TOKEN": "hf_secret"}, ["gated", "accept its terms"])]
        for name, environment, expected in cases:
            with self.subTest(name):
                message = self.pull_fails(name, "--dry-run", **environment) if "gated" not in expected[0] else self.expect_error(name, environment)
                for text in expected:
                    self.assertIn(text, message)
                self.assertNotIn("hf_", message.replace("HF_", ""))
        self.pull("org/private", HF_TOKEN="hf_secret")
        self.pull("org/gated", HF_TOKEN="hf_secret")

    def expect_error(self, name, environment):
        done = self.run_program("pull", name, **environment)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        return done.err

    def test_records_missing_files_like_python(self):
        del self.repo.commits[self.repo.branches["main"]]["merges.txt"]
        self.repo.entries = fake_hub.tree(self.files)
        self.assertIn("'merges.txt'", self.expect_error("org/name", {}))
        self.assertTrue((self.repo_folder("org/name") / ".no_exist" / self.repo.branches["main"] / "merges.txt").exists())

    # Disk.

    def test_checks_the_free_space(self):
        mount = self.folder / "small"
        mount.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", mount],
                                               stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("mounting a small file system requires root")
        self.addCleanup(subprocess.run, ["umount", mount], check=False)
        self.cache = mount / "hub"
        message = self.expect_error("org/name", {})
        self.assertIn("free, the pull needs 30", message)
        self.assertIn("HF_HUB_CACHE", message)

    def test_keeps_partial_downloads_when_the_disk_fills_up(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (131072, 131072))
        done = subprocess.run([PROGRAM, "pull", "org/name", "--json"], env=self.environment(), preexec_fn=limit,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is kept for the next pull", done.stderr)
        self.assertEqual(self.partial_download().stat().st_size, 131072)
        self.check_no_snapshot()
        self.hub.clear()
        self.pull("org/name")
        self.check_pulled()
        self.assertEqual([a.range for a in self.hub.log if "/cdn/" in a.path], ["bytes=131072-"])

    def test_reports_an_unwritable_cache(self):
        self.cache.write_text("a file")
        self.assertIn("cannot make the folder", self.expect_error("org/name", {}))

    # Concurrent processes.

    def test_concurrent_pulls_download_each_file_once(self):
        self.hub.bytes_per_second = 600_000
        running = [self.start("pull", "org/name", "--json") for _ in range(4)]
        for process in running:
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
        self.check_pulled()
        self.assertEqual(len([a for a in self.hub.log if "/cdn/" in a.path]), 1)

    def test_waits_for_the_lock(self):
        lock = self.cache / ".locks/models--org--name" / (self.etag + ".lock")
        lock.parent.mkdir(parents=True)
        with open(lock, "w", encoding="utf-8") as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # like Python's filelock
            process = self.start("pull", "org/name")
            time.sleep(1)
            self.assertIsNone(process.poll())
            self.assertEqual([a for a in self.hub.log if "/cdn/" in a.path], [])
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.check_pulled()

    def test_keeps_lock_files(self):
        # If lock files were removed, two processes could hold the same lock.
        self.pull("org/name")
        self.assertTrue((self.cache / ".locks/models--org--name" / (self.etag + ".lock")).exists())


if __name__ == "__main__":
    unittest.main()
