#!/usr/bin/env python3
"""Tests the completion scripts that build/sightline prints, in the shells that are installed.

    completion_test.py PROGRAM

The options that must be completed are read from the help texts of all commands. Ends with "skipped:" lines for
shells that are not installed.
"""
import json
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import fcntl
import time
import unittest

PROGRAM = pathlib.Path(sys.argv[1]).resolve()

# The words after `sightline`, the last of which is completed, and all that is offered. "FILES" and "FOLDERS":
# the shell's own completion of names.
CASES = [
    ("eval --orientation ", ["upright", "stored"]),
    ("eval --model m --precision b", ["bf16"]),
    ("index --sto", ["--store"]),
    ("library comp", ["compact"]),
    ("feedback sim", ["simulate"]),
    ("help dataset conv", ["convert"]),
    ("completion f", ["fish"]),
    ("search --format paths", ["paths", "paths0"]),
    ("dataset convert --to we", ["webdataset"]),
    ("search --top-k ", []),
    ("serve --port ", []),
    ("encode --images ", "FILES"),
    ("search --model ", "FILES"),
    ("library info --library ", "FOLDERS"),
    ("eval --out ", "FOLDERS"),
    ("quantize ", "FILES"),
]


def run(arguments, **more):
    return subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=120, **more).stdout


def script(shell):
    return run([PROGRAM, "completion", shell])


def commands_of(tree):
    yield tree
    for inner in tree["commands"]:
        yield from commands_of(inner)


TREE = json.loads(run([PROGRAM, "help", "--json"]))
COMMANDS = list(commands_of(TREE))


def options_in_help(words):
    """The long and short options that the help text of a command lists."""
    names = set()
    for line in run([PROGRAM, *words, "--help"]).split("\n"):
        found = re.match(r"  (-\w, )?(-{1,2}[\w-]+)", line)
        if found:
            names |= {found[2]} | ({found[1][:2]} if found[1] else set())
    return names


HELP = {tuple(command["words"]): options_in_help(command["words"]) for command in COMMANDS}


class Description(unittest.TestCase):
    def test_has_the_commands_and_options_of_the_help_texts(self):
        self.assertGreater(len(COMMANDS), 30)
        for command in COMMANDS:
            names = {name for option in command["options"] for name in option["names"]}
            self.assertEqual(names, HELP[tuple(command["words"])], command["words"])

    def test_a_value_of_a_file_or_folder_is_known_as_such(self):
        for command in COMMANDS:
            for option in command["options"]:
                if re.search(r" (DIR|FILE\S*|PATH|MODEL|DATASET)$", option["form"]):
                    self.assertIn(option["value"], ("path", "folder"), (command["words"], option["form"]))


class Bash(unittest.TestCase):
    HARNESS = """
compopt() { echo "compopt $2"; }
offer() {  # WORD... - as readline splits them
  COMP_WORDS=(sightline "$@") COMP_CWORD=$#
  _sightline
  printf '%s\\n' "${COMPREPLY[@]}"
  echo ENDED
}
"""

    def offers(self, lines):
        """What bash offers for each line: names, FILES or FOLDERS."""
        calls = []
        for line in lines:
            words = [part for word in line.split(" ") for part in re.split(r"(=)", word) if part or word == ""]
            calls.append("offer " + " ".join(shlex.quote(word) for word in words))
        out = run(["bash", "--norc", "-c", script("bash") + self.HARNESS + "\n".join(calls)])
        found = []
        for part in out.split("ENDED\n")[:-1]:
            names = [name for name in part.split("\n") if name]
            if "compopt default" in names:
                found.append("FILES")
            elif "compopt dirnames" in names:
                found.append("FOLDERS")
            else:
                found.append([name for name in names if not name.startswith("compopt")])
        self.assertEqual(len(found), len(lines), out)
        return found

    def test_completes_every_option(self):
        words = [" ".join(words) for words in HELP]
        offers = self.offers([f"{word} -".strip() for word in words])
        for word, offered in zip(words, offers):
            self.assertEqual(set(offered), HELP[tuple(word.split())], word)

    def test_completes_every_command(self):
        for command in COMMANDS:
            if command["commands"]:
                names = [inner["words"][-1] for inner in command["commands"]]
                self.assertEqual(self.offers([" ".join(command["words"] + [""])])[0], names)

    def test_completes_values(self):
        for (line, expected), offered in zip(CASES, self.offers([line for line, _ in CASES])):
            self.assertEqual(offered, expected, line)

    def test_knows_values_lists_and_equal_signs(self):
        cases = [
            ("search --library dataset --js", ["--json"]),   # a value that is the name of a command
            ("eval --orientation=up", ["upright"]),
            ("eval --orientation=", ["upright", "stored"]),
            ("search --preview=s", ["sixel"]),
            ("search --preview --js", ["--json"]),           # a value is given only after '='
            ("search --model text=models/a,image=b", "FILES"),
            ("eval --precision fp32,b", ["fp32,bf16"]),
            ("eval --noise typos,drop", ["typos,dropped-words"]),
            ("dataset convert in ", "FILES"),
            ("quantize one ", []),
            ("index -- --js", "FILES"),
        ]
        for (line, expected), offered in zip(cases, self.offers([line for line, _ in cases])):
            self.assertEqual(offered, expected, line)


class Fish(unittest.TestCase):
    def offers(self, lines, folder):
        path = pathlib.Path(folder) / "sightline.fish"
        path.write_text(script("fish"))
        calls = "\n".join(f"complete -C 'sightline {line}'; echo ENDED" for line in lines)
        environment = dict(os.environ, HOME=folder, XDG_CONFIG_HOME=folder, XDG_DATA_HOME=folder)
        out = run(["fish", "--no-config", "-c", f"source {path}\n{calls}"], cwd=folder, env=environment)
        return [[line.split("\t")[0] for line in part.split("\n") if line] for part in out.split("ENDED\n")[:-1]]

    def test_completes_every_option(self):
        with tempfile.TemporaryDirectory() as folder:
            words = [" ".join(words) for words in HELP]
            offers = self.offers([f"{word} --".strip() for word in words], folder)
            for word, offered in zip(words, offers):
                expected = {name for name in HELP[tuple(word.split())] if name.startswith("--")}
                self.assertEqual({name for name in offered if name != "--"}, expected, word)

    def test_completes_values_and_files(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a.npy", "b.txt"):
                (pathlib.Path(folder) / name).touch()
            (pathlib.Path(folder) / "inner").mkdir()
            offers = self.offers([line for line, _ in CASES], folder)
            for (line, expected), offered in zip(CASES, offers):
                offered = sorted(name for name in offered if not name.startswith("sightline.fish"))
                if expected == "FILES":
                    self.assertLessEqual({"a.npy", "b.txt", "inner/"}, set(offered), line)
                elif expected == "FOLDERS":
                    self.assertIn("inner/", offered, line)
                    self.assertNotIn("a.npy", offered, line)
                else:
                    self.assertEqual(offered, sorted(expected), line)


class Zsh(unittest.TestCase):
    """zsh completes only on a terminal: a line and a tab are typed, and the screen is read."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.folder.name)
        (path / "_sightline").write_text(script("zsh"))
        for name in ("a.npy", "b.txt"):
            (path / name).touch()
        (path / "inner").mkdir()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(path)
            os.execvpe("zsh", ["zsh", "-f", "-i"], dict(os.environ, TERM="dumb", ZDOTDIR=str(path), PS1="READY> "))
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 500, 250, 0, 0))
        self.type("unsetopt beep auto_menu; LISTMAX=1000; fpath=($PWD $fpath)\n")
        self.type("autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' verbose no; PS1='READY'; echo LOADED\n")
        self.wait_for("LOADED\r")

    def tearDown(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)
        self.folder.cleanup()

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read(self, quiet_s):
        text = ""
        while select.select([self.terminal], [], [], quiet_s)[0]:
            text += os.read(self.terminal, 65536).decode(errors="replace")
        return text

    def wait_for(self, word, limit_s=60):
        text, end = "", time.monotonic() + limit_s
        while word not in text:
            self.assertLess(time.monotonic(), end, f"zsh did not print {word!r}: {text!r}")
            text += self.read(0.1)
        return text

    def screen_after(self, line, enough, limit_s=30):
        """What zsh prints after LINE and a tab: the completed line, or the list of matches."""
        self.read(0.2)
        self.type(f"sightline {line}\t")
        text, end = "", time.monotonic() + limit_s
        while time.monotonic() < end and not enough(text):
            text += self.read(0.3)
        self.type("\x15")  # clears the line
        return text

    def test_lists_every_option(self):
        for words, names in HELP.items():
            long = {name for name in names if name.startswith("--")}
            if len(long) == 1:  # is inserted
                continue
            shown = lambda text: set(re.findall(r"--[\w-]+", text))
            screen = self.screen_after(" ".join(words + ("--",)), lambda text: long <= shown(text))
            self.assertLessEqual(long, shown(screen), (words, screen))

    def test_completes_values(self):
        for line, expected in [("eval --orientation ", ["upright", "stored"]), ("library comp", ["act"]),
                               ("search --format ", ["table", "paths0"]), ("quantize ", ["a.npy", "b.txt"]),
                               ("eval --out ", ["inner"]), ("completion f", ["ish"])]:
            screen = self.screen_after(line, lambda text: all(word in text for word in expected))
            for word in expected:
                self.assertIn(word, screen, line)
            if line == "eval --out ":
                self.assertNotIn("a.npy", screen)


def main():
    shells = [("bash", Bash), ("fish", Fish), ("zsh", Zsh)]
    suite = unittest.TestSuite()
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    suite.addTests(load(Description))
    absent = []
    for name, cases in shells:
        if shutil.which(name):
            suite.addTests(load(cases))
        else:
            absent.append(name)
    good = unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful()
    for name in absent:
        print(f"  not run: completion in {name}, which is not installed")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
