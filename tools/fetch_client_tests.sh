#!/bin/sh
# Downloads the clients of other programs that tests/server/clients_test.py runs into build/deps/client_tests (PyPI,
# 50 MB, pinned in tests/server/requirements.txt). Does nothing, and needs no network, if they are already there. Exit
# code 1 with the reason if they cannot be downloaded; the tests are skipped then.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
requirements=$root/tests/server/requirements.txt
target=$root/build/deps/client_tests
wanted=$(sha256sum <"$requirements")
[ "$(cat "$target/complete" 2>/dev/null)" = "$wanted" ] && exit 0

give_up() {
  echo "tools/fetch_client_tests.sh: $1" >&2
  exit 1
}

python3 -m pip --version >/dev/null 2>&1 || give_up "python3 with pip is needed to download the clients"
mkdir -p "$root/build/deps" || give_up "cannot create $root/build/deps"
temporary=$(mktemp -d "$root/build/deps/.client_tests.XXXXXX") || give_up "cannot create a folder in build/deps"
trap 'rm -rf "$temporary"' EXIT

echo "tools/fetch_client_tests.sh: downloading clients for the tests of the server (about 50 MB, once)" >&2
python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
  --root-user-action=ignore --target "$temporary/python" -r "$requirements" >"$temporary/log" 2>&1 ||
  give_up "pip could not install the clients ($(grep . "$temporary/log" | tail -n 1))"
rm -f "$temporary/log"
echo "$wanted" >"$temporary/complete"
rm -rf "$target"
chmod 755 "$temporary"
mv "$temporary" "$target" || give_up "cannot write $target"
