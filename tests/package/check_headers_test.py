"""tools/check_headers.py reports functions that are declared in a header of another name, and no others:
each case is a small tree."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_headers.py"
HEADER = "#pragma once\nnamespace sightline {\nint width(int side);  // of {\n}\n"

# Case, files, and a part of the expected message (None: no violation).
CASES = [
    ("a header of another name", {
        "src/image/sizes.h": HEADER,
        "src/image/png.cpp": '#include "image/sizes.h"\nnamespace sightline {\nint width(int side) { return side; }\n}\n',
    }, "src/image/png.cpp: width is declared in src/image/sizes.h, expected src/image/png.h"),
    ("its own header", {
        "src/image/png.h": HEADER,
        "src/image/png.cpp": '#include "image/png.h"\nnamespace sightline {\nint width(int side) { return side; }\n}\n',
    }, None),
    ("a part or variant of the header's source", {
        "src/image/png.h": HEADER,
        "src/image/png_avx2.cpp": '#include "image/png.h"\nnamespace sightline {\nint width(int side) { return side; }\n}\n',
    }, None),
    ("a function of the same name that is local", {
        "src/image/png.h": HEADER,
        "src/image/gif.cpp": '#include "image/png.h"\nnamespace sightline {\nnamespace {\nint width(int side) { return side; }\n}\n'
                             "static int width(int side) { return side; }\n}\n",
    }, None),
    ("an overload, defined where the header's source defines its own", {
        "src/image/png.h": HEADER,
        "src/image/png.cpp": '#include "image/png.h"\nnamespace sightline {\nint width(int side) { return side; }\n}\n',
        "src/image/gif.cpp": '#include "image/png.h"\nnamespace sightline {\nint width(char c) { return c == \'{\'; }\n}\n',
    }, None),
    ("a call, a method and a default argument", {
        "src/image/sizes.h": HEADER,
        "src/image/gif.cpp": '#include "image/sizes.h"\nnamespace sightline {\nstruct Gif {\n  int width(int side) { return side; }\n};\n'
                             "int Gif::height(int side = {}) { return width(side); }\nconst int kWidth = width(3);\n}\n",
    }, None),
    ("a registry", {
        "cli/command.h": "namespace sightline {\nvoid add_bench(int app);\n}\n",
        "cli/bench.cpp": '#include "command.h"\nnamespace sightline {\nvoid add_bench(int app) {}\n}\n',
    }, None),
]

failures = 0
for what, files, expected in CASES:
    with tempfile.TemporaryDirectory() as root:
        for name, text in {"src/base/empty.h": "", **files}.items():
            path = pathlib.Path(root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)
    said = done.stdout + done.stderr
    good = (done.returncode == 0 and not said) if expected is None else (done.returncode == 1 and expected in said)
    if not good:
        failures += 1
        print(f"{what}: expected {expected!r}; exit code {done.returncode}, said:\n{said}")
print(f"{len(CASES) - failures} of {len(CASES)} cases pass")
sys.exit(1 if failures else 0)
