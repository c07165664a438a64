#!/usr/bin/env python3
"""Exact search against approximate indexes: recall@10, latency, throughput, build time and memory, in one run.

    bench/peers/resample_vectors.py DIR --images IMAGES.npy --texts TEXTS.npy --rows 1000000
    bench/peers/approximate.py DIR [--rows 1000000] [--threads 2] [--rounds 10] [--json FILE]

Each system is a process over the first rows of DIR/vectors.npy; indexes are built on the first run and kept in
DIR. In each round, every system with every setting searches the same few queries one by one, and in the first
three rounds the fast ones also a batch. `processor_ms` is the time of all cores together, which other programs
on the machine change least. Text and image queries are measured apart: texts are outside the distribution of
the vectors, which graphs and inverted lists find hard. The truth is our exact search; the recall of Faiss flat
shows that it is. With --repeat, our index also searches the rows R times over: the time of R times as many.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import common

K = 10
WIDTHS = (16, 32, 64, 128, 256, 512)
PROBES = (4, 16, 32, 64, 128, 256)
SYSTEMS = {"faiss flat": (0,), "sqlite-vec": (0,), "faiss hnsw": WIDTHS, "faiss ivf-flat": PROBES,
           "faiss ivf-sq8": PROBES, "faiss ivf-pq": PROBES, "usearch": WIDTHS}
BATCH = 64


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Ours:
    """The worker answers for one kind of queries, so there are two."""

    def __init__(self, program, folder, threads, repeat=1):
        self.processes, new = {}, not (folder / "vectors.quantized").exists()
        start = time.perf_counter()
        for kind in ("text", "image"):
            self.processes[kind] = subprocess.Popen(
                [program, str(folder), "--queries", str(folder / f"queries-{kind}.npy"), "--repeat",
                 str(repeat)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ, OMP_NUM_THREADS=str(threads)))
            if self.processes[kind].stdout.readline().strip() != "ready":
                sys.exit(f"{program} did not start")
            if new:
                facts = {"build_s": time.perf_counter() - start, "build_cpu_s": processor_seconds(self.processes[kind]),
                         "load_average": os.getloadavg()[0]}
                (folder / "index-sightline.json").write_text(json.dumps(facts))
                new = False
        self.facts = {**json.loads((folder / "index-sightline.json").read_text()),
                      "bytes": (folder / "vectors.quantized").stat().st_size}

    def line(self, kind, text):
        process = self.processes[kind]
        process.stdin.write(text + "\n")
        process.stdin.flush()
        return process.stdout.readline().split()

    def ask(self, kind, first, count, batch, setting):
        if batch:
            return {"seconds": [float(self.line(kind, f"int8 {count}")[0])], "ids": []}
        answers = [self.line(kind, f"one {q}") for q in range(first, first + count)]
        return {"seconds": [float(a[0]) for a in answers], "processor": [float(a[1]) for a in answers],
                "ids": [[int(i) for i in a[2:]] for a in answers]}

    def memory(self):
        return max(float(self.line(kind, "memory 0")[0]) for kind in self.processes)

    def close(self):
        for process in self.processes.values():
            process.stdin.close()
            process.wait()


class Peer:
    def __init__(self, system, folder, rows, threads):
        worker = pathlib.Path(__file__).with_name("approximate_worker.py")
        self.process = subprocess.Popen(
            [sys.executable, str(worker), system.removeprefix("faiss "), str(folder), str(rows), str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS="1",
                     OMP_WAIT_POLICY="passive"))  # spinning would count as time of the processors
        self.facts = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("a peer stopped")
        return json.loads(line)

    def ask(self, kind, first, count, batch, setting):
        self.process.stdin.write(json.dumps({"queries": kind, "first": first, "count": count, "batch": batch,
                                             "setting": setting}) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def memory(self):
        self.process.stdin.write('{"memory": true}\n')
        self.process.stdin.flush()
        return self.answer()["anonymous_mib"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def recall(found, truth):
    return statistics.mean(len(set(f) & set(t)) / K for f, t in zip(found, truth))


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def measure(systems, arguments):
    """Rows of figures, one per system, setting and kind of queries."""
    cases = [(name, s) for name in systems for s in SYSTEMS.get(name, (0,))]
    loads, rows = [], []
    for kind in ("text", "image"):
        seconds, processor, ids, batches = ({case: [] for case in cases} for _ in range(4))
        for round_ in range(arguments.rounds + 1):
            loads.append(os.getloadavg()[0])
            for name, setting in cases:
                share = 5 if name in ("sqlite-vec", "faiss flat") or " x" in name else 1  # slow ones search fewer queries
                first = round_ * arguments.queries
                count = max(1, arguments.queries // share)
                answer = systems[name].ask(kind, first, count, False, setting)
                if round_ == 0:
                    continue  # warms up
                seconds[name, setting] += answer["seconds"]
                processor[name, setting] += answer["processor"]
                ids[name, setting] += zip(range(first, first + count), answer["ids"])
                if round_ <= 3 and name not in ("sqlite-vec", "faiss flat"):
                    batches[name, setting] += systems[name].ask(kind, 0, BATCH, True, setting)["seconds"]
        truth = dict(ids["sightline", 0])
        for case in cases:
            found = ids[case]
            repeated = " x" in case[0]  # finds each hit several times
            rows.append({"queries": kind, "system": case[0], "setting": case[1],
                         "recall": None if repeated else recall([f for _, f in found], [truth[q] for q, _ in found]),
                         "p50_ms": 1e3 * quantile(seconds[case], 0.5), "p99_ms": 1e3 * quantile(seconds[case], 0.99),
                         "fastest_ms": 1e3 * min(seconds[case]), "searches": len(seconds[case]),
                         "processor_ms": 1e3 * statistics.median(processor[case]),
                         "batch_per_second": BATCH / statistics.median(batches[case]) if batches[case] else None})
    return rows, loads


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--program", default=common.ROOT / "build" / "bench" / "bench_search_worker")
    parser.add_argument("--rows", type=int, help="the first of the vectors (default: all)")
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="comma-separated")
    parser.add_argument("--repeat", type=int, default=1, help="also searches the rows so many times over, exactly")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--queries", type=int, default=20, help="per round")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    common.need("faiss", "usearch", "sqlite_vec", "numpy")
    import numpy as np
    vectors = np.load(arguments.folder / "vectors.npy", mmap_mode="r")
    rows = arguments.rows or len(vectors)
    own = arguments.folder if rows == len(vectors) else arguments.folder / f"first-{rows}"
    if not (own / "vectors.npy").exists():
        own.mkdir()
        np.save(own / "vectors.npy", vectors[:rows])
        for kind in ("text", "image"):
            np.save(own / f"queries-{kind}.npy", np.load(arguments.folder / f"queries-{kind}.npy"))
    systems = {"sightline": Ours(arguments.program, own, arguments.threads)}
    if arguments.repeat > 1:
        systems[f"sightline x{arguments.repeat}"] = Ours(arguments.program, own, arguments.threads, arguments.repeat)
    for name in arguments.systems.split(","):
        systems[name] = Peer(name, arguments.folder, rows, arguments.threads)
    figures, loads = measure(systems, arguments)
    described = arguments.folder / "vectors.json"
    result = {"rows": rows, "dim": vectors.shape[1], "k": K, "threads": arguments.threads,
              "vectors": json.loads(described.read_text()) if described.exists() else None,
              "load_average": {"median": statistics.median(loads), "largest": max(loads)},
              "machine": common.machine(["faiss-cpu", "usearch", "sqlite-vec", "numpy"]),
              "indexes": {name: {**s.facts, "anonymous_mib": s.memory()} for name, s in systems.items()},
              "figures": figures}
    for system in systems.values():
        system.close()
    common.write(arguments.json, result)
    print(f"{rows} x {vectors.shape[1]}, {arguments.threads} threads, load average {statistics.median(loads):.1f}")
    for name, facts in result["indexes"].items():
        print(f"  {name:15} build {facts['build_s']:8.1f} s (cpu {facts['build_cpu_s']:.1f}), {facts['bytes'] / 2**20:8.1f} MiB in the file, "
              f"{facts['anonymous_mib']:8.1f} MiB in memory")
    for row in figures:
        print(f"  {row['queries']:5} {row['system']:15} {row['setting']:4} recall {row['recall'] or 1:.4f}  p50 "
              f"{row['p50_ms']:8.2f} ms  p99 {row['p99_ms']:8.2f} ms  best {row['fastest_ms']:8.2f} ms  cpu "
              f"{row['processor_ms']:8.2f} ms  "
              f"batch {row['batch_per_second'] or 0:9.1f}/s")


if __name__ == "__main__":
    main()
