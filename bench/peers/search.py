#!/usr/bin/env python3
"""Exact search against Faiss and usearch: same vectors, same cores, interleaved rounds.

    python3 -m venv venv && venv/bin/pip install -r bench/peers/requirements.txt
    venv/bin/python bench/peers/search.py build/bench/bench_search_worker [--rows 100000] [--threads 2] [--json]

bench_search_worker writes the vectors and answers one search per line. Each round runs every program once;
figures are medians of the rounds. Peers: Faiss IndexFlatIP (fp32) and IndexScalarQuantizer (8 bits,
bf16; approximate, for scale), usearch's exact search in f32, bf16 and i8 (the latter two approximate).
Ours is exact in every precision, and this script checks that against Faiss's ids.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

K = 10


class Ours:
    def __init__(self, program, folder, rows, threads):
        env = dict(os.environ, OMP_NUM_THREADS=str(threads))
        self.process = subprocess.Popen([program, str(folder), "--rows", str(rows)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=env)
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"{program} did not start")

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def seconds(self, precision, batch):
        return float(self.ask(f"{precision} {batch}"))

    def hits(self, query):
        return [int(word) for word in self.ask(f"hits {query}").split()]


def peers(vectors, queries, threads):
    """name, precision, function(batch) that searches."""
    import faiss
    import numpy as np
    from usearch.index import MetricKind, search

    faiss.omp_set_num_threads(threads)
    dim = vectors.shape[1]
    flat = faiss.IndexFlatIP(dim)
    flat.add(vectors)
    yield "faiss flat", "fp32", lambda b: flat.search(queries[:b], K)

    def with_blas(b):  # Faiss itself uses BLAS for larger batches only
        before = faiss.cvar.distance_compute_blas_threshold
        faiss.cvar.distance_compute_blas_threshold = 1
        try:
            return flat.search(queries[:b], K)
        finally:
            faiss.cvar.distance_compute_blas_threshold = before
    yield "faiss flat BLAS", "fp32", with_blas
    for name, kind in (("int8", faiss.ScalarQuantizer.QT_8bit), ("bf16", faiss.ScalarQuantizer.QT_bf16)):
        quantized = faiss.IndexScalarQuantizer(dim, kind, faiss.METRIC_INNER_PRODUCT)
        quantized.train(vectors)
        quantized.add(vectors)
        yield "faiss sq", name, lambda b, index=quantized: index.search(queries[:b], K)
    yield "usearch exact", "fp32", lambda b: search(vectors, queries[:b], K, MetricKind.IP, exact=True, threads=threads)
    codes, query_codes = (np.clip(np.rint(x * 127 / np.abs(vectors).max()), -127, 127).astype(np.int8)
                          for x in (vectors, queries))
    yield "usearch exact", "int8", lambda b: search(codes, query_codes[:b], K, MetricKind.IP, exact=True, threads=threads)


def measure(arguments, folder):
    import faiss
    import numpy as np
    import usearch
    ours = Ours(arguments.program, folder, arguments.rows, arguments.threads)
    vectors, queries = np.load(folder / "vectors.npy"), np.load(folder / "queries.npy")
    systems = [("sightline", p, lambda b, p=p: ours.seconds(p, b)) for p in ("fp32", "bf16", "int8")]

    def timed(call):
        def run(batch):
            start = time.perf_counter()
            call(batch)
            return time.perf_counter() - start
        return run
    flat = None
    for name, precision, call in peers(vectors, queries, arguments.threads):
        flat = flat or call
        systems.append((name, precision, timed(call)))
    _, ids = flat(len(queries))
    wrong = sum(ours.hits(q) != list(ids[q]) for q in range(len(queries)))
    rows = []
    for batch in (1, 8, 64):
        times = {i: [] for i in range(len(systems))}
        for round_ in range(arguments.rounds + 1):
            for i, (_, _, run) in enumerate(systems):
                best = min(run(batch) for _ in range(arguments.repeats))
                if round_ > 0:
                    times[i].append(best)
        for i, (name, precision, _) in enumerate(systems):
            rows.append({"what": "search", "system": name, "precision": precision, "batch": batch,
                         "per_second": batch / statistics.median(times[i])})
    return {"rows": len(vectors), "dim": vectors.shape[1], "threads": arguments.threads,
            "versions": {"faiss": faiss.__version__, "usearch": usearch.__version__, "numpy": np.__version__},
            "queries_whose_ids_differ_from_faiss": wrong, "rates": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="build/bench/bench_search_worker")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3, help="searches per round, of which the fastest counts")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", str(arguments.threads))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(arguments.threads))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench_search."))
    try:
        result = measure(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if arguments.json:
        json.dump(result, sys.stdout, indent=2)
        print()
        return
    print(f"{result['rows']} x {result['dim']}, {result['threads']} threads, "
          f"{result['queries_whose_ids_differ_from_faiss']} of 64 queries with other ids than Faiss")
    for row in result["rates"]:
        print(f"  batch {row['batch']:3}  {row['system']:15} {row['precision']}  {row['per_second']:10.1f} queries/s")


if __name__ == "__main__":
    main()
