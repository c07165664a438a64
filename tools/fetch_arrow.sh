#!/bin/sh
# Unpacks Apache Arrow's C++ library (for Parquet data sets) from the pinned pyarrow wheel into
# build/deps/pyarrow-VERSION, because Debian 12 has no Arrow package. Does nothing, and needs no
# network, if it is already there. If it cannot be downloaded, prints the reason and exits with 0: the
# build continues without Parquet.
set -u
version=23.0.1
root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/build/deps/pyarrow-$version
[ -e "$target/complete" ] && exit 0
# Not needed if the system has Arrow.
pkg-config --exists arrow parquet 2>/dev/null && exit 0

give_up() {
  echo "tools/fetch_arrow.sh: $1; this build will not support Parquet data sets" >&2
  exit 0
}

case $(uname -m) in
  x86_64) platform=manylinux_2_28_x86_64
          hash=26d50dee49d741ac0e82185033488d28d35be4d763ae6f321f97d1140eb7a0e9 ;;
  aarch64) platform=manylinux_2_28_aarch64
          hash=fed7020203e9ef273360b9e45be52a2a47d3103caf156a30ace5247ffb51bdbd ;;
  *) give_up "no pyarrow wheel is pinned for $(uname -m)" ;;
esac
python3 -m pip --version >/dev/null 2>&1 || give_up "python3 with pip is needed to download pyarrow"

mkdir -p "$target" || give_up "cannot create $target"
trap 'rm -rf "$target/wheel"' EXIT
mkdir -p "$target/wheel"
echo "pyarrow==$version --hash=sha256:$hash" >"$target/wheel/requirements.txt"
echo "tools/fetch_arrow.sh: downloading pyarrow $version (about 45 MB, once)" >&2
# The wheel's Python version is irrelevant: only its C++ libraries and headers are used.
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --platform "$platform" --implementation cp --python-version 311 --abi cp311 \
  --require-hashes -r "$target/wheel/requirements.txt" -d "$target/wheel" >"$target/wheel/log" 2>&1 ||
  give_up "pip could not download pyarrow $version ($(tail -n 1 "$target/wheel/log"))"

python3 - "$target" <<'EOF' || give_up "the pyarrow wheel could not be unpacked"
import glob, os, re, shutil, sys, zipfile
target = sys.argv[1]
wanted = re.compile(r"pyarrow/(include/(arrow|parquet)/.+\.h|lib(arrow|parquet)\.so\.\d+)$"
                    r"|pyarrow-[^/]+/(licenses/)?(LICENSE|NOTICE)\.txt$")
with zipfile.ZipFile(glob.glob(os.path.join(target, "wheel", "*.whl"))[0]) as wheel:
    for name in wheel.namelist():
        if name.endswith("/") or not wanted.match(name):
            continue
        parts = name.split("/")
        kept = "/".join(parts[1:]) if "include" in parts else parts[-1]
        path = os.path.join(target, kept if "include" in parts or ".so" not in kept else "lib/" + kept)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wheel.open(name) as source, open(path, "wb") as copy:
            shutil.copyfileobj(source, copy)
EOF
touch "$target/complete"
