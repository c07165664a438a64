#!/bin/sh
# tarball.sh BUILD: writes an archive of the program, its plugins except libtorch's, and the libraries that they need,
# into BUILD/packages. It runs from any folder, on a system with the glibc and libstdc++ that it prints, or newer.
# Needs patchelf, binutils, xz and python3.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
for tool in patchelf objdump xz python3; do
  command -v "$tool" >/dev/null || { echo "packaging/tarball.sh: $tool is not installed (Debian: patchelf binutils xz-utils python3)" >&2; exit 1; }
done
version=$("$build/sightline" --version | cut -d ' ' -f 2)
name=sightline-$version-linux-$(uname -m)
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || date +%s)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
for component in program libraries parquet; do
  cmake --install "$build" --component $component --prefix "$work/$name" >"$work/install.log" ||
    { cat "$work/install.log" >&2; exit 1; }
done
python3 "$here/bundle.py" "$work/$name" "$version" "$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)"
cp "$here/../LICENSE" "$here/tarball/README" "$work/$name"
mkdir -p "$work/$name/share/sightline/models"
cp -r "$here/../models/emoji-vit-8" "$work/$name/share/sightline/models"
mkdir -p "$build/packages"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -c "$name" |
  xz -T0 -6 >"$build/packages/$name.tar.xz.tmp"
mv "$build/packages/$name.tar.xz.tmp" "$build/packages/$name.tar.xz"
echo "$build/packages/$name.tar.xz: $(wc -c <"$build/packages/$name.tar.xz") bytes, $(du -sm "$work/$name" | cut -f 1) MB unpacked"
