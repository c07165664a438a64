"""The router: sends queries to all shards of a collection and merges their hits exactly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .shard_hits import SearchResponse, ShardHit, merge_hits
from .threads import use_assigned_cpus

if TYPE_CHECKING:
    from ..encoder import Encoder

__all__ = ["Router"]

_log = logging.getLogger("ray.serve")
_MAX_QUERIES = 1024
_MAX_HITS = 10_000


@dataclass(frozen=True)
class _Collection:
    """A version of a collection. A request uses one object from beginning to end."""

    version: str
    dim: int
    shards: dict[str, Any]  # name -> deployment handle
    encoder: Encoder | None
    timeout_s: float
    attempts: int
    backoff_s: float


class _VersionChanged(Exception):
    pass


class Router:
    """The class of the router's deployment in Ray Serve. Its configuration is given to reconfigure()."""

    def __init__(self) -> None:
        use_assigned_cpus()
        self._collection: _Collection | None = None

    def reconfigure(self, config: dict[str, Any]) -> None:
        """Switches to another version. Requests that have begun end with the version that they began with."""
        from ray import serve

        application = config["application"]
        self._collection = _Collection(
            config["version"],
            config["dim"],
            {name: serve.get_deployment_handle(name, app_name=application) for name in config["shards"]},
            self._load(config["model"], config["fingerprints"]),
            config["timeout_s"],
            config["attempts"],
            config["backoff_s"],
        )

    def _load(self, model: str | None, fingerprints: Sequence[str]) -> Encoder | None:
        if model is None:
            return None
        from ..encoder import Encoder
        from ..errors import InvalidArgumentError
        from ..model import Model

        encoder = Encoder(Model(model, towers="text"))
        found = encoder.model.info.fingerprint
        if any(fingerprint != found for fingerprint in fingerprints):
            raise InvalidArgumentError(f"the vectors are of another model than {model!r}: their fingerprints differ")
        return encoder

    def version(self) -> str | None:
        """Returns the version that new requests use."""
        return None if self._collection is None else self._collection.version

    async def search(self, queries: Sequence[str] | npt.NDArray[np.float32], k: int = 10) -> SearchResponse:
        """Returns the k best hits of each query.

        Args:
            queries: Texts, which need a router with a model, or (Q, D) vectors.
            k: Hits per query.

        Raises:
            InvalidArgumentError: A query or k is not valid.
        """
        while True:
            collection = self._collection
            assert collection is not None  # Serve calls reconfigure() first
            try:
                return await self._search(collection, await _vectors_of(queries, k, collection), k)
            except _VersionChanged:  # ends: each pass has a later version
                continue

    async def _search(self, collection: _Collection, vectors: npt.NDArray[np.float32], k: int) -> SearchResponse:
        answers = await asyncio.gather(
            *(self._ask(collection, name, vectors, k) for name in collection.shards), return_exceptions=True
        )
        found: list[list[list[ShardHit]]] = []
        missing: dict[str, str] = {}
        for name, answer in zip(collection.shards, answers):
            if isinstance(answer, BaseException):
                missing[name] = _one_line(answer)
            else:
                found.append(answer)
        # A version that was replaced meanwhile is being removed: its shards are not lost.
        if missing and collection is not self._collection:
            raise _VersionChanged
        if missing:
            _log.warning("partial result: %s", missing)
        merged = [merge_hits([shard[query] for shard in found], k) for query in range(len(vectors))]
        return SearchResponse(merged, collection.version, missing)

    async def _ask(
        self, collection: _Collection, name: str, vectors: npt.NDArray[np.float32], k: int
    ) -> list[list[ShardHit]]:
        """Searches a shard; retries with back-off. Raises the last failure."""
        for attempt in range(collection.attempts):
            try:
                response = collection.shards[name].search.remote(vectors, k)
                version, hits = await asyncio.wait_for(response, collection.timeout_s)
                if version != collection.version:
                    raise RuntimeError(f"the replica has version {version!r}, expected {collection.version!r}")
                return list(hits)
            except Exception as error:  # every failure of a shard is retried, then reported
                if attempt + 1 == collection.attempts or collection is not self._collection:
                    raise
                _log.warning("shard %s: %s; attempt %d", name, _one_line(error), attempt + 1)
                await asyncio.sleep(collection.backoff_s * 2**attempt)
        raise AssertionError("no attempts")

    async def __call__(self, request: Any) -> Any:
        """Answers POST with JSON: ``{"texts": […]}`` or ``{"vectors": [[…]]}``, and ``"k"``."""
        from starlette.responses import JSONResponse

        from ..errors import InvalidArgumentError

        try:
            body = await request.json()
            if not isinstance(body, dict) or ("texts" in body) == ("vectors" in body):
                raise InvalidArgumentError("expected an object with 'texts' or 'vectors'")
            queries = body["texts"] if "texts" in body else np.array(body["vectors"], np.float32)
            found = await self.search(queries, body.get("k", 10))
        except (ValueError, TypeError) as error:  # InvalidArgumentError is a ValueError, as is broken JSON
            return JSONResponse({"error": _one_line(error)}, status_code=400)
        return JSONResponse(found.to_dict())


def _one_line(error: BaseException) -> str:
    text = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


async def _vectors_of(queries: Any, k: Any, collection: _Collection) -> npt.NDArray[np.float32]:
    """Checks queries and returns them as vectors, (Q, D)."""
    from ..errors import InvalidArgumentError, UnsupportedError

    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= _MAX_HITS:
        raise InvalidArgumentError(f"k is {k!r}, expected 1 to {_MAX_HITS}")
    if isinstance(queries, str) or not 1 <= len(queries) <= _MAX_QUERIES:
        raise InvalidArgumentError(f"expected a list of 1 to {_MAX_QUERIES} queries")
    if isinstance(queries, np.ndarray):
        vectors = np.asarray(queries, np.float32)
        if vectors.ndim != 2 or vectors.shape[1] != collection.dim:
            raise InvalidArgumentError(f"vectors of shape {vectors.shape}, expected (Q, {collection.dim})")
        if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            raise InvalidArgumentError("a vector is zero or has NaN or infinity")
        return vectors
    if not all(isinstance(query, str) for query in queries):
        raise InvalidArgumentError("expected a list of texts, or an array of vectors")
    if collection.encoder is None:
        raise UnsupportedError("the router has no model: deploy with model=…, or search with vectors")
    return await asyncio.to_thread(collection.encoder.encode_texts, list(queries))
