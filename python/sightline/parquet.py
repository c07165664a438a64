"""Parquet and Arrow data sets: the library's plugin uses the Arrow library inside the package pyarrow.

A wheel without Arrow is 60 MB smaller. The plugin needs the version it was built with.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from pathlib import Path

__all__: list[str] = []


@functools.cache
def load_arrow() -> bool:
    """Loads pyarrow's libraries, by whose names the plugin then finds them. Returns whether they exist.

    Does nothing in a build whose plugin finds Arrow itself.
    """
    folder = Path(__file__).parent / "lib"
    needed = [line for line in _needed(folder) if line]
    spec = importlib.util.find_spec("pyarrow")
    if not needed or spec is None or spec.origin is None:
        return False
    files = [Path(spec.origin).parent / name for name in needed]
    if not all(file.exists() for file in files):
        return False
    for file in files:
        ctypes.CDLL(str(file), mode=ctypes.RTLD_GLOBAL)
    return True


def _needed(folder: Path) -> list[str]:
    """Returns the names of the Arrow libraries, which the build wrote next to the plugin."""
    listed = folder / "arrow_libraries.txt"
    return listed.read_text().split() if listed.exists() else []
