#!/usr/bin/env python3
"""Tests packaging/wheel_documents.py on a small wheel with a library of Debian's zlib1g."""
import base64
import csv
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "wheel_documents.py"
INFO = "thing-1.2.dist-info"


def make_wheel(folder, library):
    path = folder / "thing-1.2-py3-none-any.whl"
    files = {"thing/__init__.py": b"", f"thing.libs/{library}": b"\x7fELF", f"{INFO}/METADATA": b"Name: thing\n"}
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
        wheel.writestr(f"{INFO}/RECORD", "".join(f"{name},,\n" for name in files) + f"{INFO}/RECORD,,\n")
    return path


def run(path):
    return subprocess.run([sys.executable, SCRIPT, path, "2026-01-31T00:00:00Z"], capture_output=True, text=True)


class WheelDocuments(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def test_licences_and_sbom_are_recorded(self):
        path = make_wheel(self.folder, "libz-0123abcd.so.1")
        for _ in range(2):  # the second time replaces what the first added
            said = run(path)
            self.assertEqual(said.returncode, 0, said.stderr)
        with zipfile.ZipFile(path) as wheel:
            names = wheel.namelist()
            self.assertEqual(len(names), len(set(names)))
            self.assertIn("Jean-loup Gailly", wheel.read(f"{INFO}/licenses/bundled/zlib1g.txt").decode())
            document = json.loads(wheel.read(f"{INFO}/sboms/sbom.spdx.json"))
            self.assertIn("libz-0123abcd.so.1", next(p for p in document["packages"] if p["name"] == "zlib1g")["comment"])
            rows = {row[0]: row for row in csv.reader(wheel.read(f"{INFO}/RECORD").decode().splitlines())}
            self.assertEqual(sorted(rows), sorted(names))
            for name in names:
                if rows[name][1]:
                    digest = hashlib.sha256(wheel.read(name)).digest()
                    self.assertEqual(rows[name][1], "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode())
            self.assertTrue(rows[f"{INFO}/sboms/sbom.spdx.json"][1])

    def test_an_unknown_library_is_refused(self):
        path = make_wheel(self.folder, "libunheardof-0123abcd.so.9")
        before = path.read_bytes()
        said = run(path)
        self.assertEqual(said.returncode, 1)
        self.assertIn("no Debian package owns libunheardof.so.9", said.stderr)
        self.assertEqual(path.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
