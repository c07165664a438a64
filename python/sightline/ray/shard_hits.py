"""Hits of shards, and their exact merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SearchResponse", "ShardHit", "merge_hits"]


@dataclass(frozen=True)
class ShardHit:
    """An item that was found.

    Attributes:
        id: Path or id of the image; the row number if the vectors have no ids.
        similarity: Cosine.
        shard: Name of its shard.
        row: Number of its vector in the shard, from 0.
        captions, fields: What the vector set says of it.
    """

    id: str
    similarity: float
    shard: str
    row: int
    captions: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SearchResponse:
    """The answer to one or several queries.

    Attributes:
        hits: For each query, its hits, best first.
        version: Version of the collection; all hits are of this one.
        missing: Names of the shards that did not answer -> the reason.
    """

    hits: list[list[ShardHit]]
    version: str
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether shards are missing, so that better hits may exist."""
        return bool(self.missing)

    def to_dict(self) -> dict[str, Any]:
        """Returns the answer as JSON objects."""
        return {
            "version": self.version,
            "partial": self.partial,
            "missing": self.missing,
            "results": [[vars(hit) for hit in hits] for hits in self.hits],
        }


def merge_hits(parts: Sequence[Sequence[ShardHit]], k: int) -> list[ShardHit]:
    """Returns the k best hits of parts that have theirs best first.

    Equal similarities are in the order of the parts, then of their rows, as in one index of all rows.
    """
    hits = [hit for part in parts for hit in part]
    hits.sort(key=lambda hit: -hit.similarity)  # stable
    return hits[:k]
