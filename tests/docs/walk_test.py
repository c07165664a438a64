"""Runs every command and snippet of the documents and of every --help, in order, in a clean copy of the
repository, as a newcomer would: walk_test.py SOURCE BUILD COMPILER FEATURES (from CMake).

README.md first, then the other documents, then the examples of --help. Fails if a command fails, if a
file that a command is told to write is missing, if a fenced block has no known info string, if a link
leads nowhere, or if the walk leaves files that git does not ignore. Blocks that are not run are listed
with their reasons. DOCUMENTS=README.md,docs/models.md walks through these documents only.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import documents
import json_keys
import prose
from clean_copy import CleanCopy, FakeHub, git
from documents import DocumentError

# make does not configure and compile: the build is the one under test.
MAKE = 'make() { command make -o deps-demo -o deps -o configure -o build "$@"; }\n'
# Examples of --help that are not run: a pattern of the line, the feature without which it is not run
# (None: never), and why.
SKIPPED_EXAMPLES = [
    (r"sightline train --from", None, "trains for minutes"),
    (r"sightline train recipes/", None, "trains a model for an hour"),
    (r"build/deps/pictures/", None, "needs packages of the npm registry"),
    (r"sightline dataset drawings build/", None, "draws for up to a minute"),
    (r"sightline serve", None, "runs until it is stopped"),
    (r"sightline feedback use", None, "needs a correction, which is learned from judgements of hundreds of queries"),
    (r"sightline library drop", None, "needs a second model, which the example of 'library migrate' makes later"),
    (r"sightline reproduce|\.parquet\b|reach-vb/", "parquet", "this build does not support Parquet"),
]
LIMIT_SECONDS = 1200  # of one document, on a busy machine


class Walk:
    def __init__(self, copy, hub, compiler, features):
        self.copy, self.hub = copy, hub
        self.compiler, self.features = compiler, features
        self.faults, self.skipped, self.commands, self.snippets = [], [], 0, 0
        self.prefix = None

    def fault(self, where, what):
        self.faults.append(f"{where}: {what}")

    # One document.

    def document(self, name):
        began = time.monotonic()
        text = (self.copy.root / name).read_text()
        try:
            blocks = documents.blocks_of(name, text)
        except DocumentError as error:
            self.faults.append(str(error))
            return
        shell, run = [], []
        for block in blocks:
            reason = documents.skip_reason(block, self.features)
            if reason:
                count = len(documents.commands_of(block.content)) if block.language == "sh" else 0
                what = f"{count} commands" if count else "a snippet"
                self.skipped.append(f"{name}:{block.line}: {what}: {reason}")
                if block.language == "sh":
                    self.check_skipped(block)
            elif block.language == "sh":
                shell.append(block)
            elif block.language in ("json", "jsonl"):
                self.parsed(block)
            else:
                run.append(block)
        if shell:
            self.run_shell(name, shell)
        for block in run:
            if block.language == "cpp":
                self.run_program(block)
            elif block.language == "c":
                self.run_c_program(block)
            elif block.language == "python":
                self.run_python(block)
        if name == json_keys.DOCUMENT:
            self.check_json_keys(text)
        for fault in (prose.link_faults(self.copy.root / name) + prose.path_faults(text, self.copy.root)
                      + prose.inline_faults(text, self.helps)):
            self.fault(name, fault)
        if shell:
            print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)

    def check_json_keys(self, text):
        faults, compared = json_keys.faults_of(text, self.copy.root)
        self.faults += faults
        with_json = [" ".join(command) for command, help_text in self.helps.items() if "--json" in help_text]
        documented = [command for command, _, _ in json_keys.sections_of(text)]
        for command in sorted(set(with_json) - set(documented)):
            self.fault(f"sightline {command}", f"--json is not described in {json_keys.DOCUMENT}")
        print(f"{json_keys.DOCUMENT}: keys of {compared} commands compared")

    def parsed(self, block):
        try:
            documents.check_json(block)
            if block.rest:
                self.place(block.rest).write_text("\n".join(block.content) + "\n")
            self.snippets += 1
        except DocumentError as error:
            self.faults.append(str(error))

    def run_shell(self, name, blocks):
        """Runs the blocks in one shell, each at its line of the document, so that errors have its numbers."""
        lines = [""] * (blocks[-1].line + len(blocks[-1].content))
        for block in blocks:
            lines[block.line - 1:block.line - 1 + len(block.content)] = block.content
        script = self.copy.folder / "script.sh"
        # The first line of a document is never in a block.
        lines[0] = "set -eE -o pipefail; trap 'echo \"line $LINENO: exit code $?: $BASH_COMMAND\" >&9' ERR; " + MAKE.strip()
        script.write_text("\n".join(lines) + "\n")
        if not self.bash(name, script):
            return
        for block in blocks:
            for command in documents.commands_of(block.content):
                self.commands += 1
                for path in documents.outputs_of(command):
                    if not self.place(path).exists():
                        self.fault(f"{name}:{block.line}", f"'{path}' is missing after: {shlex.join(command)}")

    def place(self, path):
        return self.copy.root / path.replace("~", str(self.copy.home), 1)

    def bash(self, where, script):
        reasons = self.copy.folder / "failed.txt"
        log = self.copy.folder / "log.txt"
        with open(log, "w") as out, open(reasons, "w") as failed:
            command = ["bash", "-c", 'exec 9>&"$1"; exec bash "$2"', "bash", str(failed.fileno()), str(script)]
            try:
                status = subprocess.run(command, cwd=self.copy.root, env=self.copy.environment(self.hub), stdin=subprocess.DEVNULL,
                                        stdout=out, stderr=subprocess.STDOUT, pass_fds=[failed.fileno()],
                                        timeout=LIMIT_SECONDS).returncode
            except subprocess.TimeoutExpired:
                status = "a time of more than 20 minutes"
        if status != 0:
            reason = reasons.read_text().split("\n")[0] or f"ended with {status}"
            tail = "\n    ".join(log.read_text(errors="replace").splitlines()[-12:])
            self.fault(where, f"{reason}\n    {tail}")
        return status == 0

    def check_skipped(self, block):
        """Checks what can be checked of commands that are not run: targets, scripts and options exist."""
        for command in documents.commands_of(block.content):
            where = f"{block.document}:{block.line}"
            command = [word for word in command if not re.fullmatch(r"[A-Z_]+=.*", word)] or command
            if command[0] == "make":
                done = subprocess.run(["make", "-n", *command[1:]], cwd=self.copy.root, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, text=True, env=self.copy.environment(self.hub))
                if done.returncode != 0:
                    self.fault(where, f"'{shlex.join(command)}': {done.stderr.strip()}")
            script = next((word for word in command[:2] if re.match(r"(tools|bench)/", word)), None)
            if script and not (self.copy.root / script).exists():
                self.fault(where, f"'{script}' does not exist")
            self.faults += [f"{where}: {fault}" for fault in prose.option_faults(command, self.helps)]

    # Snippets.

    def run_program(self, block):
        """Compiles a C++ program in examples/consumer_project with the installed library, which is found
        as in /usr/local, and runs it in the copy, and where there is no model: it may not abort."""
        where = f"{block.document}:{block.line}"
        project = self.copy.folder / f"project-{self.snippets}"
        shutil.copytree(self.copy.root / "examples/consumer_project", project)
        (project / "main.cpp").write_text("\n".join(block.content) + "\n")
        # With the build folder in PATH, as the README advises.
        environment = self.copy.environment(self.hub)
        environment["PATH"] = f"{self.copy.root / 'build'}:{environment['PATH']}"
        configure = ["cmake", "-S", project, "-B", project / "out", f"-DCMAKE_INSTALL_PREFIX={self.installed()}",
                     f"-DCMAKE_CXX_COMPILER={self.compiler}"]
        for command in (configure, ["cmake", "--build", project / "out"], [project / "out/consumer"]):
            if not self.run_step(where, command, environment):
                return
        if not self.run_step(where, [project / "out/consumer"], environment, cwd=self.copy.folder, expected=1):
            return
        self.snippets += 1

    def run_c_program(self, block):
        """The same for a C program, which pkg-config tells about the installed library."""
        where = f"{block.document}:{block.line}"
        program = self.copy.folder / f"program-{self.snippets}"
        program.with_suffix(".c").write_text("\n".join(block.content) + "\n")
        package = next(self.installed().rglob("sightline_c.pc"))
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", package], check=True, stdout=subprocess.PIPE, text=True).stdout
        environment = self.copy.environment(self.hub, LD_LIBRARY_PATH=str(package.parents[1]))
        compile_it = ["cc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-missing-field-initializers",
                      program.with_suffix(".c"), *shlex.split(flags), "-o", program]
        if (self.run_step(where, compile_it, environment) and self.run_step(where, [program], environment)
                and self.run_step(where, [program], environment, cwd=self.copy.folder, expected=1)):
            self.snippets += 1

    def run_step(self, where, command, environment, cwd=None, expected=0):
        done = subprocess.run(command, cwd=cwd or self.copy.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != expected:
            self.fault(where, f"{shlex.join(map(str, command))}: exit code {done.returncode}, expected {expected}\n    {done.stdout[-2000:]}")
        return done.returncode == expected

    def installed(self):
        if self.prefix is None:
            self.prefix = self.copy.folder / "prefix"
            subprocess.run(["cmake", "--install", self.copy.root / "build", "--prefix", self.prefix], check=True,
                           stdout=subprocess.DEVNULL)
        return self.prefix

    def run_python(self, block):
        where = f"{block.document}:{block.line}"
        source = "\n".join(block.content)
        imports = "\n".join(line for line in block.content if re.match(r"(import|from) ", line))
        environment = self.copy.environment(self.hub)
        done = subprocess.run(["python3", "-c", imports], env=environment, stderr=subprocess.PIPE, text=True)
        if "ModuleNotFoundError" in done.stderr:
            self.skipped.append(f"{where}: {done.stderr.strip().splitlines()[-1]}")
        elif self.run_step(where, ["python3", "-c", source], environment):
            self.snippets += 1

    # --help.

    def examples(self):
        began = time.monotonic()
        for command, text in sorted(self.helps.items(), key=lambda item: (item[0] != ("index",), item[0])):  # makes build/library
            lines = documents.examples_of(text)
            where = f"sightline {' '.join((*command, '--help'))}"
            if command and not lines:
                self.fault(where, "has no example")
            run = []
            for line in lines:
                reason = next((reason for pattern, feature, reason in SKIPPED_EXAMPLES
                               if re.search(pattern, line) and feature not in self.features), None)
                if reason:
                    self.skipped.append(f"{where}: {line}: {reason}")
                    self.faults += [f"{where}: {fault}" for fault in prose.option_faults(shlex.split(line), self.helps)]
                else:
                    run.append(line)
            if run:
                self.run_examples(where, run)
        print(f"--help: {time.monotonic() - began:.1f} s", flush=True)

    def run_examples(self, where, lines):
        script = self.copy.folder / "script.sh"
        script.write_text("set -eE -o pipefail; trap 'echo \"exit code $?: $BASH_COMMAND\" >&9' ERR; export PATH=$PWD/build:$PATH\n"
                          + "\n".join(lines) + "\n")
        if not self.bash(where, script):
            return
        for command in documents.commands_of(lines):
            self.commands += 1
            for path in documents.outputs_of(command):
                if not self.place(path).exists():
                    self.fault(where, f"'{path}' is missing after: {shlex.join(command)}")

    # All of it.

    def run(self, names):
        self.helps = documents.help_texts(self.copy.root / "build/sightline")
        for name in names:
            self.document(name)
        self.examples()
        left = self.copy.untracked()
        if left:
            self.fault("git status --porcelain", f"the walk left files that git does not ignore:\n{left}")


def documents_of(root):
    """README.md first, then the other documents of the repository except its history."""
    names = [name for name in git(root, "ls-files", "-z", "*.md").split("\0") if name and name != "CHANGELOG.md"]
    chosen = os.environ.get("DOCUMENTS")
    if chosen:
        return [name for name in chosen.split(",")]
    return sorted(names, key=lambda name: (name != "README.md", not name.startswith("docs/"), name))


def main():
    source, build, compiler, features = sys.argv[1:5]
    if not (pathlib.Path(source) / ".git").exists() or not shutil.which("git"):
        print("skipped: the walk needs git and the repository")
        return 0
    with tempfile.TemporaryDirectory(prefix="sightline-walk-") as folder, FakeHub() as hub:
        copy = CleanCopy(source, build, folder)
        copy.fill_hub(hub, "parquet" in features.split(","))
        available = set(features.split(","))
        if (copy.root / "build/deps/all-MiniLM-L6-v2/complete").exists():
            available.add("textmodel")
        walk = Walk(copy, hub, compiler, available)
        walk.run(documents_of(copy.root))
    print(f"{walk.commands} commands and {walk.snippets} snippets; not run: {len(walk.skipped)}")
    for line in walk.skipped:
        print(f"  not run: {line}")
    for line in walk.faults:
        print(f"FAULT {line}")
    return 1 if walk.faults else 0


if __name__ == "__main__":
    sys.exit(main())
