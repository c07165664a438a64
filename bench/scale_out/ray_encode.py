#!/usr/bin/env python3
"""Measures encoding with Ray Data on clusters of 1 and 2 nodes of one core: ray_encode.py MODEL.

Generates small JPEG images, encodes them on local clusters whose nodes are processes pinned to one core each, in
interleaved rounds, and prints images per second, the processor time of Ray itself, and the scaling (rate of 2 nodes / 2 /
rate of 1 node). Then encodes once
more on 2 nodes and kills an actor in the middle, and once more and kills a whole node, for which another one is added; it
checks that every image was written once. Needs pip install 'sightline[ray,images]'. The machine should be otherwise idle.
"""
import argparse
import io
import json
import os
import pathlib
import signal
import tempfile
import threading
import time

import numpy as np
import ray
from PIL import Image
from ray.cluster_utils import Cluster

import sightline.ray


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--rows-per-file", type=int, default=500, help="of the generated Parquet files")
    parser.add_argument("--rows-per-block", type=int, default=512, help="that an actor receives at a time")
    parser.add_argument("--cores", type=int, nargs="+", default=sorted(os.sched_getaffinity(0))[:2])
    return parser.parse_args()


def generate(folder, count, rows_per_file):
    """Writes Parquet files of smooth random JPEG images, 128 x 96."""
    import pyarrow as pa
    from pyarrow import parquet

    random = np.random.default_rng(0)
    for first in range(0, count, rows_per_file):
        ids, files = [], []
        for row in range(first, min(count, first + rows_per_file)):
            small = Image.fromarray(random.integers(0, 256, (6, 8, 3), np.uint8))
            out = io.BytesIO()
            small.resize((128, 96), Image.Resampling.BICUBIC).save(out, "JPEG")
            ids.append(f"image-{row:08}")
            files.append(out.getvalue())
        parquet.write_table(pa.table({"id": ids, "bytes": files}), folder / f"images-{first:08}.parquet")


class PinnedEncoder(sightline.ray.ImageEncoder):
    """Stays on the core of its node, and records its process."""

    def __init__(self, model, precision, cores, pids):
        node = ray.get_runtime_context().get_node_id()
        os.sched_setaffinity(0, {cores.get(node, max(cores.values()))})  # a node that was added has the core of the lost one
        pathlib.Path(pids, str(os.getpid())).touch()
        super().__init__(model, precision=precision)


# Reading and writing take a fraction of a core; an encoder takes the rest.
NODE = {"num_cpus": 2, "resources": {"encoder": 1}}


def encode(options, images, folder, nodes, kill=None):
    """Encodes on `nodes` nodes of one core.

    Returns images per second, the written parts, and seconds of processor time of Ray without the encoders; all without
    the start.

    kill: None, "actor" or "node".
    """
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        added = [cluster.add_node(**NODE) for _ in range(nodes)]
        ray.init(address=cluster.address, log_to_driver=False, configure_logging=False)
        cluster.wait_for_nodes()
        workers = [node["NodeID"] for node in ray.nodes() if node["Resources"].get("encoder")]
        cores = dict(zip(workers, options.cores))
        pids = folder / "pids"
        pids.mkdir(parents=True)
        # As encode_images does: a block is the unit that actors receive.
        blocks = ray.data.read_parquet(str(images)).repartition(target_num_rows_per_block=options.rows_per_block)
        encoded = blocks.map_batches(
            PinnedEncoder,
            fn_constructor_args=(options.model, options.precision, cores, str(pids)),
            batch_size=64,
            batch_format="numpy",
            num_cpus=1,
            resources={"encoder": 1},
            concurrency=nodes,
        )
        if kill == "actor":
            threading.Thread(target=kill_actor, args=(pids, folder / "out"), daemon=True).start()
        if kill == "node":
            threading.Thread(target=replace_node, args=(cluster, added[-1], folder / "out"), daemon=True).start()
        begin, written = [], []
        threading.Thread(target=note_start, args=(pids, nodes, begin), daemon=True).start()
        written = sightline.ray.write_vectors(encoded, str(folder / "out"), id="id")
        rate = options.images / (time.perf_counter() - begin[0])
        encoders = {int(file.name) for file in pids.iterdir()}
        return rate, written, processor_seconds(encoders) - begin[1]
    finally:
        ray.shutdown()
        cluster.shutdown()


def processor_seconds(without):
    """Processor time of this process and of those that it and they started, except the ids `without`."""
    parents, seconds = {}, {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        seconds[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def own(pid):
        while pid > 1 and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    return sum(time for pid, time in seconds.items() if pid not in without and own(pid))


def note_start(pids, nodes, begin):
    """Notes when all actors have started: a cluster of machines starts them at the same time."""
    while len(list(pids.iterdir())) < nodes:
        time.sleep(0.01)
    begin[:] = [time.perf_counter(), processor_seconds({int(file.name) for file in pids.iterdir()})]


def wait_for_parts(out, count):
    while len(list(out.glob("img_emb/*.npy"))) < count:
        time.sleep(0.01)


def kill_actor(pids, out):
    """Kills an actor once two parts have been written."""
    wait_for_parts(out, 2)
    os.kill(int(next(pids.iterdir()).name), signal.SIGKILL)


def replace_node(cluster, node, out):
    """Kills the raylet of a node once two parts have been written: its workers and its objects end with it."""
    wait_for_parts(out, 2)
    os.kill(node.all_processes["raylet"][0].process.pid, signal.SIGKILL)
    cluster.add_node(**NODE)


def ids_in(out):
    lines = [line for file in out.glob("img_emb/*.ids.jsonl") for line in file.read_text().splitlines()]
    return [json.loads(line)["id"] for line in lines]


def main():
    options = parse()
    options.model = str(pathlib.Path(options.model).absolute())
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        images = folder / "images"
        images.mkdir()
        generate(images, options.images, options.rows_per_file)
        best = {1: 0.0, 2: 0.0}
        for number in range(options.rounds):
            for nodes in best:
                rate, written, seconds = encode(options, images, folder / f"{number}-{nodes}", nodes)
                assert written.rows == options.images
                best[nodes] = max(best[nodes], rate)
                print(
                    f"round {number + 1}, {nodes} nodes: {rate:.0f} images/s, Ray itself "
                    f"{1000 * seconds / options.images:.2f} ms of processor time per image",
                    flush=True,
                )
        print(f"{options.images} images: scaling {best[2] / 2 / best[1]:.3f}")
        for kill in ("actor", "node"):
            _, written, _ = encode(options, images, folder / kill, 2, kill)
            ids = ids_in(folder / kill / "out")
            assert len(list((folder / kill / "pids").iterdir())) > 2, f"no {kill} was killed"
            assert len(ids) == len(set(ids)) == options.images, f"{len(ids)} ids, {len(set(ids))} different"
            print(f"{kill} killed: {written.rows} vectors, each image once", flush=True)


if __name__ == "__main__":
    main()
