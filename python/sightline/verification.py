"""Verification that a model computes the results of its reference implementation on this machine."""

from __future__ import annotations

import json
import os
from typing import Any

from . import _native, html
from .model import PathLike
from .progress import Progress, receiver

__all__ = ["Certificate", "verify"]


class Certificate:
    """What verify() measured; docs/formats/verify.md describes the JSON that it wraps."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def stages(self) -> list[dict[str, Any]]:
        """One entry for each stage and reference: name, status, largest error, tolerance."""
        return list(self._data["stages"])

    @property
    def passed(self) -> bool:
        """Whether no stage is out of tolerance."""
        return all(stage["status"] != "failed" for stage in self.stages)

    def to_dict(self) -> dict[str, Any]:
        """Returns what ``sightline verify --json`` prints."""
        return self._data

    def _rows(self) -> list[list[Any]]:
        return [[stage["name"], stage["reference"], stage["status"]] for stage in self.stages]

    def __repr__(self) -> str:
        return "\n".join(f"{status:8}{name}: {reference}" for name, reference, status in self._rows())

    def _repr_html_(self) -> str:
        return html.table(["stage", "reference", "status"], self._rows())


def verify(
    model: PathLike,
    precision: str = "fp32",
    backend: str = "cpu",
    device: str = "cpu",
    *,
    cross_check: bool = True,
    progress: Progress = None,
) -> Certificate:
    """Compares tokens, pixels, towers and rankings of a model with all available references.

    Args:
        model, precision, backend, device: As in :class:`sightline.Model`.
        cross_check: Compare with libtorch, where the build has it.
        progress: See :mod:`sightline.progress`.
    """
    with receiver(progress) as callback:
        path = _native.locate_model(os.fspath(model), False, callback)
        return Certificate(json.loads(_native.verify(path, precision, backend, device, cross_check, callback)))
