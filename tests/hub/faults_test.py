"""What `sightline pull` does when the Hub, the network or the disk fail: it goes on where that can
help, and else says so in one sentence. What was downloaded is never lost, what is wrong never used.
"""
import fcntl
import os
import resource
import signal
import subprocess
import time
import unittest

import fake_hub
from fake_hub import cut, cut_anywhere, etag_of, lfs, redirect, resized, slow, stall, status
from harness import PROGRAM, WANTED, HubTest, noise, sample_model


class Faults(HubTest):
    def setUp(self):
        super().setUp()
        self.files = sample_model()
        self.repo = self.hub.add("org/name", self.files)
        self.etag = etag_of(self.files["model.safetensors"])

    def check_pulled(self):
        self.check_snapshot("org/name", {p: self.files[p] for p in WANTED})

    def part(self):
        return self.repo_folder("org/name") / "blobs" / (self.etag + ".incomplete")

    def check_nothing_bound(self):
        self.assertFalse((self.repo_folder("org/name") / "refs/main").exists())
        self.assertEqual(list((self.repo_folder("org/name") / "snapshots").glob("*")), [])

    # Passing failures.

    def test_cut_connections_are_continued_where_they_broke(self):
        self.hub.fault("/cdn/", cut(100_000))
        self.hub.fault("/cdn/", cut(50_000))
        self.pull("org/name")
        self.check_pulled()
        self.assertEqual([a.range for a in self.hub.log if "/cdn/" in a.path], [None, "bytes=100000-", "bytes=150000-"])

    def test_many_cuts_do_not_count_while_something_arrives(self):
        # Without a wait this would take a second a cut; waiting starts anew with every byte.
        self.hub.fault("tokenizer.json", cut(1500))
        for seed in range(6):
            self.hub.fault("/cdn/", cut_anywhere(seed))
        self.pull("org/name")
        self.check_pulled()

    def test_a_server_without_ranges_sends_the_whole_again(self):
        self.hub.fault("/cdn/", cut(100_000))
        self.hub.fault("/cdn/", fake_hub.no_ranges)
        self.pull("org/name")
        self.check_pulled()

    def test_too_many_requests_waits_as_long_as_asked(self):
        self.hub.fault("/tree/", status(429, {"Retry-After": "2"}))
        self.hub.fault("/cdn/", status(429, {"RateLimit": '"resolvers";r=0;t=1'}))
        begin = time.monotonic()
        self.pull("org/name")
        self.assertGreater(time.monotonic() - begin, 3)
        self.check_pulled()

    def test_too_many_requests_for_longer_than_anybody_waits(self):
        self.hub.fault("/tree/", status(429, {"Retry-After": "86400"}), times=9)
        message = self.pull_fails("org/name")
        self.assertIn("429", message)
        self.assertIn("86400 s", message)

    def test_a_server_that_fails_and_recovers(self):
        self.hub.fault("/revision/", status(503, {"Retry-After": "0"}))
        self.hub.fault("/tree/", status(500, {"Retry-After": "0"}), times=2)
        self.hub.fault("config.json", status(502, {"Retry-After": "0"}))
        self.hub.fault("/cdn/", status(504, {"Retry-After": "0"}))
        self.pull("org/name")
        self.check_pulled()

    def test_a_server_that_does_not_recover(self):
        self.hub.fault("/cdn/", status(503, {"Retry-After": "0"}), times=99)
        message = self.pull_fails("org/name")
        self.assertIn("503", message)
        self.assertIn("5 attempts", message)
        self.check_nothing_bound()

    def test_a_stalled_body_times_out_and_is_continued(self):
        self.hub.fault("/cdn/", stall(100_000, 30))
        begin = time.monotonic()
        self.pull("org/name", HF_HUB_DOWNLOAD_TIMEOUT="1")
        self.assertLess(time.monotonic() - begin, 20)
        self.check_pulled()

    def test_a_slow_body_is_waited_for(self):
        self.hub.fault("/cdn/", slow(150_000))
        self.pull("org/name", HF_HUB_DOWNLOAD_TIMEOUT="1")
        self.check_pulled()

    def test_nobody_there(self):
        self.hub.server.shutdown()
        self.hub.server.server_close()
        self.hub.server.shutdown = self.hub.server.server_close = lambda: None
        message = self.pull_fails("org/name", HF_HUB_DOWNLOAD_TIMEOUT="1")
        self.assertIn("connection to http://127.0.0.1", message)

    # Wrong content.

    def test_damaged_content_is_never_used(self):
        self.hub.fault("/cdn/", fake_hub.damaged)
        message = self.pull_fails("org/name")
        self.assertIn("wrong SHA-256", message)
        self.assertIn(self.etag, message)
        self.check_nothing_bound()
        self.assertFalse(self.part().exists())
        self.pull("org/name")
        self.check_pulled()

    def test_damaged_small_files_are_found_by_their_git_id(self):
        self.hub.fault("tokenizer.json", fake_hub.damaged)
        self.assertIn("wrong git object id", self.pull_fails("org/name"))
        self.check_nothing_bound()

    def test_a_damaged_beginning_is_thrown_away(self):
        self.part().parent.mkdir(parents=True)
        self.part().write_bytes(b"x" * 1000)
        self.pull("org/name")
        self.check_pulled()
        self.part().write_bytes(b"x" * 400_000)  # longer than the file: not even asked about
        os.unlink(self.part().with_suffix(""))
        self.pull("org/name")
        self.check_pulled()

    def test_a_blob_of_the_wrong_size_is_replaced(self):
        self.pull("org/name")
        self.part().with_suffix("").write_bytes(b"cut off")
        self.pull("org/name")
        self.check_pulled()

    def test_wrong_lengths(self):
        for change in (10, -10):
            self.hub.fault("/cdn/", resized(change))
            message = self.pull_fails("org/name")
            self.assertIn("should have 300000 bytes, but the server sends " + str(300000 + change), message)
        self.check_nothing_bound()

    def test_endless_bodies_end_at_the_announced_size(self):
        self.hub.fault("/cdn/", fake_hub.endless)
        self.assertIn("goes on sending", self.pull_fails("org/name"))
        self.assertLess(self.hub.endless_sent, 1 << 26)
        self.check_nothing_bound()
        self.assertFalse(self.part().exists())

    def test_endless_listings_end(self):
        self.hub.fault("/tree/", lambda handler, _: fake_hub.endless(handler, b"["))
        self.assertIn("more than 67.1 MB", self.pull_fails("org/name"))

    def test_listings_that_make_no_sense(self):
        good = fake_hub.tree(self.files)
        cases = [("not valid JSON", lambda e: None), ("\"sha\"", None), ("lacks a field", lambda e: [{"type": "file"}]),
                 ("object id", lambda e: e + [{"type": "file", "path": "x", "size": 1, "oid": "../../../x"}]),
                 ("object id", lambda e: e + [{"type": "file", "path": "x", "size": 1, "oid": "A" * 40}]),
                 ("impossible size", lambda e: e + [{"type": "file", "path": "x", "size": -1, "oid": "a" * 40}]),
                 ("impossible size", lambda e: e + [{"type": "file", "path": "x", "size": 1 << 60, "oid": "a" * 40}]),
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

    def test_hostile_file_names_are_refused(self):
        for name in ("../x.json", "a/../../x.json", "/etc/x.json", "a//x.json", "./config.json", "a\0.json", "..", "",
                     "a\\..\\..\\x.json", "x" * 300 + ".json", "a/" * 600 + "x.json", "a\n.json"):
            with self.subTest(name[:20]):
                self.repo.entries = [{"type": "file", "path": name, "size": 1, "oid": "a" * 40}]
                self.assertIn("refused, the file name", self.pull_fails("org/name"))
        self.assertFalse(self.cache.exists())

    def test_hostile_shards_are_refused(self):
        self.hub.add("org/shards", {"model.safetensors.index.json": b'{"weight_map": {"a": "../../x.safetensors"}}'})
        self.assertIn("refused, the file name", self.pull_fails("org/shards"))

    def test_redirects_in_circles_and_to_other_things(self):
        for where, expected in (("/org/name/resolve/main/again", "more than 10 redirects"), ("file:///etc/passwd", "no web address"),
                                ("ftp://localhost/x", "no web address")):
            self.hub.fault("/resolve/", redirect(where), times=999)
            message = self.pull_fails("org/name")
            self.assertIn(expected, message)
            self.hub.clear()

    # Refusals.

    def test_refusals_say_what_to_do(self):
        self.hub.add("org/private", self.files, private=True)
        self.hub.add("org/gated", self.files, gated="auto")
        self.hub.add("org/closed", self.files, gated="closed")
        cases = [("org/unknown", {}, ["knows no model 'org/unknown'", "set HF_TOKEN"]),
                 ("org/unknown", {"HF_TOKEN": "hf_secret"}, ["the token in use"]),
                 ("org/private", {}, ["private", "set HF_TOKEN"]),
                 ("org/private", {"HF_TOKEN": "hf_wrong"}, ["does not accept the token"]),
                 ("org/gated", {}, ["gated", "/org/gated", "set HF_TOKEN"]),
                 ("org/closed", {"HF_TOKEN": "hf_secret"}, ["gated", "accept its terms"])]
        for name, environment, expected in cases:
            with self.subTest(name):
                message = self.pull_fails(name, "--dry-run", **environment) if "gated" not in expected[0] else self.refused(name, environment)
                for text in expected:
                    self.assertIn(text, message)
                self.assertNotIn("hf_", message.replace("HF_", ""))
        self.pull("org/private", HF_TOKEN="hf_secret")
        self.pull("org/gated", HF_TOKEN="hf_secret")

    def refused(self, name, environment):
        done = self.run_program("pull", name, **environment)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        return done.err

    def test_a_file_that_is_gone_is_noted_as_python_notes_it(self):
        del self.repo.commits[self.repo.branches["main"]]["merges.txt"]
        self.repo.entries = fake_hub.tree(self.files)
        self.assertIn("'merges.txt'", self.refused("org/name", {}))
        self.assertTrue((self.repo_folder("org/name") / ".no_exist" / self.repo.branches["main"] / "merges.txt").exists())

    # Disk.

    def test_a_full_disk(self):
        mount = self.folder / "small"
        mount.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", mount],
                                               stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("a small file system needs root and mount")
        self.addCleanup(subprocess.run, ["umount", mount], check=False)
        self.cache = mount / "hub"
        message = self.refused("org/name", {})
        self.assertIn("free, the pull needs 30", message)
        self.assertIn("HF_HUB_CACHE", message)

    def test_a_disk_that_fills_up_meanwhile(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (131072, 131072))
        done = subprocess.run([PROGRAM, "pull", "org/name", "--json"], env=self.environment(), preexec_fn=limit,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is kept for the next pull", done.stderr)
        self.assertEqual(self.part().stat().st_size, 131072)
        self.check_nothing_bound()
        self.hub.clear()
        self.pull("org/name")
        self.check_pulled()
        self.assertEqual([a.range for a in self.hub.log if "/cdn/" in a.path], ["bytes=131072-"])

    def test_a_cache_that_cannot_be_written(self):
        self.cache.write_text("a file")
        self.assertIn("cannot make the folder", self.refused("org/name", {}))

    # Others at the same time.

    def test_many_processes_pull_the_same_at_once(self):
        self.hub.bytes_per_second = 600_000
        running = [self.start("pull", "org/name", "--json") for _ in range(4)]
        for process in running:
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
        self.check_pulled()
        self.assertEqual(len([a for a in self.hub.log if "/cdn/" in a.path]), 1)

    def test_waits_for_whoever_holds_the_lock(self):
        lock = self.cache / ".locks/models--org--name" / (self.etag + ".lock")
        lock.parent.mkdir(parents=True)
        with open(lock, "w", encoding="utf-8") as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # as Python's filelock does
            process = self.start("pull", "org/name")
            time.sleep(1)
            self.assertIsNone(process.poll())
            self.assertEqual([a for a in self.hub.log if "/cdn/" in a.path], [])
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.check_pulled()

    def test_the_locks_are_left_where_they_are(self):
        # Removing a lock file lets two processes hold "the" lock.
        self.pull("org/name")
        self.assertTrue((self.cache / ".locks/models--org--name" / (self.etag + ".lock")).exists())


if __name__ == "__main__":
    unittest.main()
