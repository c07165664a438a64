"""Search in data sets, vector sets and libraries."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Union

import numpy as np

from . import _native, parquet
from ._native import Query
from .dataset import Dataset, native_dataset
from .errors import InvalidArgumentError
from .images import ImageLike, native_image
from .model import Model, PathLike
from .progress import Progress, receiver
from .results import SearchResult

__all__ = ["Query", "QueryLike", "query_of", "search"]

#: A str in the query language, a Query, a path (an image), bytes of an image file, a PIL image, an
#: array (H, W, 3) uint8, or a vector (D) of floats.
QueryLike = Union[str, Query, "os.PathLike[str]", bytes, ImageLike]


def _png(image: Any) -> bytes:
    """Returns the pixels of a PIL image or an array as a PNG file."""
    from PIL import Image

    native_image(image, 0, False)  # checks type and shape
    pil = image if hasattr(image, "getexif") else Image.fromarray(np.ascontiguousarray(np.asarray(image)))
    file = io.BytesIO()
    pil.save(file, "PNG")
    return file.getvalue()


def query_of(query: QueryLike, literal: bool = False) -> Query:
    """Returns a query.

    Args:
        query: See QueryLike.
        literal: Take a str as a text, without operators.
    """
    if isinstance(query, Query):
        return query
    if isinstance(query, str):
        return Query.text(query) if literal else Query.parse(query)
    if isinstance(query, os.PathLike):
        return Query.image_file(os.fspath(query))
    if isinstance(query, (bytes, bytearray, memoryview)):
        return Query.image_bytes("image", np.frombuffer(query, np.uint8))
    if isinstance(query, np.ndarray) and query.ndim == 1:
        return Query.vector("vector", np.ascontiguousarray(query, dtype=np.float32))
    return Query.image_bytes("image", np.frombuffer(_png(query), np.uint8))


def queries_of(queries: QueryLike | Sequence[QueryLike], literal: bool) -> list[Query]:
    """Returns queries from one or a list."""
    if isinstance(queries, (list, tuple)):
        return [query_of(query, literal) for query in queries]
    return [query_of(queries, literal)]


def cache_folder(cache: bool | PathLike) -> str | None:
    """Returns the folder of the embedding cache; None: no cache."""
    if cache is False:
        return None
    return os.fspath(_native.default_cache() if cache is True else cache)


def is_vectors(path: Path) -> bool:
    """Returns whether a path names a vector set, not a data set."""
    if path.suffix == ".npy" or path.name.endswith(".shards.json"):
        return True
    return path.is_dir() and (any(path.glob("*.npy")) or (path / "img_emb").is_dir())


def open_collection(
    collection: PathLike | Dataset | Sequence[PathLike | Dataset],
    model: Model | None,
    splits: Sequence[str],
    batch_size: int,
    cache: str | None,
    callback: Any,
) -> _native.Collection:
    """Opens a vector set, or encodes data sets."""
    sets = [collection] if isinstance(collection, (str, os.PathLike, Dataset)) else list(collection)
    if len(sets) == 1 and not isinstance(sets[0], Dataset) and is_vectors(Path(sets[0])):
        with parquet.arrow():  # clip-retrieval's folders have metadata in Parquet
            return _native.open_vectors(os.fspath(sets[0]))
    if model is None:
        raise InvalidArgumentError("a data set requires a model, which encodes it")
    datasets = [native_dataset(one, splits, callback=callback) for one in sets]
    with parquet.arrow():
        return _native.open_datasets(datasets, model._native, batch_size, cache, callback)


def search(
    collection: PathLike | Dataset | Sequence[PathLike | Dataset],
    queries: QueryLike | Sequence[QueryLike],
    model: Model | PathLike | None = None,
    k: int = 10,
    *,
    splits: Sequence[str] = (),
    offset: int = 0,
    templates: Sequence[str] = (),
    literal: bool = False,
    judge: bool = False,
    group: bool = False,
    diversity: float = 0.0,
    min_similarity: float = -math.inf,
    fdr: float = 0.05,
    batch_size: int = 32,
    cache: bool | PathLike = True,
    progress: Progress = None,
) -> SearchResult:
    """Searches a data set, several, or a vector set. For libraries, see :class:`sightline.Library`.

    Args:
        collection: A data set (path, name on the Hub, or Dataset), a list of them, or vectors: a .npy file, a
            .shards.json file of ``sightline merge``, or a folder of .npy files.
        queries: One query or a list: a str in the query language, an image, a vector.
        model: Encodes the data set and the queries. Not needed for vectors that are searched with vectors.
        k: Hits per query.
        splits: Read only these splits of a data set.
        offset: Hits of each query to leave out.
        templates: Texts such as ``"a photo of a {}"``, in which each text is encoded.
        literal: Take strings as texts, without operators.
        judge: Tell matches from chance (``QueryHits.verdict``, ``Hit.p``, ``Hit.q``).
        group: Fold near-duplicates under the best of them.
        diversity: 0: by similarity alone; below 1: the weight of being unlike the hits before.
        min_similarity: Leave out hits whose cosine is smaller.
        fdr: With `judge`: share of wrong hits among those that are called matches.
        batch_size: Images per batch.
        cache: The embedding cache: True: the default folder, False: none, or a folder.
        progress: See :mod:`sightline.progress`.

    Raises:
        InvalidArgumentError: A query is not valid, or the vectors are of another model.
        NotFoundError: There is no such data set or item.
    """
    loaded = model if isinstance(model, Model) or model is None else Model(model)
    with receiver(progress) as callback:
        opened = open_collection(collection, loaded, splits, batch_size, cache_folder(cache), callback)
        return SearchResult(
            _native.search(
                opened,
                None if loaded is None else loaded._native,
                None,
                queries_of(queries, literal),
                k,
                offset,
                list(templates),
                judge,
                group,
                diversity,
                min_similarity,
                fdr,
                False,
                callback,
            )
        )
