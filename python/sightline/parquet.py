"""Parquet and Arrow data sets: the library's plugin uses the Arrow library inside the package pyarrow.

A wheel without Arrow is about 20 MB smaller. The plugin needs the version that it was built with.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import UnsupportedError

__all__: list[str] = []


@functools.cache
def _libraries() -> list[str]:
    """Returns the names of the Arrow libraries, which the build wrote next to the plugin; else empty."""
    listed = Path(__file__).parent / "lib" / "arrow_libraries.txt"
    return listed.read_text().split() if listed.exists() else []


@functools.cache
def _load() -> None:
    """Loads pyarrow's libraries, by whose names the plugin then finds them, if they have its version."""
    spec = importlib.util.find_spec("pyarrow")
    if spec is None or spec.origin is None:
        return
    files = [Path(spec.origin).parent / name for name in _libraries()]
    if all(file.exists() for file in files):
        for file in files:
            ctypes.CDLL(str(file), mode=ctypes.RTLD_GLOBAL)


@contextmanager
def arrow() -> Iterator[None]:
    """Makes Arrow available to the calls inside.

    Raises:
        UnsupportedError: They need Arrow, and pyarrow is not installed in the right version.
    """
    if not _libraries():  # the plugin finds Arrow itself
        yield
        return
    _load()
    try:
        yield
    except UnsupportedError as error:
        version = re.search(r"lib(?:arrow|parquet)\.so\.(\d+)00", str(error))
        if version is None:
            raise
        raise UnsupportedError(
            f"Parquet and Arrow data sets need pyarrow {version[1]}: pip install 'pyarrow=={version[1]}.*'"
        ) from error
