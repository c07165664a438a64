#!/bin/sh
# Makes the environment that builds and tests the Python package: build/deps/python (PyPI, 300 MB on the disk, pinned
# in python/requirements.txt). Does nothing, and needs no network, if it is already there. Exit code 1 with the reason
# if it cannot be made; the package is not built and its tests are skipped then. PYTHON names another interpreter.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
requirements=$root/python/requirements.txt
target=$root/build/deps/python
python=${PYTHON:-/usr/bin/python3}
wanted=$(sha256sum <"$requirements")
[ "$(cat "$target/complete" 2>/dev/null)" = "$wanted" ] && exit 0

give_up() {
  echo "tools/fetch_python.sh: $1" >&2
  rm -rf "$target"
  exit 1
}

"$python" -c 'import venv, ensurepip, sysconfig, os
assert os.path.exists(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null ||
  give_up "$python with venv and Python.h is needed (Debian: python3-venv python3-dev)"
mkdir -p "$root/build/deps" || give_up "cannot create $root/build/deps"
echo "tools/fetch_python.sh: downloading nanobind, NumPy and what tests the Python package (about 80 MB, once)" >&2
# Not made elsewhere and moved: an environment contains its own path.
rm -rf "$target"
"$python" -m venv "$target" || give_up "cannot create $target"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes \
  -r "$requirements" >"$target/log" 2>&1 ||
  give_up "pip could not install the packages ($(grep . "$target/log" | tail -n 1))"
rm -f "$target/log"
echo "$wanted" >"$target/complete"
