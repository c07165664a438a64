#!/usr/bin/env python3
"""Measures `sightline serve` under load: text searches of a library, each with a different text.

  serve.py SIGHTLINE LIBRARY [--seconds 60] [--onnx FOLDER --model MODEL] [--json FILE]

SIGHTLINE  the program          LIBRARY  a library of it
1. One client alone: the time of a search.
2. Capacity: 32 clients, with batches of waiting searches and without (--max-batch 1), in interleaved rounds.
3. Ten times the capacity for --seconds: times of accepted searches (from the access log), status codes, memory, and
   whether answers stay the same.
4. With --onnx (bench/peers/export_onnx.py): FastAPI + ONNX Runtime + NumPy on the same vectors (serve_fastapi.py) under
   the load of 2, in interleaved rounds with ours.

Needs wrk; 4 also fastapi, uvicorn, onnxruntime, numpy, tokenizers. All connections are on the loopback interface.
"""
import argparse
    """A running program that prints its address. Stops it at the end of a `with` block."""
import http.client
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

WORDS = ("red blue green small big old round flying happy sad open broken wild sweet cold hot bright dark wooden paper "
         "heart house cat dog bird fish tree flower car boat train plane hand face eye sun moon star cloud rain snow "
         "book letter clock phone key door window bread apple cake cup bottle hat shoe ball game music flag").split()
LUA = """
local words = {%s}
local path = "%s"
function setup(thread) thread:set("seed", math.random(1, 2 ^ 30)) end
function init(args) math.randomseed(seed) end
function request()
  local text = words[math.random(#words)] .. "+" .. words[math.random(#words)] .. "+" .. words[math.random(#words)]
  return wrk.format("GET", path .. text)
end
function done(summary, latency, requests)
  io.write(string.format("RESULT %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")
    """Returns the seconds of each of several successive searches."""

class Server:
    """A program that prints its address, stopped at the end of a `with` block."""

    def __init__(self, command):
        self.process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r":(\d+)", line)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    def memory_mb(self):
        """Resident memory without mapped files."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024


def sightline(options, *flags):
    return Server([options.sightline, "serve", "--library", options.library, "--port", 0, "--json", *flags])


def texts(count, seed=1):
    rng = random.Random(seed)
    """Compares answers with earlier ones, and records the memory, until stop()."""


def search(connection, text, k=20):
    connection.request("GET", f"/v1/search?k={k}&q=" + urllib.parse.quote(text))
    response = connection.getresponse()
    return response.status, response.read()


def alone(server, count=300):
    """Seconds of each of several searches, one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    seconds = []
    for i, text in enumerate(texts(count + 20)):
        start = time.perf_counter()
        status, _ = search(connection, text)
        assert status == 200, status
        if i >= 20:
            seconds.append(time.perf_counter() - start)
    return seconds


def wrk(port, connections, seconds, folder, path="/v1/search?k=20&q="):
    """Requests, seconds, answers with an error status, broken connections."""
    script = folder / "load.lua"
    script.write_text(LUA % (", ".join(f'"{w}"' for w in WORDS), path))
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script),
                           f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True)
    requests, microseconds, errors, broken = map(int, re.search(r"RESULT (.*)", done.stdout)[1].split())
    return requests, microseconds / 1e6, errors, broken


def capacity(server, folder, seconds=8):
    requests, duration, errors, broken = wrk(server.port, 32, seconds, folder)
    assert errors == 0 and broken == 0, (errors, broken)
    return requests / duration


class Watcher(threading.Thread):
    """Compares answers with those of before, and reads the memory, until stop()."""

    def __init__(self, server):
        super().__init__()
        self.server, self.going, self.memory = server, True, []
        self.queries = texts(20, seed=2)
        self.expected = [self.ids(text) for text in self.queries]
        self.same = self.different = self.refused = 0

    def ids(self, text):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        status, body = search(connection, text)
        connection.close()
        return [hit["id"] for hit in json.loads(body)["hits"]] if status == 200 else None

    def run(self):
        turn = 0
        while self.going:
            found = self.ids(self.queries[turn % len(self.queries)])
            if found is None:
                self.refused += 1
            elif found == self.expected[turn % len(self.queries)]:
                self.same += 1
            else:
                self.different += 1
            turn += 1
            self.memory.append(self.server.memory_mb())
            time.sleep(0.25)


def overload(options, folder, rate):
    log = folder / "access.log"
    with sightline(options, "--access-log", log, "--max-connections", 1024) as server:
        watcher = Watcher(server)
        watcher.start()
        begin = log.stat().st_size
        requests, seconds, _, broken = wrk(server.port, options.connections, options.seconds, folder)
        watcher.going = False
        watcher.join()
    statuses, times = collections.Counter(), []
    with open(log, encoding="utf-8") as lines:
        lines.seek(begin)
        for line in lines:
            entry = json.loads(line)
            statuses[entry["status"]] += 1
            if entry["status"] == 200:
                times.append(entry["ms"])
    return {"offered_per_s": requests / seconds, "times_capacity": requests / seconds / rate,
            "statuses": dict(statuses), "broken": broken, "accepted_per_s": statuses[200] / seconds,
            "p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99), "max_ms": max(times),
            "memory_mb": [watcher.memory[0], statistics.median(watcher.memory), max(watcher.memory)],
            "answers": {"same": watcher.same, "different": watcher.different, "refused": watcher.refused}}


def peer(options, folder):
    export = folder / "vectors.npy"
    subprocess.run([str(options.sightline), "library", "export", "--library", str(options.library), "--out",
                    str(export)],
                   check=True, capture_output=True)
    return Server([sys.executable, pathlib.Path(__file__).parent / "serve_fastapi.py", options.onnx, options.model, export])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sightline", type=pathlib.Path)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--connections", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--onnx", type=pathlib.Path)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    out = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with sightline(options) as server:
            seconds = alone(server)
        out["alone_ms"] = {"p50": 1e3 * percentile(seconds, 0.5), "p99": 1e3 * percentile(seconds, 0.99)}
        rates = collections.defaultdict(list)
        with sightline(options) as batched, sightline(options, "--max-batch", 1) as single:
            servers = {"batches": batched, "single": single}
            other = peer(options, folder) if options.onnx else None
            if other:
                servers["fastapi"] = other
            for _ in range(options.rounds):
                for label, server in servers.items():
                    rates[label].append(capacity(server, folder))
            if other:
                other.__exit__()
        out["per_s"] = {label: {"median": statistics.median(r), "all": r} for label, r in rates.items()}
        out["overload"] = overload(options, folder, statistics.median(rates["batches"]))
    print(json.dumps(out, indent=2))
    if options.json:
        options.json.write_text(json.dumps(out, indent=2) + "\n")


if __name__ == "__main__":
    main()
