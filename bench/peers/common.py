"""Functions that the scripts of this folder share: skipping, the machine, running our program."""
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def skip(reason):
    """Skips a peer that cannot be measured here, without an error; `make bench` shows the line."""
    print(f"SKIPPED {pathlib.Path(sys.argv[0]).name}: {reason}", flush=True)
    sys.exit(0)


def need(*packages):
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        skip(f"not installed: {', '.join(missing)} (pip install -r bench/peers/requirements.txt)")


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def machine(packages=()):
    name = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    return {"processor": name, "cores": len(os.sched_getaffinity(0)),
            "python": sys.version.split()[0], **{p: version(p) for p in packages}}


def add_arguments(parser):
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--sightline", type=pathlib.Path, default=ROOT / "build" / "sightline",
                        help="our program (build/sightline)")


def write(file, result):
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(result, indent=1) + "\n")


def our_environment(threads):
    """The environment in which our program uses `threads` threads; None: its default."""
    return None if threads is None else dict(os.environ, OMP_NUM_THREADS=str(threads))


def our_json(sightline, *arguments, threads=None):
    """The program's JSON output; None where it fails, with its message on stderr."""
    done = subprocess.run([str(sightline), *map(str, arguments), "--json"], capture_output=True, text=True,
                          env=our_environment(threads))
    if done.returncode != 0:
        print(f"{sightline.name} {arguments[0]}: {done.stderr.strip()}", file=sys.stderr)
        return None
    return json.loads(done.stdout)
