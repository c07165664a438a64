#!/bin/sh
# Downloads what the tests of the web page need into build/deps/page_tests: Playwright (PyPI, 54 MB, pinned in
# tests/web/page/requirements.txt; it drives Debian's Chromium) and axe-core (npm, pinned below). Does nothing, and
# needs no network, if they are already there. Exit code 1 with the reason if they cannot be downloaded; the tests
# are skipped then.
set -u
axe=4.14.1
axe_hash=e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
root=$(cd "$(dirname "$0")/.." && pwd)
requirements=$root/tests/web/page/requirements.txt
target=$root/build/deps/page_tests
wanted="$(sha256sum <"$requirements") $axe"
[ "$(cat "$target/complete" 2>/dev/null)" = "$wanted" ] && exit 0

give_up() {
  echo "tools/fetch_page_tests.sh: $1" >&2
  exit 1
}

python3 -m pip --version >/dev/null 2>&1 || give_up "python3 with pip is needed to download Playwright"
mkdir -p "$root/build/deps" || give_up "cannot create $root/build/deps"
temporary=$(mktemp -d "$root/build/deps/.page_tests.XXXXXX") || give_up "cannot create a folder in build/deps"
trap 'rm -rf "$temporary"' EXIT

# Writes $temporary/axe.tgz and, on failure, $temporary/log.
download_axe() {
  if command -v npm >/dev/null 2>&1; then
    (cd "$temporary" && npm pack --loglevel=error "axe-core@$axe" >log 2>&1) &&
      mv "$temporary/axe-core-$axe.tgz" "$temporary/axe.tgz"
  elif command -v curl >/dev/null 2>&1; then
    registry=${npm_config_registry:-https://registry.npmjs.org}
    curl --silent --show-error --fail --location --retry 3 -o "$temporary/axe.tgz" \
      "${registry%/}/axe-core/-/axe-core-$axe.tgz" >"$temporary/log" 2>&1
  else
    give_up "npm or curl is needed to download axe-core"
  fi
}

echo "tools/fetch_page_tests.sh: downloading Playwright and axe-core (about 55 MB, once)" >&2
python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
  --root-user-action=ignore --target "$temporary/python" -r "$requirements" >"$temporary/log" 2>&1 ||
  give_up "pip could not install Playwright ($(grep . "$temporary/log" | tail -n 1))"
download_axe || give_up "axe-core $axe could not be downloaded ($(grep . "$temporary/log" | tail -n 1))"
echo "$axe_hash  $temporary/axe.tgz" | sha256sum --check --status ||
  give_up "axe-core $axe has another SHA-256 than the pinned one"
tar -xzf "$temporary/axe.tgz" -C "$temporary" package/axe.min.js || give_up "axe.tgz could not be unpacked"
mv "$temporary/package/axe.min.js" "$temporary/axe.min.js"
rm -rf "$temporary/package" "$temporary/axe.tgz" "$temporary/log"
echo "$wanted" >"$temporary/complete"
rm -rf "$target"
chmod 755 "$temporary"
mv "$temporary" "$target" || give_up "cannot write $target"
