"""Results of searches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from . import html

if TYPE_CHECKING:
    from . import _native

__all__ = ["Hit", "QueryHits", "SearchResult"]


@dataclass(frozen=True)
class Hit:
    """An item that was found.

    Attributes:
        rank: From 1.
        id: Path or row id of the image; the row number if the vectors have no ids.
        similarity: Cosine; None if the query has no terms.
        row: Number of its vector in the collection, from 0.
        key: In a library: number of the image, which it keeps as long as the library has it; otherwise the row.
        captions: Its captions.
        fields: Further columns of its row.
        dataset: Name of its data set, in a collection of several.
        copies: Ids of further items of a library with the same image.
        p, q: If hits are judged: probability by chance, and the smallest false discovery rate.
        duplicates: If hits are grouped: its near-duplicates, best first.
    """

    rank: int
    id: str
    similarity: float | None
    row: int
    key: int
    captions: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    dataset: str = ""
    copies: list[str] = field(default_factory=list)
    p: float | None = None
    q: float | None = None
    duplicates: list[Hit] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The id as a path."""
        return Path(self.id)


def _rows(item: dict[str, Any]) -> list[int]:
    """Returns the rows of a hit and its duplicates."""
    return [item["row"], *(duplicate["row"] for duplicate in item.get("duplicates", []))]


def _hit(item: dict[str, Any], keys: dict[int, int], rank: int = 0) -> Hit:
    return Hit(
        rank=item.get("rank", rank),
        id=str(item["id"]),
        similarity=item["similarity"],
        row=item["row"],
        key=keys[item["row"]],
        captions=item.get("captions", []),
        fields=item.get("fields", {}),
        dataset=item.get("dataset", ""),
        copies=item.get("copies", []),
        p=item.get("p"),
        q=item.get("q"),
        duplicates=[_hit(duplicate, keys, item.get("rank", rank)) for duplicate in item.get("duplicates", [])],
    )


class QueryHits(Sequence[Hit]):
    """The hits of one query, best first; shown with thumbnails in notebooks."""

    def __init__(self, native: _native.SearchResult, index: int, item: dict[str, Any]) -> None:
        self._native = native
        self._index = index
        rows = [row for hit in item["hits"] for row in _rows(hit)]
        keys = dict(zip(rows, native.keys(rows)))
        self._hits = [_hit(hit, keys) for hit in item["hits"]]
        self._item = item

    @property
    def query(self) -> str:
        """The query's text, or the name of its image, vector or item."""
        for key in ("query", "text", "image", "vector", "item"):
            if key in self._item:
                return str(self._item[key])
        return ""

    @property
    def matching(self) -> int | None:
        """Number of images that meet the filter; None without one."""
        value = self._item.get("matching")
        return None if value is None else int(value)

    @property
    def verdict(self) -> str | None:
        """If hits are judged: ``"match"``, ``"weak"``, ``"no match"`` or ``"unknown"``."""
        significance = self._item.get("significance")
        return None if significance is None else str(significance["verdict"])

    @property
    def ids(self) -> list[str]:
        """The ids of the hits."""
        return [hit.id for hit in self._hits]

    def images(self) -> list[bytes]:
        """Reads the image files of the hits again; empty bytes where one no longer exists."""
        return self._native.images(self._index)

    def thumbnails(self, side: int = 160) -> list[bytes]:
        """Returns JPEG files whose longer side has `side` pixels; empty bytes where an image is missing."""
        return self._native.thumbnails(self._index, side)

    @overload
    def __getitem__(self, index: int) -> Hit: ...

    @overload
    def __getitem__(self, index: slice) -> list[Hit]: ...

    def __getitem__(self, index: int | slice) -> Hit | list[Hit]:
        return self._hits[index]

    def __len__(self) -> int:
        return len(self._hits)

    def __repr__(self) -> str:
        lines = [f"{hit.rank:>3}  {html.number(hit.similarity)}  {hit.id}" for hit in self._hits]
        return "\n".join([f"{self.query!r}: {len(self._hits)} hits", *lines])

    def _repr_html_(self) -> str:
        return html.query_hits(self)


class SearchResult(Sequence[QueryHits]):
    """The result of a search: the hits of each query, in order."""

    def __init__(self, native: _native.SearchResult) -> None:
        self._native = native
        self._data: dict[str, Any] = json.loads(native.to_json())
        self._queries = [QueryHits(native, index, item) for index, item in enumerate(self._data["queries"])]

    @property
    def warnings(self) -> list[str]:
        """Problems, one sentence each."""
        return list(self._data["warnings"])

    @property
    def skipped(self) -> dict[str, str]:
        """Id of each image that could not be encoded -> the reason."""
        encoding = self._data["encoding"] or {}
        return {row["id"]: row["reason"] for row in encoding.get("skipped", [])}

    def to_dict(self) -> dict[str, Any]:
        """Returns what ``sightline search --json`` prints."""
        return self._data

    @overload
    def __getitem__(self, index: int) -> QueryHits: ...

    @overload
    def __getitem__(self, index: slice) -> list[QueryHits]: ...

    def __getitem__(self, index: int | slice) -> QueryHits | list[QueryHits]:
        return self._queries[index]

    def __len__(self) -> int:
        return len(self._queries)

    def __iter__(self) -> Iterator[QueryHits]:
        return iter(self._queries)

    def __repr__(self) -> str:
        return "\n".join(repr(query) for query in self._queries)

    def _repr_html_(self) -> str:
        return "".join(html.query_hits(query) for query in self._queries)
