#!/usr/bin/env python3
"""abi.py reports changes of the ABI and nothing else: each case edits a copy of the headers, or leaves out
symbols of a library. abi_test.py HEADERS CC"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parent / "abi.py"
HEADERS, CC = pathlib.Path(sys.argv[1]), sys.argv[2]
MAP = HEADERS.parent / "sightline_c.map"

# Case; header, text and its replacement; a part of the expected message (None: no difference).
CASES = [
    ("nothing", "model.h", "", "", None),
    ("a comment", "model.h", "// 1\n", "// 2\n", None),
    ("the name of a parameter", "index.h", "int64_t row,", "int64_t number,", None),
    ("a function that is gone", "status.h", "SIGHTLINE_API const char* sightline_version(void);", "", "removed: function"),
    ("the type of a parameter", "index.h", "int64_t row,", "int32_t row,", "changed: function sightline_status sightline_index_vector"),
    ("const", "index.h", "const sightline_index* index, int64_t row", "sightline_index* index, int64_t row",
     "changed: function sightline_status sightline_index_vector"),
    ("the type that is returned", "status.h", "SIGHTLINE_API void sightline_failures_free",
     "SIGHTLINE_API int sightline_failures_free", "changed: function void sightline_failures_free"),
    ("a further parameter", "model.h", "sightline_model_free(sightline_model* model", "sightline_model_free(int a, sightline_model* model",
     "changed: function void sightline_model_free"),
    ("the value of a constant", "status.h", "SIGHTLINE_IO = 6", "SIGHTLINE_IO = 66", "changed: constant SIGHTLINE_IO 6"),
    ("a constant that is gone", "model.h", "SIGHTLINE_BACKEND_TORCH = 1", "SIGHTLINE_BACKEND_OTHER = 1",
     "removed: constant SIGHTLINE_BACKEND_TORCH"),
    ("the type of a value", "status.h", "typedef int32_t sightline_status;", "typedef int64_t sightline_status;",
     "changed: type sightline_status"),
    ("a callback", "status.h", "progress, void* user_data);\n", "progress, int user_data);\n", "changed: callback sightline_progress_fn"),
    ("a member of another type", "encoder.h", "int32_t width;", "uint32_t width;", "changed: member sightline_pixels.width"),
    ("another name of a member", "encoder.h", "int32_t width;", "int32_t columns;", "removed: member sightline_pixels.width"),
    ("a member in the middle", "search.h", "  int64_t rank;", "  int64_t new_member;\n  int64_t rank;", "changed: member sightline_hit.rank"),
    ("a member at the end of a struct that cannot grow", "encoder.h", "} sightline_pixels;", "  int64_t stride;\n} sightline_pixels;",
     "changed: struct sightline_pixels"),
    ("a member at the end of a struct that can", "search.h", "} sightline_hit;", "  int64_t more;\n} sightline_hit;",
     "added: member sightline_hit.more"),
    ("a new constant", "model.h", "SIGHTLINE_BACKEND_TORCH = 1", "SIGHTLINE_BACKEND_TORCH = 1, SIGHTLINE_BACKEND_NEW = 2",
     "added: constant SIGHTLINE_BACKEND_NEW"),
    ("a new function", "status.h", "SIGHTLINE_API const char* sightline_version(void);",
     "SIGHTLINE_API const char* sightline_version(void);\nSIGHTLINE_API int sightline_new(void);", "added: function int sightline_new"),
    ("padding at the end", "search.h", "} sightline_hit;", "  int32_t more;\n} sightline_hit;", "padding at the end of sightline_hit"),
]
# Additions, which `write` accepts.
ADDITIONS = ("added:",)


def library(folder, headers, without=""):
    """A library that exports what the headers declare, except one function."""
    text = "".join(re.sub(r"//.*", "", path.read_text()) for path in sorted(headers.glob("sightline_c/*.h")))
    names = sorted(set(re.findall(r"\b(sightline_\w+)\(", text)) - {without})
    source = folder / "stub.c"
    source.write_text("".join(f"void {name}(void) {{}}\n" for name in names))
    subprocess.run([CC, "-shared", "-fPIC", f"-Wl,--version-script={MAP}", "-o", folder / "stub.so", source], check=True)
    return folder / "stub.so"


def abi(action, file, headers, binary):
    done = subprocess.run([sys.executable, SCRIPT, action, file, headers, binary, CC], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def run(root, known, header, before, after, expected):
    """Returns why a case fails, or None."""
    headers = root / "headers"
    shutil.copytree(HEADERS, headers)
    path = headers / "sightline_c" / header
    text = path.read_text()
    if before not in text:
        return f"'{before}' is not in {header}"
    path.write_text(text.replace(before, after, 1))
    binary = library(root, headers)
    code, said = abi("check", known, headers, binary)
    if (code == 0) != (expected is None) or (expected or "") not in said:
        return f"expected {expected!r}; exit code {code}, said:\n{said}"
    written = root / "written.txt"
    shutil.copy(known, written)
    code, said = abi("write", written, headers, binary)
    may_write = expected is None or expected.startswith(ADDITIONS)
    if (code == 0) != may_write:
        return f"write: expected {'success' if may_write else 'a refusal'}; exit code {code}, said:\n{said}"
    if may_write and abi("check", written, headers, binary)[0] != 0:
        return "the written file differs from what it describes"
    return None


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        known = folder / "known.txt"
        code, said = abi("write", known, HEADERS, library(folder, HEADERS))
        assert code == 0, said
        cases = [(what, lambda root, rest=rest: run(root, known, *rest)) for what, *rest in CASES]

        def symbol_that_is_gone(root):
            code, said = abi("check", known, HEADERS, library(root, HEADERS, "sightline_hits_copy"))
            good = code == 1 and "removed: symbol sightline_hits_copy@@SIGHTLINE_C_0" in said
            return None if good else f"exit code {code}, said:\n{said}"

        cases.append(("a symbol that is gone", symbol_that_is_gone))
        for number, (what, case) in enumerate(cases):
            root = folder / str(number)
            root.mkdir()
            problem = case(root)
            if problem:
                failures += 1
                print(f"{what}: {problem}")
        print(f"{len(cases) - failures} of {len(cases)} cases pass")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
