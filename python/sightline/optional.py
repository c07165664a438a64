"""Packages that some modules need and the package itself does not."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["require"]


def require(module: str, package: str, what: str) -> Any:
    """Imports a module. Raises ImportError that names the package and what needs it if it is missing."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise  # the package is there, but one that it needs is not
        raise ImportError(f"{what} needs the package {package}: pip install {package}", name=module) from error
