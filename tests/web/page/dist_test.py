#!/usr/bin/env python3
"""Tests that web/dist is the build of its sources: by their SHA-256, and by a build where Node is installed."""
import filecmp
import gzip
import hashlib
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

WEB = pathlib.Path(__file__).resolve().parents[3] / "web"
DIST = WEB / "dist"
FILES = ["app.css", "app.js", "icon.svg", "index.html", "sources.sha256"]
SINGLE_SOURCES = ["index.html", "package-lock.json", "package.json", "tsconfig.json", "vite.config.js"]
ADVICE = "run 'npm ci && npm run build' in web/"


def sources():
    below = [path for folder in ("public", "src") for path in (WEB / folder).rglob("*") if path.is_file()]
    return sorted([str(path.relative_to(WEB)) for path in below] + SINGLE_SOURCES)


class DistTest(unittest.TestCase):
    def test_sources_are_those_that_were_built(self):
        expected = "".join(f"{hashlib.sha256((WEB / name).read_bytes()).hexdigest()}  {name}\n" for name in sources())
        self.assertEqual((DIST / "sources.sha256").read_text(encoding="utf-8"), expected, f"web/dist is not up to date: {ADVICE}")

    def test_a_build_gives_the_committed_files(self):
        if not shutil.which("npx") or not (WEB / "node_modules/vite").exists():
            self.skipTest("Node or web/node_modules is missing; 'npm ci' in web/ installs them")
        with tempfile.TemporaryDirectory(prefix="sl_dist_") as scratch:
            copy = pathlib.Path(scratch) / "web"
            shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
            (copy / "node_modules").symlink_to(WEB / "node_modules")
            subprocess.run(["npm", "run", "--silent", "build"], cwd=copy, check=True, capture_output=True)
            self.assertEqual(sorted(path.name for path in (copy / "dist").iterdir()), FILES)
            _, different, missing = filecmp.cmpfiles(copy / "dist", DIST, FILES, shallow=False)
            self.assertEqual(different + missing, [], ADVICE)

    def test_it_is_small_and_complete(self):
        self.assertEqual(sorted(path.name for path in DIST.iterdir()), FILES)
        size = sum(len(gzip.compress((DIST / name).read_bytes())) for name in FILES if name != "sources.sha256")
        print(f"web/dist: {size} bytes compressed")
        self.assertLess(size, 60_000)

    def test_the_page_has_no_inline_scripts_or_styles_and_no_other_hosts(self):
        page = (DIST / "index.html").read_text(encoding="utf-8")
        self.assertEqual(re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page), [])
        for name in ("index.html", "app.js", "app.css", "icon.svg"):
            hosts = re.findall(r"https?://[\w.-]+", (DIST / name).read_text(encoding="utf-8"))
            self.assertEqual([host for host in hosts if host != "http://www.w3.org"], [], name)

    def test_nothing_is_parsed_as_html(self):
        for path in (WEB / "src").rglob("*.ts"):
            self.assertNotRegex(path.read_text(encoding="utf-8"), r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", path.name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
