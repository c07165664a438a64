#!/usr/bin/env python3
"""Tests the manual pages that packaging/man.py writes from `sightline help --json`.

    man_test.py PROGRAM

groff and mandoc read them without a warning, where they are installed, and each option is on its command's page.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
MAN = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "man.py"


def options_of(command):
    for option in command["options"] + command["arguments"]:
        yield option["form"]
    for inner in command["commands"] if command["words"] else []:
        yield from options_of(inner)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = subprocess.run([PROGRAM, "help", "--json"], capture_output=True, check=True).stdout
        cls.tree = json.loads(text)
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        (cls.folder / "sightline-gone.1").write_text("of an earlier version")
        environment = dict(os.environ, SOURCE_DATE_EPOCH="86400")
        subprocess.run([sys.executable, MAN, cls.folder], input=text, check=True, env=environment)
        cls.pages = {path.name: path for path in cls.folder.glob("*.1")}

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_there_is_a_page_for_each_command(self):
        expected = {"sightline.1"} | {f"sightline-{command['words'][0]}.1" for command in self.tree["commands"]}
        self.assertEqual(set(self.pages), expected)

    def test_a_page_has_all_options(self):
        for command in [self.tree] + self.tree["commands"]:
            name = "-".join(["sightline"] + command["words"]) + ".1"
            page = self.pages[name].read_text()
            self.assertIn(" 1 1970-01-02 ", page)
            for mark in ("\\fB", "\\fI", "\\fR", "\\"):
                page = page.replace(mark, "")
            for form in options_of(command):
                self.assertIn("\n" + form, page, name)

    def warnings_of(self, command):
        """What a program prints about the pages."""
        return "".join(
            subprocess.run(command + [path], capture_output=True, text=True).stderr
            for path in sorted(self.pages.values()))

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_has_no_warnings(self):
        self.assertEqual(self.warnings_of(["groff", "-man", "-Tutf8", "-ww", "-z"]), "")

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_has_no_warnings(self):
        found = [subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], capture_output=True, text=True)
                 for path in sorted(self.pages.values())]
        self.assertEqual("".join(result.stdout + result.stderr for result in found), "")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
