"""Runs the program, with faults at chosen calls (faults.cpp)."""
import mmap
import os
import pathlib
import signal
import struct
import subprocess
import time


class FaultState:
    """The counters that faults.cpp keeps while the program runs, also if it is killed."""

    def __init__(self, path):
        self.path = path
        pathlib.Path(path).write_bytes(bytes(16))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 16)

    def clear(self):
        self.memory[:] = bytes(16)

    def calls(self):
        return struct.unpack("<QQ", self.memory)[0]

    def fault(self):
        """Returns the number of the first call with the fault, 0 if there was none."""
        return struct.unpack("<QQ", self.memory)[1]


class Outcome:
    def __init__(self, code, out, err, calls, fault, seconds):
        self.code, self.out, self.err = code, out, err
        self.calls, self.fault, self.seconds = calls, fault, seconds

    @property
    def killed(self):
        return self.code == -signal.SIGKILL


class Programs:
    def __init__(self, program, faults, folder, library):
        self.program, self.faults, self.library = str(program), str(faults), pathlib.Path(library)
        self.folder = folder
        self.state = FaultState(folder / "calls")

    def environment(self, mode=None, at=None, clock=None):
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SIGHTLINE_", "FAULTS_"))}
        out = {**kept, "XDG_CACHE_HOME": str(self.folder / "cache"), "XDG_DATA_HOME": str(self.folder / "data"),
               "OMP_NUM_THREADS": "1", "LD_PRELOAD": self.faults, "FAULTS_FOLDER": str(self.library),
               "FAULTS_STATE": self.state.path}
        if mode:
            out |= {"FAULTS_MODE": mode, "FAULTS_AT": str(at)}
        if clock:
            out["FAULTS_CLOCK"] = str(clock)
        return out

    def plain(self, *arguments):
        """Runs without faults; returns the completed process."""
        return subprocess.run([self.program, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env={key: value for key, value in self.environment().items()
                                              if key not in ("LD_PRELOAD", "FAULTS_FOLDER", "FAULTS_STATE")})

    def run(self, arguments, *, mode=None, at=None, clock=None, kill_after=None, meanwhile=None):
        """Runs with a fault at a call, or kills the process `kill_after` seconds after its first call.

        meanwhile(process, out): called while it runs, with the path of its output so far.
        """
        self.state.clear()
        out, err = self.folder / "out", self.folder / "err"
        begin = time.monotonic()
        with open(out, "wb") as out_file, open(err, "wb") as err_file:
            process = subprocess.Popen([self.program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                       stdout=out_file, stderr=err_file, env=self.environment(mode, at, clock))
        try:
            if meanwhile:
                meanwhile(process, out)
            if kill_after is not None:
                while process.poll() is None and self.state.calls() == 0:
                    time.sleep(0.001)
                self._wait(process, kill_after)
                process.kill()
            self._wait(process, 300)
            if process.poll() is None:
                raise RuntimeError(f"'{' '.join(map(str, arguments))}' did not end in 300 s")
        finally:
            process.kill()
            process.wait()
        return Outcome(process.returncode, out.read_text(), err.read_text(), self.state.calls(), self.state.fault(),
                       time.monotonic() - begin)

    @staticmethod
    def _wait(process, seconds):
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
