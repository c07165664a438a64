#!/usr/bin/env python3
"""Kills the program, or fills the disk, at random points while it writes a library.

Each round changes a folder of images at random, runs a command on its library (index, index of a new
library, index --watch, library compact, migrate or drop) and ends the process by SIGKILL: at a random
time, at a random call that changes a file, or in the middle of a write (faults.cpp). In other rounds
all writes fail from a random call on, as on a full disk. After each of them:
  - `library check` finds no problem;
  - each image that was in the library and whose file did not change is found, with its vector;
  - what a command has reported is there;
  - nothing is there that no file contained;
  - the next `index` completes, finds every file, and leaves no files but the library's own.
At the end the vectors are compared with those of a new library.

    tests/library/crash_test.py build/sightline --faults build/tests/libfaults.so --kills 1000 --full 100
"""
import argparse
import collections
import json
import pathlib
import random
import shutil
import sys
import tempfile
import time

from image_folder import ImageFolder
from library_reader import Catalogue, cosine, files_of, read_vectors
from program_runs import Programs

MODELS = ["models/emoji-vit-8", "models/emoji-vit-16"]
SAME_COSINE = 1 - 1e-4  # of vectors of an image from two runs; those of two images are farther apart
DONE = (0, 3)           # exit codes; 3: some files could not be read
PHASES = {"index": 5, "create": 2, "watch": 3, "compact": 3, "migrate": 4, "drop": 1}  # weights
REASONS = {"full": ("No space left on device", "the disk is full"),
           "eio": ("Input/output error", "disk I/O error", "unable to open database file")}


class Failure(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Failure(text)


def objects(text):
    """Returns the JSON objects of a text; the last one may be incomplete."""
    out, decoder = [], json.JSONDecoder()
    text = text.strip()
    while text:
        try:
            value, end = decoder.raw_decode(text)
        except json.JSONDecodeError:
            break
        out.append(value)
        text = text[end:].strip()
    return out


class CrashTest:
    def __init__(self, options, folder):
        self.options, self.random = options, random.Random(options.seed)
        self.source = pathlib.Path(__file__).resolve().parents[2]
        self.library, self.scratch = folder / "library", folder
        self.images = ImageFolder(folder / "images", random.Random(options.seed + 1))
        self.programs = Programs(options.program, options.faults, folder, self.library)
        self.vectors = {}   # (model, content) -> vector
        self.before = {}    # path -> content of what was found before the round
        self.reported = {}  # path -> content that a command has reported in this round
        self.not_indexed = 0  # files without an item when the program begins to watch
        self.usual = {}     # phase -> calls and seconds of an undisturbed run
        self.doing = ""
        self.table = collections.defaultdict(collections.Counter)
        self.failures = []

    def model(self, number=0):
        return self.source / MODELS[number]

    def index_arguments(self, *more):
        return ["index", "--library", self.library, "--json", *more]

    # What must hold.

    def check(self):
        done = self.programs.plain("library", "check", "--library", self.library, "--json")
        try:
            problems = json.loads(done.stdout)["problems"]
        except (json.JSONDecodeError, KeyError):
            raise Failure(f"check: exit code {done.returncode}, {done.stderr.strip()}") from None
        expect(not problems and done.returncode == 0, f"check: {problems}")

    def compare_vectors(self, model, vectors):
        for content, vector in vectors.items():
            known = self.vectors.setdefault((model, content), vector)
            if vector != known:
                expect(cosine(vector, known, model[2]) > SAME_COSINE,
                       f"the image {content[:8]} has another vector of {model}")

    def compare_export(self, catalogue):
        """The program finds the same vectors."""
        npy = self.scratch / "export.npy"
        done = self.programs.plain("library", "export", "--library", self.library, "--out", npy)
        expect(done.returncode == 0, f"export: exit code {done.returncode}, {done.stderr.strip()}")
        exported = {catalogue.items.get(path): vector for path, vector in read_vectors(npy).items()}
        stored = catalogue.vectors(catalogue.active)
        expect(set(exported) == set(stored), "'library export' writes other images than the segments have")
        if catalogue.models[catalogue.active][2] == "fp32":
            expect(exported == stored, "'library export' writes other vectors than the segments have")

    def verify(self):
        """Checks the library after a fault; returns the catalogue, or nothing if there is no library."""
        if not (self.library / "catalogue.sqlite").exists():
            expect(not self.before and not self.reported, "there is no library")
            return None
        self.check()
        catalogue = Catalogue(self.library)
        vectors = catalogue.vectors(catalogue.active) if catalogue.active else {}
        found = catalogue.found()
        for path, content in found.items():
            expect(content in vectors, f"{path} cannot be found")
            expect(content in self.images.may_have(path) | {self.before.get(path)},
                   f"{path} is there with a content that it never had")
        if catalogue.active:
            self.compare_vectors(catalogue.models[catalogue.active], vectors)
        for path, content in self.reported.items():
            expect(found.get(path) == content, f"{path} was reported and is not found")
        for path, content in self.before.items():
            if self.images.may_have(path) == {content}:
                expect(found.get(path) == content, f"{path} was lost, although its file did not change")
            elif self.images.was_renamed_only(path, content):
                places = self.images.moved_through(path)
                expect(content in [found.get(place) for place in places],
                       f"{path} was lost when it was renamed to {places[-1]}")
        return catalogue

    def verify_complete(self):
        """Checks that the library has all files and nothing else."""
        catalogue = self.verify()
        expect(catalogue is not None, "there is no library")
        expected = self.images.files
        extra, missing = sorted(set(catalogue.items) - set(expected)), sorted(set(expected) - set(catalogue.items))
        expect(not extra and not missing, f"items without a file: {extra[:3]}; files without an item: {missing[:3]}")
        found = catalogue.found()
        for path, content in expected.items():
            wanted = None if content in self.images.broken else content
            expect(found.get(path) == wanted, f"{path} is not as its file")
        left = files_of(self.library, catalogue)
        expect(not left, f"files were left: {left[:5]}")
        if self.random.random() < 0.2:
            self.compare_export(catalogue)
        self.before = found

    def index_fully(self):
        arguments = [self.images.folder]
        if not (self.library / "catalogue.sqlite").exists() or not Catalogue(self.library).active:
            arguments += ["--model", self.model()]
        done = self.programs.plain(*self.index_arguments(*arguments))
        expect(done.returncode in DONE, f"the next index: exit code {done.returncode}, {done.stderr.strip()}")
        self.verify_complete()
        self.images.begin_round()

    # Rounds.

    def change_images(self, most):
        for _ in range(self.random.randrange(most)):
            self.images.step()

    def fill_to(self, count):
        while len(self.images.files) < count:
            self.images.add()

    def model_to_drop(self):
        """Returns a model that is not the active one; makes one if there is none."""
        catalogue = Catalogue(self.library)
        others = [str(number) for number in sorted(catalogue.models) if number != catalogue.active]
        if others:
            return self.random.choice(others)
        active = str(catalogue.active)
        other = self.model(1 if catalogue.models[catalogue.active][0] == str(self.model(0)) else 0)
        done = self.programs.plain("library", "migrate", "--library", self.library, "--model", other)
        expect(done.returncode in DONE, f"migrate: exit code {done.returncode}, {done.stderr.strip()}")
        return active

    def arguments_of(self, phase):
        if phase == "create":
            shutil.rmtree(self.library, ignore_errors=True)
            self.before = {}
        if phase in ("index", "create"):
            arguments = self.index_arguments(self.images.folder, "--batch-size", self.random.choice([4, 16, 32]))
            if phase == "create":
                arguments += ["--model", self.model(), "--store", self.random.choice(["fp32", "fp16"])]
            return arguments
        if phase == "watch":
            self.not_indexed = len(set(self.images.files) - set(Catalogue(self.library).items))
            return self.index_arguments("--watch")
        if phase == "migrate":
            arguments = ["library", "migrate", "--library", self.library, "--json", "--model"]
            return arguments + self.random.choice([[self.model(0)], [self.model(1)],
                                                   [self.model(0), "--precision", "bf16", "--store", "fp16"]])
        if phase == "drop":
            return ["library", "drop", "--library", self.library, self.model_to_drop()]
        return ["library", "compact", "--library", self.library]

    def watch_changes(self, process, out):
        """Changes files while the program watches; in some rounds, waits for reports of new ones."""
        def wait(seconds, until=lambda: False):
            end = time.monotonic() + seconds
            while process.poll() is None and time.monotonic() < end and not until():
                time.sleep(0.01)

        wait(10, lambda: self.programs.state.calls() > 0)
        if self.random.random() < 0.5:
            for _ in range(self.random.randrange(1, 5)):
                self.change_images(12)
                wait(self.random.uniform(0, 1))
            return
        new = {}

        def all_reported():
            added = sum(part["added"] for part in objects(out.read_text()))
            return added >= len(new) + self.not_indexed  # those of earlier rounds are reported too

        for _ in range(self.random.randrange(1, 4)):
            for path in [self.images.add(plain=True) for _ in range(self.random.randrange(1, 6))]:
                new[path] = self.images.files[path]
            wait(4, all_reported)
            if all_reported():
                self.reported.update(new)

    def start_phase(self, phase, fault):
        """Runs the command of a round with a fault."""
        arguments = self.arguments_of(phase)
        usual = self.usual.setdefault(phase, {"calls": 60, "seconds": 0.5})
        settings = {}
        if fault == "time" or phase == "watch":
            settings["kill_after"] = self.random.uniform(0, usual["seconds"])
        if fault != "time":
            settings["mode"] = fault
            settings["at"] = self.random.randint(1, max(10, int(1.1 * usual["calls"])))
        if phase in ("index", "create", "migrate"):
            settings["clock"] = self.random.choice([None, 10, 100])
        if phase == "watch":
            settings["meanwhile"] = self.watch_changes
        self.doing += " ".join([""] + [f"{key} {value}" for key, value in settings.items() if key != "meanwhile"])
        outcome = self.programs.run(arguments, **settings)
        if not outcome.fault and (not outcome.killed or phase == "watch"):
            usual["calls"] = (usual["calls"] + outcome.calls) / 2
            if phase != "watch":
                usual["seconds"] = (usual["seconds"] + outcome.seconds) / 2
        return outcome

    def expect_finished(self, phase, outcome):
        expect(outcome.code in DONE, f"exit code {outcome.code}, {outcome.err.strip()}")
        if phase in ("index", "create"):
            self.reported = {path: content for path, content in self.images.files.items()
                             if content not in self.images.broken}

    def expect_refused(self, fault, outcome):
        lines = outcome.err.strip().splitlines()
        expect(outcome.code == 1, f"exit code {outcome.code} after a failed write, {outcome.err.strip()}")
        expect(len(lines) == 1 and any(text in lines[0] for text in REASONS[fault]),
               f"call {outcome.fault} failed, and the message is: {outcome.err.strip()}")

    def round(self, phase, fault):
        self.reported = {}
        self.doing = f"{phase}, {fault}"
        if phase not in ("watch", "compact", "drop") and self.random.random() < 0.8:
            self.change_images(40)
        self.fill_to(30)
        outcome = self.start_phase(phase, fault)
        if outcome.killed:
            result = fault if outcome.fault else "time"
        elif not outcome.fault:
            result = "finished"
            self.expect_finished(phase, outcome)
        elif outcome.code in DONE:  # what failed came after the work, such as the removal of a file
            result = fault + ", finished"
            self.expect_finished(phase, outcome)
        else:
            result = fault
            self.expect_refused(fault, outcome)
        self.table[phase][result] += 1
        catalogue = self.verify()
        if self.random.random() < 0.25 and catalogue is not None and catalogue.active:
            self.before = catalogue.found()  # the next fault meets what this one has left
            self.images.begin_round()
        else:
            self.index_fully()

    def count(self, results):
        return sum(self.table[phase][result] for phase in PHASES for result in results)

    def start_again(self):
        shutil.rmtree(self.library, ignore_errors=True)
        self.before, self.reported = {}, {}
        self.images.begin_round()
        self.index_fully()

    def keep(self, number):
        if self.options.keep:
            shutil.copytree(self.library, pathlib.Path(self.options.keep) / f"failure-{number}", dirs_exist_ok=True)

    def rounds(self, faults, results, wanted):
        """Runs rounds until there were so many of these results."""
        begin, last = time.monotonic(), time.monotonic()
        while self.count(results) < wanted and len(self.failures) < self.options.most_failures:
            phase = self.random.choices(list(PHASES), PHASES.values())[0]
            fault = self.random.choice(faults)
            try:
                self.round(phase, fault)
            except Failure as failure:
                self.failures.append(f"{self.doing}: {failure}")
                self.table[phase]["failed"] += 1
                print(self.failures[-1], file=sys.stderr, flush=True)
                self.keep(len(self.failures))
                self.start_again()
            if time.monotonic() - last > 60:
                last = time.monotonic()
                print(f"{self.count(results)} of {wanted} after {last - begin:.0f} s", file=sys.stderr, flush=True)

    def compare_with_new_library(self):
        """A new library has the same vectors as all that were found before."""
        try:
            shutil.rmtree(self.library)
            self.before, self.reported = {}, {}
            self.images.begin_round()
            self.index_fully()
            for number in (1, 0):
                done = self.programs.plain("library", "migrate", "--library", self.library,
                                           "--model", self.model(number))
                expect(done.returncode in DONE, f"migrate: exit code {done.returncode}, {done.stderr.strip()}")
                self.verify_complete()
        except Failure as failure:
            self.failures.append(f"a new library: {failure}")
            print(self.failures[-1], file=sys.stderr)

    def run(self):
        self.fill_to(60)
        self.images.begin_round()
        self.index_fully()
        self.rounds(["kill", "kill", "tear", "time"], ["kill", "tear", "time"], self.options.kills)
        self.rounds(["full", "full", "eio"], ["full", "eio"], self.options.full)
        self.compare_with_new_library()

    def print_table(self):
        columns = ["kill", "tear", "time", "full", "full, finished", "eio", "eio, finished", "finished", "failed"]
        print("".join(["phase".ljust(10)] + [column.rjust(max(8, len(column) + 2)) for column in columns]))
        for phase in PHASES:
            print("".join([phase.ljust(10)] + [str(self.table[phase][column]).rjust(max(8, len(column) + 2))
                                               for column in columns]))
        kills, refused = self.count(["kill", "tear", "time"]), self.count(["full", "eio"])
        print(f"seed {self.options.seed}: {kills} kills, {refused} commands ended by a failed write, "
              f"{len(self.images.files)} files, {len(self.vectors)} vectors compared, {len(self.failures)} failures")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--faults", type=pathlib.Path, required=True, help="the library of faults.cpp")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--full", type=int, default=100, help="commands that are ended by a failed write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for copies of the libraries of failures")
    parser.add_argument("--most-failures", type=int, default=1, help="stop after so many")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sightline-crash-"))
    try:
        test = CrashTest(options, folder)
        try:
            test.run()
        finally:
            test.print_table()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if test.failures else 0


if __name__ == "__main__":
    sys.exit(main())
