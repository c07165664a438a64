"""Libraries: indexes of images on the disk that are kept up to date and searched by several processes."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import _native, parquet
from .errors import InvalidArgumentError
from .model import Model, PathLike
from .progress import Progress, receiver
from .results import SearchResult
from .searching import QueryLike, queries_of

__all__ = ["IndexSummary", "Library"]


@dataclass(frozen=True)
class IndexSummary:
    """The summary of a change of a library, in numbers of files or rows.

    Attributes:
        files: Looked at; of these, `unchanged` and `moved` were not read.
        added, updated, removed: New, read again, and gone.
        encoded, reused: Images that the model saw; items whose image had a vector already.
        failed: Could not be read or encoded.
        seconds: Time of the run.
        failures: Id -> reason, of at most 1,000 of those that failed.
        warnings: One sentence each.
    """

    files: int
    unchanged: int
    moved: int
    added: int
    updated: int
    removed: int
    encoded: int
    reused: int
    failed: int
    seconds: float
    failures: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def _summary(text: str) -> IndexSummary:
    data = json.loads(text)
    data["failures"] = {row["id"]: row["reason"] for row in data["failures"]}
    return IndexSummary(**{key: data[key] for key in IndexSummary.__dataclass_fields__})


class Library:
    """A library. Thread-safe; other processes may write to it meanwhile.

    Args:
        folder: Its folder, which index() and add() create; default: ``$SIGHTLINE_LIBRARY``, else
            ``~/.local/share/sightline/library``.
        wait: Wait for another process that writes to it, instead of raising IoError.
    """

    def __init__(self, folder: PathLike | None = None, *, wait: bool = False) -> None:
        self._folder = os.fspath(_native.default_library() if folder is None else folder)
        self._wait = wait
        self._lock = threading.Lock()
        self._reader: _native.Library | None = None
        self._models: dict[tuple[str, str], Model] = {}

    @property
    def path(self) -> Path:
        """Its folder."""
        return Path(self._folder)

    @property
    def exists(self) -> bool:
        """Whether there is a library in the folder."""
        return _native.library_exists(self._folder)

    def __len__(self) -> int:
        """Number of images with a vector of the active model."""
        return self._open().collection().rows if self.exists else 0

    def info(self) -> dict[str, Any]:
        """Returns what ``sightline library info --json --failures`` prints."""
        return dict(json.loads(self._open().info_json()))

    def check(self, *, files: bool = True, progress: Progress = None) -> dict[str, Any]:
        """Verifies every byte. Returns what ``sightline library check --json`` prints; damage is in ``problems``."""
        with receiver(progress) as callback:
            return dict(json.loads(_native.library_check(self._folder, files, callback)))

    def index(
        self,
        paths: PathLike | Sequence[PathLike] = (),
        model: Model | PathLike | None = None,
        *,
        batch_size: int = 32,
        stored: str = "fp32",
        progress: Progress = None,
    ) -> IndexSummary:
        """Adds image files and folders, or, without paths, updates all that were added before.

        Args:
            paths: Files and folders.
            model: Required for a new library; default: its active model.
            batch_size: Images per batch.
            stored: ``"fp32"``, or ``"fp16"`` in half the space, of a model that is new to the library.
            progress: See :mod:`sightline.progress`.

        Ctrl-C keeps what was indexed; the next call continues.
        """
        loaded, spec = self._index_model(model)
        listed = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        with receiver(progress) as callback:
            if not listed:
                return _summary(
                    _native.library_update(self._folder, loaded._native, spec, batch_size, self._wait, callback)
                )
            located = [os.fspath(path) for path in listed]
            return _summary(
                _native.library_add_files(
                    self._folder, located, loaded._native, spec, batch_size, stored, self._wait, callback
                )
            )

    def add(
        self,
        source: PathLike,
        model: Model | PathLike | None = None,
        *,
        splits: Sequence[str] = (),
        batch_size: int = 32,
        stored: str = "fp32",
        progress: Progress = None,
    ) -> IndexSummary:
        """Adds a data set with its captions, or a vector set (.npy) of the library's model."""
        with receiver(progress) as callback, parquet.arrow():
            if Path(source).suffix == ".npy":
                return _summary(_native.library_add_vectors(self._folder, os.fspath(source), self._wait, callback))
            loaded, spec = self._index_model(model)
            dataset = _native.locate_dataset(os.fspath(source), False, callback)
            return _summary(
                _native.library_add_dataset(
                    self._folder, dataset, list(splits), loaded._native, spec, batch_size, stored, self._wait, callback
                )
            )

    def remove(self, path: PathLike) -> IndexSummary:
        """Forgets a file, folder or data set that was added, and removes its images."""
        return _summary(_native.library_remove(self._folder, os.fspath(path), self._wait))

    def search(
        self,
        queries: QueryLike | Sequence[QueryLike],
        k: int = 10,
        *,
        model: Model | str | None = None,
        offset: int = 0,
        templates: Sequence[str] = (),
        literal: bool = False,
        judge: bool = True,
        group: bool = False,
        diversity: float = 0.0,
        progress: Progress = None,
    ) -> SearchResult:
        """Searches the library, as ``sightline search`` does.

        Args:
            queries: One query or a list: a str in the query language (``"beach -people after:2021-06"``), an
                image, a vector.
            k: Hits per query.
            model: One of the library's models by name; default: the active one. A Model that is loaded already
                must be the one that made the vectors.
            offset, templates, literal, judge, group, diversity, progress: As in :func:`sightline.search`.
        """
        reader = self._open()
        name = model if isinstance(model, str) else model.info.fingerprint if model is not None else ""
        parsed = queries_of(queries, literal)
        encodes = any(query.has_text or query.has_image for query in parsed)
        loaded = model if isinstance(model, Model) else self._query_model(name) if encodes else None
        with receiver(progress) as callback:
            return SearchResult(
                _native.search(
                    reader.collection(name),
                    None if loaded is None else loaded._native,
                    reader,
                    parsed,
                    k,
                    offset,
                    list(templates),
                    judge and loaded is not None and all(query.has_text for query in parsed),
                    group,
                    diversity,
                    callback,
                )
            )

    def _open(self) -> _native.Library:
        with self._lock:
            if self._reader is None:
                self._reader = _native.Library(self._folder)
            return self._reader

    def _query_model(self, name: str) -> Model:
        """Returns a model of the library, which stays loaded."""
        stored = self._open().model(name)
        key = (stored.fingerprint, stored.spec)
        with self._lock:
            if key not in self._models:
                path = _native.locate_model(stored.spec)
                self._models[key] = Model._wrap(stored.load(path), stored.spec)
            return self._models[key]

    def _index_model(self, model: Model | PathLike | None) -> tuple[Model, str]:
        if isinstance(model, Model):
            return model, model.spec
        if model is not None:
            loaded = Model(model, towers="image")
            return loaded, loaded.spec
        if not self.exists:
            raise InvalidArgumentError(f"the library '{self._folder}' has no model yet: name one with `model`")
        loaded = self._query_model("")
        return loaded, loaded.spec

    def __repr__(self) -> str:
        return f"Library({self._folder!r})"
