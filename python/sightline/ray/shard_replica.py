"""A replica of a shard: searches vector sets that it maps from the local disk."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .shard_hits import ShardHit, merge_hits
from .threads import use_assigned_cpus
from .vector_parts import MANIFEST

if TYPE_CHECKING:
    from .. import _native

__all__ = ["ShardReplica"]


def _identity(path: str) -> tuple[int, int, int]:
    status = os.stat(path)
    return status.st_ino, status.st_size, status.st_mtime_ns


def _fingerprint(path: str) -> str | None:
    """Returns the fingerprint of the model of a vector set; None if no file says it."""
    vectors = Path(path)
    for file in (vectors.with_suffix(".meta.json"), vectors / MANIFEST, vectors.parent.parent / MANIFEST):
        if file.is_file():
            model = json.loads(file.read_text())["model"]
            return None if model is None else str(model["fingerprint"])
    return None


class ShardReplica:
    """The class of a shard's deployment in Ray Serve. Calls may overlap.

    Args:
        name: Name of the shard.
        version: Version of the collection.
        paths: Vector sets, in the order of their rows: .npy files, which are mapped, or folders of numbered parts,
            which are joined in memory.
    """

    def __init__(self, name: str, version: str, paths: Sequence[str]) -> None:
        use_assigned_cpus()
        from .. import searching

        self._name = name
        self._version = version
        self._paths = list(paths)
        self._identities = [_identity(path) for path in paths]
        self._sets: list[_native.Collection] = [
            searching.open_collection(path, None, (), 1, None, None) for path in paths
        ]
        self._first_rows: list[int] = np.cumsum([0, *(opened.rows for opened in self._sets)]).tolist()

    def describe(self) -> dict[str, Any]:
        """Returns what the replica serves, and its process."""
        return {
            "name": self._name,
            "version": self._version,
            "rows": self._first_rows[-1],
            "dims": sorted({opened.dim for opened in self._sets}),
            "fingerprints": sorted({f for f in map(_fingerprint, self._paths) if f is not None}),
            "warnings": [warning for opened in self._sets for warning in opened.warnings],
            "pid": os.getpid(),
        }

    def check_health(self) -> None:
        """Raises if a vector set was removed or replaced. Ray Serve then starts the replica again."""
        for path, identity in zip(self._paths, self._identities):
            if _identity(path) != identity:
                raise RuntimeError(f"{path} was replaced after it was opened: deploy new vectors as a new version")

    def search(self, vectors: npt.NDArray[np.float32], k: int) -> tuple[str, list[list[ShardHit]]]:
        """Returns the version, and for each of (Q, D) vectors the k best hits, best first."""
        from .. import _native
        from ..results import SearchResult

        queries = [_native.Query.vector("vector", vector) for vector in np.ascontiguousarray(vectors, np.float32)]
        parts: list[list[list[ShardHit]]] = [[] for _ in queries]  # query, part, hit
        for opened, first in zip(self._sets, self._first_rows):
            # Without a model, a filter, groups, a least similarity and a null model.
            answer = _native.search(
                opened, None, None, queries, k, 0, [], False, False, 0.0, -math.inf, 0.05, False, None
            )
            found = SearchResult(answer)
            for query, hits in zip(parts, found):
                query.append([self._hit(hit, first) for hit in hits])
        return self._version, [merge_hits(query, k) for query in parts]

    def _hit(self, hit: Any, first: int) -> ShardHit:
        return ShardHit(hit.id, hit.similarity, self._name, first + hit.row, hit.captions, hit.fields)
