"""Deploys collections that are larger than a node with Ray Serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidArgumentError
from .router import Router
from .shard_replica import ShardReplica

__all__ = ["Shard", "delete", "deploy"]


@dataclass(frozen=True)
class Shard:
    """A part of a collection that one node searches.

    Attributes:
        name: Names the shard in answers.
        paths: Vector sets on the disk of its nodes, in the order of their rows. A .npy file is mapped.
        replicas: Processes that serve it.
        num_cpus: Processors and threads of a replica.
        resources: Resources of Ray that its nodes have, such as ``{"shard-3": 0.01}``.
    """

    name: str
    paths: Sequence[str]
    replicas: int = 1
    num_cpus: float = 1
    resources: dict[str, float] = field(default_factory=dict)


class Shards:
    """The root of the application of a version: knows its shards."""

    def __init__(self, **shards: Any) -> None:
        self._shards = shards

    async def describe(self) -> list[dict[str, Any]]:
        """Returns what each shard serves."""
        import asyncio

        return list(await asyncio.gather(*(shard.describe.remote() for shard in self._shards.values())))


def _application(name: str, version: str) -> str:
    return f"{name}@{version}"


def _check(name: str, version: str, shards: Sequence[Shard]) -> None:
    names = [shard.name for shard in shards]
    if not shards or len(set(names)) != len(names) or "Shards" in names:
        raise InvalidArgumentError(f"shards {names}, expected one or several with different names, not 'Shards'")
    if not name or not version or "@" in name + version:
        raise InvalidArgumentError(f"name {name!r} and version {version!r} must not be empty or contain '@'")
    for shard in shards:
        if isinstance(shard.paths, str) or not shard.paths:
            raise InvalidArgumentError(f"shard {shard.name!r} needs a list of paths")


def _graph(version: str, shards: Sequence[Shard], health_check_period_s: float) -> Any:
    from ray import serve

    bound = {
        shard.name: serve.deployment(ShardReplica)
        .options(
            name=shard.name,
            num_replicas=shard.replicas,
            ray_actor_options={"num_cpus": shard.num_cpus, "resources": shard.resources},
            health_check_period_s=health_check_period_s,
        )
        .bind(shard.name, version, [str(path) for path in shard.paths])
        for shard in shards
    }
    return serve.deployment(Shards).options(ray_actor_options={"num_cpus": 0}).bind(**bound)


def _agreed(described: Sequence[dict[str, Any]]) -> tuple[int, list[str]]:
    """Returns the dimensions and the fingerprints of the shards, which must agree."""
    dims = sorted({dim for shard in described for dim in shard["dims"]})
    fingerprints = sorted({fingerprint for shard in described for fingerprint in shard["fingerprints"]})
    if len(dims) != 1:
        raise InvalidArgumentError(f"the shards have vectors of {dims} dimensions, expected the same in all")
    if len(fingerprints) > 1:
        raise InvalidArgumentError(f"the shards have vectors of {len(fingerprints)} models, expected one")
    return dims[0], fingerprints


def _current(name: str) -> str | None:
    """Returns the version that the router of a collection uses; None: there is no router."""
    from ray import serve

    if name not in serve.status().applications:
        return None
    return str(serve.get_app_handle(name).version.remote().result(timeout_s=60))


def _delete_versions(name: str, keep: str | None) -> None:
    from ray import serve

    for application in list(serve.status().applications):
        if application.startswith(f"{name}@") and application != keep:
            serve.delete(application)


def deploy(
    name: str,
    shards: Sequence[Shard],
    *,
    version: str,
    model: str | None = None,
    routers: int = 1,
    router_cpus: float = 1,
    timeout_s: float = 10.0,
    attempts: int = 4,
    backoff_s: float = 0.25,
    health_check_period_s: float = 10.0,
) -> Any:
    """Deploys a version of a collection, or replaces the one that is served.

    The shards of the new version start next to those of the old one. When all are ready and agree, the routers
    switch, and the old shards end after their last request. If anything fails before, the old version stays.

    Args:
        name: Name of the collection; its HTTP route is ``/name``.
        shards: Its shards; their order decides between hits of equal similarity.
        version: Names these vectors. Never used twice for different ones.
        model: Encodes the texts of queries; a directory on every node, or a name on the Hub. None: vectors only.
        routers: Replicas of the router.
        router_cpus: Processors of each.
        timeout_s: Of one attempt to search a shard.
        attempts: For each shard; then the answer is partial and names the shard.
        backoff_s: Before the second attempt; doubled before each further one.
        health_check_period_s: Seconds between checks of a shard's replicas.

    Returns:
        A handle: ``handle.search.remote(queries, k).result()`` is a SearchResponse.

    Raises:
        InvalidArgumentError: Shards do not fit together or to the model, or the version is served already.
        RuntimeError: Ray Serve could not start the shards.
    """
    from ray import serve

    _check(name, version, shards)
    application = _application(name, version)
    if _current(name) == version:
        raise InvalidArgumentError(f"version {version!r} of {name!r} is served already")
    if application in serve.status().applications:  # of a deployment that was interrupted
        serve.delete(application)
    try:
        handle = serve.run(_graph(version, shards, health_check_period_s), name=application, route_prefix=None)
        dim, fingerprints = _agreed(handle.describe.remote().result(timeout_s=60))
        _check_model(model, fingerprints)
    except BaseException:
        serve.delete(application)
        raise
    config = {
        "application": application,
        "version": version,
        "dim": dim,
        "shards": [shard.name for shard in shards],
        "model": model,
        "fingerprints": fingerprints,
        "timeout_s": timeout_s,
        "attempts": attempts,
        "backoff_s": backoff_s,
    }
    router = serve.deployment(Router).options(
        user_config=config, num_replicas=routers, ray_actor_options={"num_cpus": router_cpus}
    )
    routed = serve.run(router.bind(), name=name, route_prefix=f"/{name}")
    _delete_versions(name, application)
    return routed


def _check_model(model: str | None, fingerprints: Sequence[str]) -> None:
    """Refuses a model that did not make the vectors, before a router that serves another version has to."""
    if model is None or not fingerprints:
        return
    from ..model import Model

    if [Model(model, towers="text").info.fingerprint] != list(fingerprints):
        raise InvalidArgumentError(f"the vectors are of another model than {model!r}: their fingerprints differ")


def delete(name: str) -> None:
    """Ends the router and the shards of a collection."""
    from ray import serve

    if name in serve.status().applications:
        serve.delete(name)
    _delete_versions(name, None)
