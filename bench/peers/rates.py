"""Peers in separate processes (worker.py), and interleaved rounds."""
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Worker:
    """A peer in its own process; `options` are those of worker.py."""

    def __init__(self, peer, file, threads, options=None):
        command = [sys.executable, str(HERE / "worker.py"), peer, str(file), "--threads", str(threads)]
        for name, value in (options or {}).items():
            command += ["--option", f"{name}={value}"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.ready = self.read()

    def read(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": "the process ended"}

    def ask(self, **command):
        if self.process.poll() is not None or "error" in self.ready:
            return {"error": self.ready.get("error", "the process ended")}
        print(json.dumps(command), file=self.process.stdin, flush=True)
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def interleaved(jobs, rounds):
    """{name: function returning a rate or None} -> {name: {median, best, worst, rounds}}, over interleaved rounds."""
    rates = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            rate = job()
            if rate is not None:
                rates[name].append(rate)
    return {name: {"median": statistics.median(r), "best": max(r), "worst": min(r), "rounds": r}
            for name, r in rates.items() if r}
