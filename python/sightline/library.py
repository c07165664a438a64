"""Libraries: indexes of images on the disk that are kept up to date and searched by several processes."""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _native, parquet
from .dataset import Dataset, native_dataset
from .errors import InvalidArgumentError
from .model import Model, PathLike
from .progress import Progress, receiver
from .results import SearchResult
from .searching import QueryLike, queries_of

if TYPE_CHECKING:
    from .feedback import Feedback

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
        exclude: Sequence[str] = (),
        include_hidden: bool = False,
        retry: bool = False,
        progress: Progress = None,
    ) -> IndexSummary:
        """Adds image files and folders, or, without paths, updates all that were added before.

        Args:
            paths: Files and folders.
            model: Required for a new library; default: its active model.
            batch_size: Images per batch.
            stored: ``"fp32"``, or ``"fp16"`` in half the space, of a model that is new to the library.
            exclude: Patterns of files and folders of `paths` to leave out, as in .gitignore.
            include_hidden: Also read names that begin with ``.``.
            retry: Read files that failed before again, not only after some days.
            progress: See :mod:`sightline.progress`.

        Ctrl-C keeps what was indexed; the next call continues.
        """
        loaded, spec = self._index_model(model)
        listed = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        with receiver(progress) as callback:
            if not listed:
                return _summary(
                    _native.library_update(self._folder, loaded._native, spec, batch_size, retry, self._wait, callback)
                )
            located = [os.fspath(path) for path in listed]
            return _summary(
                _native.library_add_files(
                    self._folder,
                    located,
                    loaded._native,
                    spec,
                    batch_size,
                    stored,
                    list(exclude),
                    include_hidden,
                    retry,
                    self._wait,
                    callback,
                )
            )

    def add(
        self,
        source: PathLike | Dataset,
        model: Model | PathLike | None = None,
        *,
        splits: Sequence[str] = (),
        batch_size: int = 32,
        stored: str = "fp32",
        retry: bool = False,
        progress: Progress = None,
    ) -> IndexSummary:
        """Adds a data set with its captions, or a vector set (.npy, .shards.json) of the library's model.

        Args:
            source: A path, name on the Hub, or Dataset.
            model: Required for a new library, also for vectors: the one that made them.
            splits, batch_size, stored, retry, progress: As in index() and :class:`sightline.Dataset`.
        """
        with receiver(progress) as callback, parquet.arrow():
            if not isinstance(source, Dataset) and Path(source).name.endswith((".npy", ".shards.json")):
                return _summary(self._add_vectors(os.fspath(source), model, stored, callback))
            loaded, spec = self._index_model(model)
            return _summary(
                _native.library_add_dataset(
                    self._folder,
                    native_dataset(source, splits, callback=callback),
                    loaded._native,
                    spec,
                    batch_size,
                    stored,
                    retry,
                    self._wait,
                    callback,
                )
            )

    def _add_vectors(self, path: str, model: Model | PathLike | None, stored: str, callback: Any) -> str:
        if model is None:
            return _native.library_add_vectors(self._folder, path, self._wait, callback)
        loaded, spec = self._index_model(model)
        return _native.library_add_vectors_of(
            self._folder, path, loaded._native, spec, stored, self._wait, callback
        )

    def migrate(
        self, model: Model | PathLike, *, batch_size: int = 32, stored: str = "fp32", progress: Progress = None
    ) -> IndexSummary:
        """Encodes all images with another model, then searches with it. The former vectors stay until drop_model().

        Ctrl-C keeps what was encoded and the former model; the next call continues.
        """
        loaded, spec = self._index_model(model)
        with receiver(progress) as callback:
            return _summary(
                _native.library_migrate(
                    self._folder, loaded._native, spec, batch_size, stored, self._wait, callback
                )
            )

    def activate(self, model: str) -> None:
        """Searches with the vectors of another of its models: by name, spec, fingerprint or number."""
        _native.library_activate(self._folder, model, self._wait)

    def drop_model(self, model: str) -> None:
        """Removes the vectors of a model. Raises InvalidArgumentError for the active one."""
        _native.library_drop_model(self._folder, model, self._wait)

    def compact(self, *, progress: Progress = None) -> int:
        """Merges segments and drops the vectors of removed images. Returns the number of those."""
        with receiver(progress) as callback:
            return _native.library_compact(self._folder, self._wait, callback)

    def repair(self, *, progress: Progress = None) -> list[str]:
        """Removes what check() finds damaged. Returns one sentence for each action."""
        with receiver(progress) as callback:
            return _native.library_repair(self._folder, self._wait, callback)

    def export(self, npy: PathLike, model: str = "", *, progress: Progress = None) -> int:
        """Writes the vectors with ids, captions and fields as a vector set. Returns the number of rows."""
        with receiver(progress) as callback:
            return _native.library_export(self._open().collection(model), os.fspath(npy), callback)

    @property
    def feedback(self) -> Feedback:
        """Judgements of its hits, and what is learned from them. Raises NotFoundError without a library."""
        from .feedback import Feedback

        return Feedback(self)

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
        min_similarity: float = -math.inf,
        fdr: float = 0.05,
        correct: bool = True,
        progress: Progress = None,
    ) -> SearchResult:
        """Searches the library, as ``sightline search`` does.

        Args:
            queries: One query or a list: a str in the query language (``"beach -people after:2021-06"``), an
                image, a vector.
            k: Hits per query.
            model: One of the library's models by name; default: the active one. A Model that is loaded already
                must be the one that made the vectors.
            offset, templates, literal, judge, group, diversity, min_similarity, fdr, progress: As in
                :func:`sightline.search`.
            correct: Apply the correction that was learned from judgements, if there is one.
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
                    min_similarity,
                    fdr,
                    correct,
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
