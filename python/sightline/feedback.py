"""Feedback: judgements of a library's hits, and what is learned from them (docs/feedback.md)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from . import _native
from ._native import Correction, Judgement, Query
from .errors import InvalidArgumentError
from .model import Model
from .progress import Progress, receiver
from .results import Hit
from .searching import QueryLike, query_of

if TYPE_CHECKING:
    from .library import Library

__all__ = ["Correction", "Feedback", "FeedbackMetric", "Judged", "Judgement"]

#: An image of a library: a hit of a search, its key (Hit.key), or its id (a path).
Judged = Union[Hit, int, str, "os.PathLike[str]"]


@dataclass(frozen=True)
class FeedbackMetric:
    """A metric of results by the judgements.

    Attributes:
        name: ``"P@10"``, ``"nDCG@10"`` or ``"bpref"``.
        value: None if no query counts.
        interval: Bootstrap over queries; None if there is none.
        queries: Number of queries that count.
    """

    name: str
    value: float | None
    interval: tuple[float, float] | None
    queries: int


class Feedback:
    """The judgements of a library and its learned corrections: :attr:`sightline.Library.feedback`. Thread-safe."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._native = _native.Feedback(library.path)

    def add(
        self, query: str, images: Judged | Sequence[Judged], grade: int | None = 1, *, source: str = "python"
    ) -> None:
        """Judges images for a query.

        Args:
            query: Text of the query.
            images: One image or several. A hit is judged with the rank at which it was shown.
            grade: 1: relevant, 0: irrelevant, larger: more relevant, None: withdraws the judgement.
            source: Who judged.

        Raises:
            NotFoundError: The library has no such image, or does not have a hit's image any more.
        """
        listed = [images] if isinstance(images, (Hit, int, str, os.PathLike)) else list(images)
        keys = [self._key(image) for image in listed]
        items = [self._id(image) for image in listed]
        ranks = [image.rank if isinstance(image, Hit) else 0 for image in listed]
        self._native.add(query, keys, items, ranks, grade, source)

    def judgements(self, query: str | None = None) -> list[Judgement]:
        """Returns the judgements that count, newest first; with `query`, of this query only."""
        return self._native.judgements(query)

    def history(self) -> list[Judgement]:
        """Returns all judgements that were ever made, oldest first, withdrawals included."""
        return self._native.history()

    def refine(
        self,
        query: QueryLike,
        relevant: Sequence[Judged] = (),
        irrelevant: Sequence[Judged] = (),
        *,
        beta: float = 0.25,
        gamma: float = 0.15,
    ) -> Query:
        """Returns the query moved towards relevant images and away from irrelevant ones (Rocchio's formula).

        Args:
            query: See :meth:`sightline.Library.search`, which takes the result.
            relevant, irrelevant: Images of the library. Nothing is stored.
            beta, gamma: Weights of their mean vectors; that of the query is 1.

        Raises:
            NotFoundError: The library has no such image.
        """
        return _native.refine_query(
            query_of(query),
            [self._key(image) for image in relevant],
            [self._key(image) for image in irrelevant],
            beta,
            gamma,
        )

    def learn(
        self,
        model: str = "",
        *,
        level: float = 0.01,
        min_groups: int = 10,
        min_overlap: float = 0.5,
        progress: Progress = None,
    ) -> Correction:
        """Learns a correction of queries from the judgements, and uses it if held-out queries improve.

        Args:
            model: One of the library's models; default: the active one.
            level: Largest p at which an improvement is accepted.
            min_groups: Least number of groups of queries with judgements of both kinds.
            min_overlap: Least share of the best ten images of other texts that stay.
            progress: See :mod:`sightline.progress`.

        Returns what was measured; ``accepted`` is false, with a reason, if the correction was refused.
        """
        collection, loaded = self._opened(model)
        with receiver(progress) as callback:
            return self._native.learn(collection, loaded._native, level, min_groups, min_overlap, callback)

    def corrections(self) -> list[Correction]:
        """Returns the learned corrections, newest first."""
        return self._native.versions()

    @property
    def enabled(self) -> bool:
        """Whether searches use the active correction."""
        return self._native.enabled()

    def use(self, version: int) -> None:
        """Searches with this correction. Raises NotFoundError if there is none."""
        self._native.use(version)

    def turn_off(self) -> None:
        """Searches without corrections, until use() or an accepted learn()."""
        self._native.turn_off()

    def evaluate(self, model: str = "", *, correct: bool = True) -> list[FeedbackMetric]:
        """Measures the results of today's searches for the judged queries by the judgements.

        Args:
            model: One of the library's models; default: the active one.
            correct: With the active correction.
        """
        collection, loaded = self._opened(model)
        return [FeedbackMetric(*metric) for metric in self._native.evaluate(collection, loaded._native, correct)]

    def to_qrels(self) -> tuple[str, str]:
        """Returns the judgements as TREC qrels, and the texts of their queries, ``ID<tab>TEXT`` a line."""
        return self._native.qrels()

    def add_qrels(self, qrels: str, queries: str = "", *, source: str = "import") -> list[str]:
        """Adds the judgements of TREC qrels. Returns the ids that the library does not have.

        Args:
            qrels: Lines ``QUERY 0 ITEM GRADE``.
            queries: As to_qrels() returns them; empty: the ids of queries are their texts.
            source: Who judged.
        """
        return self._native.import_qrels(self._library._open().collection(), qrels, queries, source)[1]

    def _key(self, image: Judged) -> int:
        if isinstance(image, bool):
            raise InvalidArgumentError(f"expected a hit, a key or an id, found {image}")
        collection = self._library._open().collection()
        if not isinstance(image, (Hit, int)):
            return collection.key_of(os.fspath(image))
        key = image.key if isinstance(image, Hit) else image
        collection.id_of(key)
        return key

    def _id(self, image: Judged) -> str:
        if isinstance(image, Hit):
            return image.id
        if isinstance(image, int):
            return self._library._open().collection().id_of(image)
        return os.fspath(image)

    def _opened(self, model: str) -> tuple[_native.Collection, Model]:
        return self._library._open().collection(model), self._library._query_model(model)

    def __repr__(self) -> str:
        return f"Feedback({str(self._library.path)!r})"
