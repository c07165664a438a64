#!/usr/bin/env python3
"""One peer of bench/peers/approximate.py, in a process of its own, so that its memory can be measured.

    approximate_worker.py SYSTEM FOLDER ROWS THREADS

Builds the index over the first ROWS of FOLDER/vectors.npy, or opens it if FOLDER has it, prints a JSON line
about it, and answers each JSON line of standard input, {"queries": "text", "first": 0, "count": 64,
"batch": true, "setting": 32}, with the seconds and the seconds of all processors (per query, or of the batch),
and with the ids of the hits. Candidates of compressed vectors are re-scored in f32, which is measured too.
"""
import json
import os
import pathlib
import resource
import sys
import time

import numpy as np

K = 10


class Faiss:
    """settings: efSearch or nprobe. Hits of SQ8 and PQ are re-scored."""

    def __init__(self, system, vectors, path, threads):
        import faiss
        faiss.omp_set_num_threads(threads)
        self.faiss, self.vectors, self.rescore = faiss, vectors, {"ivf-sq8": 40, "ivf-pq": 200}.get(system, 0)
        if path.exists():
            self.index = faiss.read_index(str(path))
        else:
            self.index = self.build(system, path)
            faiss.write_index(self.index, str(path))

    def build(self, system, path):
        faiss, (rows, dim) = self.faiss, self.vectors.shape
        inner = faiss.METRIC_INNER_PRODUCT
        if system == "flat":
            index = faiss.IndexFlatIP(dim)
        elif system == "hnsw":
            index = faiss.IndexHNSWFlat(dim, 32, inner)
        else:
            lists = 4 * int(rows ** 0.5)
            quantizer = self.centres(lists, path.with_name(f"centres-{rows}.npy"))
            index = {"ivf-flat": lambda: faiss.IndexIVFFlat(quantizer, dim, lists, inner),
                     "ivf-sq8": lambda: faiss.IndexIVFScalarQuantizer(quantizer, dim, lists,
                                                                      faiss.ScalarQuantizer.QT_8bit, inner),
                     "ivf-pq": lambda: faiss.IndexIVFPQ(quantizer, dim, lists, 64, 8, inner)}[system]()
            index.own_fields = True
            quantizer.this.disown()
            index.train(np.ascontiguousarray(self.vectors[::max(1, rows // 30_000)]))
        for first in range(0, rows, 50_000):
            index.add(np.ascontiguousarray(self.vectors[first:first + 50_000]))
        return index

    def centres(self, lists, path):
        """The same for all kinds of inverted lists, so that they are trained once."""
        faiss, (rows, dim) = self.faiss, self.vectors.shape
        if not path.exists():
            start = time.perf_counter()
            kmeans = faiss.Kmeans(dim, lists, niter=8, spherical=True, max_points_per_centroid=30, seed=1)
            kmeans.train(np.ascontiguousarray(self.vectors[::max(1, rows // (30 * lists))]))
            np.save(path, kmeans.centroids)
            path.with_suffix(".json").write_text(json.dumps({"train_s": time.perf_counter() - start}))
        quantizer = faiss.IndexFlatIP(dim)
        quantizer.add(np.load(path))
        return quantizer

    def search(self, queries, setting):
        if isinstance(self.index, self.faiss.IndexHNSW):
            self.index.hnsw.efSearch = setting
        elif isinstance(self.index, self.faiss.IndexIVF):
            self.index.nprobe = setting
        ids = self.index.search(queries, self.rescore or K)[1]
        return rescored(self.vectors, queries, ids) if self.rescore else ids


class Usearch:
    """int8 vectors, the type that it is fastest with; hits are re-scored. setting: expansion_search."""

    def __init__(self, system, vectors, path, threads):
        from usearch.index import Index
        self.vectors, self.threads = vectors, threads
        self.index = Index(ndim=vectors.shape[1], metric="ip", dtype="i8", connectivity=16, expansion_add=128)
        if path.exists():
            self.index.load(str(path))
            return
        for first in range(0, len(vectors), 50_000):
            part = np.ascontiguousarray(vectors[first:first + 50_000])
            self.index.add(np.arange(first, first + len(part)), part, threads=threads)
        self.index.save(str(path))

    def search(self, queries, setting):
        self.index.expansion_search = setting
        ids = np.atleast_2d(self.index.search(queries, 40, threads=self.threads).keys).astype(np.int64)
        return rescored(self.vectors, queries, ids)


class SqliteVec:
    """A vec0 table: exact, in f32."""

    def __init__(self, system, vectors, path, threads):
        import apsw  # many builds of Python's sqlite3 cannot load extensions
        import sqlite_vec
        new = not path.exists()
        self.db = apsw.Connection(str(path))
        self.db.enable_load_extension(True)
        self.db.load_extension(sqlite_vec.loadable_path())
        if not new:
            return
        self.db.execute(f"CREATE VIRTUAL TABLE v USING vec0(e float[{vectors.shape[1]}] distance_metric=cosine)")
        with self.db:
            for first in range(0, len(vectors), 10_000):
                part = np.asarray(vectors[first:first + 10_000])
                self.db.executemany("INSERT INTO v(rowid, e) VALUES (?, ?)",
                                    ((first + i, row.tobytes()) for i, row in enumerate(part)))

    def search(self, queries, setting):
        sql = "SELECT rowid FROM v WHERE e MATCH ? AND k = ?"
        return np.array([[row[0] for row in self.db.execute(sql, (q.tobytes(), K))] for q in queries])


def rescored(vectors, queries, ids):
    hits = np.full((len(queries), K), -1, dtype=np.int64)
    for q, found in enumerate(ids):
        found = found[found >= 0]
        best = found[np.argsort(-(vectors[found] @ queries[q]))[:K]]
        hits[q, :len(best)] = best
    return hits


def status(name):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


def main():
    system, folder, rows, threads = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")[:rows]
    queries = {kind: np.load(folder / f"queries-{kind}.npy") for kind in ("text", "image")}
    path = folder / f"index-{system}-{rows}"
    new, start = not path.exists(), time.perf_counter()
    before = status("RssAnon")
    kind = {"usearch": Usearch, "sqlite-vec": SqliteVec}.get(system, Faiss)
    made = kind(system, vectors, path, threads)
    taken, cpu = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    facts = path.with_name(path.name + ".json")
    if new:
        facts.write_text(json.dumps({"build_s": taken, "build_cpu_s": cpu.ru_utime + cpu.ru_stime,
                                     "load_average": os.getloadavg()[0]}))
    print(json.dumps({**json.loads(facts.read_text()), "bytes": path.stat().st_size,
                      "opened_s": None if new else taken}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        if ask.get("memory"):
            print(json.dumps({"anonymous_mib": status("RssAnon") - before}), flush=True)
            continue
        chosen = queries[ask["queries"]][ask["first"]:ask["first"] + ask["count"]]
        step, seconds, processor, ids = len(chosen) if ask["batch"] else 1, [], [], []
        for first in range(0, len(chosen), step):
            start, before = time.perf_counter(), time.process_time()
            found = made.search(chosen[first:first + step], ask["setting"])
            seconds.append(time.perf_counter() - start)
            processor.append(time.process_time() - before)
            ids += found.tolist()
        print(json.dumps({"seconds": seconds, "processor": processor, "ids": ids}), flush=True)


if __name__ == "__main__":
    main()
