"""Writes the stub of the native module, python/sightline/_native.pyi: python_stub.py [--check], with build/python in
PYTHONPATH. With --check, exits with 1 if the file differs.
"""

import importlib
import pathlib
import sys

from nanobind.stubgen import StubGen

STUB = pathlib.Path(__file__).parents[1] / "python" / "sightline" / "_native.pyi"


def make() -> str:
    """Returns the stub, with the type arguments that mypy --strict needs."""
    generator = StubGen(importlib.import_module("sightline._native"))
    generator.put(generator.module)
    return generator.get().replace("os.PathLike", "os.PathLike[str]")


def main() -> int:
    text = make()
    if "--check" not in sys.argv:
        STUB.write_text(text)
        return 0
    if STUB.read_text() == text:
        return 0
    print("python/sightline/_native.pyi differs from the module: run tools/python_stub.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
