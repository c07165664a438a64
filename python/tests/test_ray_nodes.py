"""sightline.ray on a local cluster of several nodes, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MODEL, pixels
from PIL import Image
from ray_cluster import ray, require_loopback

import sightline
import sightline.ray

pytestmark = pytest.mark.filterwarnings("ignore")
cluster_utils = pytest.importorskip("ray.cluster_utils")

IMAGES = 240
NODE = {"num_cpus": 3, "object_store_memory": 100 << 20}


@pytest.fixture
def nodes() -> Iterator[tuple[Any, list[Any]]]:
    """A cluster of a head without processors and two nodes; closed afterwards."""
    require_loopback()
    cluster = cluster_utils.Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, "object_store_memory": 100 << 20}
    )
    try:
        workers = [cluster.add_node(**NODE) for _ in range(2)]
        ray.init(address=cluster.address, configure_logging=False, log_to_driver=False)
        cluster.wait_for_nodes()
        yield cluster, workers
    finally:
        ray.shutdown()
        cluster.shutdown()


class Noted(sightline.ray.ImageEncoder):
    """Notes its node and process for each batch, and is slow enough to be killed midway."""

    def __init__(self, model: str, notes: str) -> None:
        super().__init__(model)
        self._note = Path(notes) / f"{ray.get_runtime_context().get_node_id()}.{os.getpid()}"

    def __call__(self, batch: Any) -> Any:
        encoded = super().__call__(batch)
        time.sleep(0.2)
        with open(self._note, "a") as file:
            file.write("batch\n")
        return encoded


def batches_of(notes: Path, node: str) -> int:
    return sum(file.read_text().count("\n") for file in notes.glob(f"{node}.*"))


def kill_node(node: Any, notes: Path, killed: list[int]) -> None:
    """Kills the raylet of a node after it has encoded two batches; its workers and its objects end with it."""
    end = time.monotonic() + 300
    while batches_of(notes, node.node_id) < 2 and time.monotonic() < end:
        time.sleep(0.02)
    process = node.all_processes["raylet"][0].process
    os.kill(process.pid, signal.SIGKILL)
    killed.append(process.pid)


def test_a_killed_node_loses_nothing_and_repeats_nothing(nodes: Any, tmp_path: Path) -> None:
    cluster, workers = nodes
    notes = tmp_path / "notes"
    notes.mkdir()
    (tmp_path / "images").mkdir()
    for i in range(IMAGES):
        Image.fromarray(pixels(i, 32, 40)).save(tmp_path / "images" / f"{i:04}.png")
    files = sorted(str(file) for file in (tmp_path / "images").iterdir())
    images = ray.data.read_binary_files(files, include_paths=True).repartition(target_num_rows_per_block=16)
    encoded = images.map_batches(
        Noted,
        fn_constructor_args=(str(MODEL), str(notes)),
        batch_size=8,
        batch_format="numpy",
        num_cpus=1,
        concurrency=2,
        scheduling_strategy="SPREAD",
    )
    killed: list[int] = []
    killer = threading.Thread(target=kill_node, args=(workers[1], notes, killed))
    killer.start()
    written = sightline.ray.write_vectors(encoded, str(tmp_path / "out"))
    killer.join()
    assert killed and batches_of(notes, workers[1].node_id) >= 2
    alive = [node for node in ray.nodes() if node["Alive"]]
    assert workers[1].node_id not in {node["NodeID"] for node in alive}

    assert (written.rows, written.failed) == (IMAGES, 0)
    expected = dict(zip(files, sightline.Encoder(MODEL).encode_images(files)))
    found: list[str] = []
    for file in (tmp_path / "out/img_emb").glob("*.npy"):
        lines = file.with_suffix(".ids.jsonl").read_text().splitlines()
        for line, vector in zip(lines, np.load(file)):
            found.append(json.loads(line)["id"])
            assert np.array_equal(expected[found[-1]], vector)
    assert sorted(found) == files
