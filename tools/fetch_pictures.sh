#!/bin/sh
# Downloads the emoji of other artists and the icons that sample models are trained on into
# build/deps/pictures/NAME: pinned @iconify-json packages of the npm registry, 10 MB in all, with SVG
# images and their licences (MIT, Apache-2.0, CC BY). Only training needs them. Does nothing, and needs
# no network, for those that are already there. Uses npm, and thereby its registry setting; without npm,
# curl and $npm_config_registry. Exit code 1 with the reason if a package cannot be downloaded.
set -u
packages='
twemoji 1.2.5 19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7
fluent-emoji-flat 1.2.6 7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175
fluent-emoji-high-contrast 1.2.6 0b92d48c90d2200bd499e3cdd09a127ca6a8c8ddefd34c35eb5a1e4994012ae0
noto-v1 1.2.5 2bf62c26c2c2884aa99e90aec942cdaee17a5921f05690694f4978ad4b017c37
emojione 1.2.3 26a14f44284407e8bcde91799388dca2bfd91dbcd55a97f425524a1c5b73610e
fxemoji 1.2.2 f3e72b3c59d05e1db03b7e308d55c0d05bd7ba3f625a90da1b79313c12858eef
game-icons 1.2.4 f5758efb34d91c4f50b941f355f16ee73938625e5996fabc25171288404460a4
streamline-kameleon-color 1.2.2 5f972d986afb340d8a45d7a16e767f99f91fdd94db53e46a78c79847212aed7b
flat-color-icons 1.2.3 d8878a9b0f02d749bc8671eb7d47882eb711185cbcefbb365cbfb488773c4786
'
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$root/build/deps/pictures

give_up() {
  echo "tools/fetch_pictures.sh: $1" >&2
  exit 1
}

mkdir -p "$folder" || give_up "cannot create $folder"
temporary=$(mktemp -d "$folder/.download.XXXXXX") || give_up "cannot create a folder in $folder"
trap 'rm -rf "$temporary"' EXIT

# download NAME VERSION: writes $temporary/NAME.tgz and, on failure, $temporary/log.
download() {
  if command -v npm >/dev/null 2>&1; then
    (cd "$temporary" && npm pack --loglevel=error "@iconify-json/$1@$2" >log 2>&1) &&
      mv "$temporary/iconify-json-$1-$2.tgz" "$temporary/$1.tgz"
  elif command -v curl >/dev/null 2>&1; then
    registry=${npm_config_registry:-https://registry.npmjs.org}
    curl --silent --show-error --fail --location --retry 3 -o "$temporary/$1.tgz" \
      "${registry%/}/@iconify-json/$1/-/$1-$2.tgz" >"$temporary/log" 2>&1
  else
    give_up "npm or curl is needed to download the pictures"
  fi
}

echo "$packages" | while read -r name version hash; do
  [ -n "$name" ] || continue
  target=$folder/$name
  [ "$(cat "$target/complete" 2>/dev/null)" = "$version" ] && continue
  echo "tools/fetch_pictures.sh: downloading $name $version" >&2
  download "$name" "$version" ||
    give_up "@iconify-json/$name $version could not be downloaded ($(grep -v "complete log" "$temporary/log" | head -n 2 | tail -n 1))"
  echo "$hash  $temporary/$name.tgz" | sha256sum --check --status ||
    give_up "@iconify-json/$name $version has another SHA-256 than the pinned one"
  tar -xzf "$temporary/$name.tgz" -C "$temporary" || give_up "$name.tgz could not be unpacked"
  rm -rf "$target"
  mv "$temporary/package" "$target" || give_up "cannot write $target"
  echo "$version" >"$target/complete"
done
