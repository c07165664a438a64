#!/bin/sh
# examples_test.sh c|go SOURCE BUILD CC: builds examples/c or examples/go with the library of the build folder, found
# by pkg-config, and searches the images of a shipped model. Prints "skipped: REASON" without Go.
set -eu
language=$1 source=$2 build=$3 cc=$4
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT

fail() {
  echo "examples_test: $*" >&2
  exit 1
}

cat >"$work/sightline_c.pc" <<END
Name: Sightline C API
Description: of the build folder
Version: 0
Cflags: -I$source/c/include
Libs: -L$build/lib -lsightline_c
END
export PKG_CONFIG_PATH="$work" LD_LIBRARY_PATH="$build/lib"
model=$source/models/emoji-vit-16

case $language in
  c)
    "$cc" -std=c99 -Wall -Wextra -pedantic -Werror "$source/examples/c/search_folder.c" \
      $(pkg-config --cflags --libs sightline_c) -o "$work/search_folder" || fail "the example cannot be built"
    ;;
  go)
    command -v go >/dev/null || { echo "skipped: Go was not found (Debian: golang-go)"; exit 0; }
    cp "$source"/examples/go/* "$work"
    # Offline, and with its cache in the temporary folder.
    (cd "$work" && CC="$cc" CGO_ENABLED=1 GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local GOTELEMETRY=off GOCACHE="$work/cache" \
      GOPATH="$work/go" go build -o search_folder .) || fail "the example cannot be built"
    ;;
  *) fail "unknown language '$language': expected c or go" ;;
esac

said=$("$work/search_folder" "$model" "$model/verify" "a red heart" 2>"$work/skipped") || fail "the example failed: $(cat "$work/skipped")"
echo "$said"
[ "$(echo "$said" | grep -c "verify/")" = 5 ] || fail "expected 5 hits"
first=$(echo "$said" | head -n 1 | cut -c 1-7)
last=$(echo "$said" | tail -n 1 | cut -c 1-7)
awk "BEGIN { exit !($first >= $last && $first < 1 && $first > -1) }" || fail "expected cosines, best first"
grep -q "skipped: .*reference.json" "$work/skipped" || fail "expected reference.json to be skipped: $(cat "$work/skipped")"
# The similarity of the best hit is that of the program.
"$build/sightline" encode --model "$model" --images "$model/verify" --out "$work/all.npy" --no-cache >"$work/log" 2>&1 ||
  fail "sightline encode failed: $(cat "$work/log")"
"$build/sightline" search --model "$model" --vectors "$work/all.npy" "a red heart" >"$work/log" 2>&1 ||
  fail "sightline search failed: $(cat "$work/log")"
grep -qF "$(echo "$first" | tr -d ' ')" "$work/log" || fail "expected the best similarity of 'sightline search': $(cat "$work/log")"
said=$("$work/search_folder" "$work/no-model" "$work" x 2>&1) && fail "a missing model is no failure"
echo "$said" | grep -q "not_found: .*no-model" || fail "expected not_found, found: $said"
