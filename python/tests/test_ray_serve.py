"""sightline.ray on a local cluster: search over shards with Ray Serve."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MODEL, run
from ray_cluster import cluster

import sightline
import sightline.ray

serve = pytest.importorskip("ray.serve")
pytestmark = pytest.mark.filterwarnings("ignore")

SHARDS = 4
ROWS = 500
FAST = {"router_cpus": 0.1, "timeout_s": 5.0, "attempts": 3, "backoff_s": 0.1, "health_check_period_s": 1.0}


@pytest.fixture(scope="module", autouse=True)
def local_cluster() -> Iterator[None]:
    with cluster():
        serve.start(http_options={"host": "127.0.0.1", "port": 18431})
        yield
        serve.shutdown()


def unit(seed: int, rows: int, dim: int = 32) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((rows, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def collection(folder: Path, seed: int) -> tuple[np.ndarray, list[sightline.ray.Shard]]:
    """Writes a collection of four shards; the first has two parts. Some vectors are in several shards."""
    folder.mkdir()
    vectors = unit(seed, ROWS)
    vectors[[140, 260, 499]] = vectors[7]
    cuts = [0, 60, 120, 250, 380, ROWS]
    for part, (first, last) in enumerate(zip(cuts, cuts[1:])):
        np.save(folder / f"part{part}.npy", vectors[first:last])
    parts = [str(folder / f"part{part}.npy") for part in range(5)]
    paths = [parts[:2], *([part] for part in parts[2:])]
    return vectors, [sightline.ray.Shard(f"shard-{i}", part, num_cpus=0.1) for i, part in enumerate(paths)]


def expected(vectors: np.ndarray, queries: np.ndarray, k: int) -> list[list[tuple[str, int, float]]]:
    """Returns the hits of one index as (shard, row in the shard, similarity)."""
    first = [0, 120, 250, 380]
    rows, similarities = sightline.VectorIndex(vectors).search(queries, k)
    shard = np.searchsorted(first, rows, side="right") - 1
    return [
        [(f"shard-{s}", int(r - first[s]), v) for s, r, v in zip(shard[q], rows[q], similarities[q])]
        for q in range(len(queries))
    ]


def found(response: Any) -> list[list[tuple[str, int, float]]]:
    return [[(hit.shard, hit.row, hit.similarity) for hit in hits] for hits in response.hits]


def ask(handle: Any, queries: Any, k: int = 10) -> Any:
    return handle.search.remote(queries, k).result(timeout_s=60)


def pid_of(name: str, version: str, shard: str) -> int:
    handle = serve.get_deployment_handle(shard, app_name=f"{name}@{version}")
    return int(handle.describe.remote().result(timeout_s=60)["pid"])


def wait_until(condition: Any, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, list[sightline.ray.Shard]]:
    return collection(tmp_path_factory.mktemp("serve") / "v1", 1)


@pytest.fixture
def handle(first: Any) -> Iterator[Any]:
    yield sightline.ray.deploy("photos", first[1], version="1", **FAST)
    sightline.ray.delete("photos")


def test_four_shards_equal_one_index_while_replicas_are_killed(first: Any, handle: Any) -> None:
    vectors, _ = first
    queries = np.concatenate([unit(5, 6), vectors[[7]]])  # the last: equal similarities in three shards
    answers = expected(vectors, queries, 10)
    response = ask(handle, queries)
    assert found(response) == answers and not response.partial and response.version == "1"
    for shard in ("shard-1", "shard-0"):
        killed = pid_of("photos", "1", shard)
        os.kill(killed, signal.SIGKILL)
        complete = 0
        end = time.monotonic() + 60
        while complete < 5 and time.monotonic() < end:
            response = ask(handle, queries)
            if response.partial:  # never silent, and the others are complete
                assert set(response.missing) == {shard}
                assert all(hit.shard != shard for hits in response.hits for hit in hits)
            else:
                assert found(response) == answers
                complete += 1
        assert complete == 5 and pid_of("photos", "1", shard) != killed


def test_a_shard_that_does_not_return_is_named(tmp_path: Path) -> None:
    vectors, shards = collection(tmp_path / "v", 3)
    handle = sightline.ray.deploy("lost", shards, version="1", **{**FAST, "timeout_s": 2.0, "attempts": 2})
    lost = Path(shards[2].paths[0])
    lost.rename(lost.with_suffix(".away"))
    os.kill(pid_of("lost", "1", "shard-2"), signal.SIGKILL)
    response = ask(handle, vectors[[300]])
    assert response.partial and set(response.missing) == {"shard-2"}
    assert len(response.hits[0]) == 10 and all(hit.shard != "shard-2" for hit in response.hits[0])
    lost.with_suffix(".away").rename(lost)
    wait_until(lambda: not ask(handle, vectors[[300]]).partial)
    assert found(ask(handle, vectors[[300]])) == expected(vectors, vectors[[300]], 10)
    sightline.ray.delete("lost")


def test_update_never_mixes_versions(first: Any, handle: Any, tmp_path: Path) -> None:
    old, _ = first
    new, shards = collection(tmp_path / "v2", 2)
    queries = unit(6, 2)
    answers = {"1": expected(old, queries, 10), "2": expected(new, queries, 10)}
    responses: list[Any] = []
    failures: list[BaseException] = []
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            try:
                responses.append(ask(handle, queries))
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(responses) > 5)
    sightline.ray.deploy("photos", shards, version="2", **FAST)
    before = len(responses)
    wait_until(lambda: len(responses) > before + 10)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert {response.version for response in responses} == {"1", "2"} and responses[-1].version == "2"
    for response in responses:
        assert not response.partial and found(response) == answers[response.version]
    assert "photos@1" not in serve.status().applications


def test_a_version_that_does_not_start_changes_nothing(first: Any, handle: Any, tmp_path: Path) -> None:
    vectors, shards = first
    with pytest.raises(sightline.InvalidArgumentError, match="served already"):
        sightline.ray.deploy("photos", shards, version="1", **FAST)
    other = tmp_path / "other.npy"
    np.save(other, unit(1, 10, 16))
    mixed = [*shards[:3], sightline.ray.Shard("shard-3", [str(other)], num_cpus=0.1)]
    with pytest.raises(sightline.InvalidArgumentError, match=r"\[16, 32\] dimensions"):
        sightline.ray.deploy("photos", mixed, version="2", **FAST)
    with pytest.raises(sightline.InvalidArgumentError, match="different names"):
        sightline.ray.deploy("photos", [shards[0], shards[0]], version="3", **FAST)
    response = ask(handle, vectors[:1])
    assert response.version == "1" and not response.partial


def test_texts_ids_and_http(photos: Path, tmp_path: Path, program: Path, encoder: sightline.Encoder) -> None:
    run(program, "encode", "--model", MODEL, "--dataset", photos, "--out", tmp_path / "photos.npy")
    shard = sightline.ray.Shard("only", [str(tmp_path / "photos.npy")], num_cpus=0.1)
    other = MODEL.parent / "emoji-rn"
    with pytest.raises(sightline.InvalidArgumentError, match="another model"):
        sightline.ray.deploy("texts", [shard], version="1", model=str(other), **FAST)
    handle = sightline.ray.deploy("texts", [shard], version="1", model=str(MODEL), **FAST)
    expected_hits = sightline.search(tmp_path / "photos.npy", "the caption number 3", encoder.model, k=4, literal=True)[0]
    response = ask(handle, ["the caption number 3"], 4)
    assert [(hit.id, hit.captions) for hit in response.hits[0]] == [(hit.id, hit.captions) for hit in expected_hits]

    def post(body: Any) -> Any:
        request = urllib.request.Request("http://127.0.0.1:18431/texts", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    answer = post({"texts": ["the caption number 3"], "k": 4})
    assert answer["partial"] is False and [hit["id"] for hit in answer["results"][0]] == [h.id for h in expected_hits]
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post({"texts": ["a"], "k": 0})
    with pytest.raises(Exception, match="shape"):
        ask(handle, np.zeros((1, 3), np.float32))
    sightline.ray.delete("texts")
