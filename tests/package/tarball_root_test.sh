#!/bin/sh
# tarball_root_test.sh ARCHIVE ROOT.tar: unpacks the archive of `make tarball` in a system that mmdebstrap made, in two
# folders, and verifies a model, searches and draws there. Needs root. No network, no packages.
set -eu
archive=$1 tar=$2
root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$root"' EXIT
fail() {
  echo "tarball_root_test: $*" >&2
  exit 1
}
tar -C "$root" -xf "$tar" --exclude './dev/*'
for device in "null 3" "zero 5" "urandom 9"; do mknod -m 666 "$root/dev/${device% *}" c 1 "${device#* }"; done
mount -t proc -o ro proc "$root/proc" || fail "cannot mount /proc, with which the loader finds the program's folder"
mkdir "$root/opt/first"
xz -dc "$archive" | tar -C "$root/opt/first" -x --strip-components 1
for folder in first "second place"; do
  [ -d "$root/opt/$folder" ] || mv "$root/opt/first" "$root/opt/$folder"
  in_root() {
    chroot "$root" env -i PATH="/opt/$folder/bin:/usr/bin:/bin" HOME=/tmp "$@"
  }
  model="/opt/$folder/share/sightline/models/emoji-vit-8"
  in_root sightline --version || fail "the program does not start in $folder"
  in_root sightline verify "$model" | tail -n 1 || fail "verify failed in $folder"
  in_root sightline encode --model "$model" --images "$model/verify" --out /tmp/images.npy || fail "encode failed in $folder"
  in_root sightline search --vectors /tmp/images.npy --model "$model" 'a red heart' | tail -n 2 || fail "search failed in $folder"
  rm -rf "$root/tmp/set" "$root/tmp/rows.parquet"
  mkdir "$root/tmp/set"
  cp "$root$model/verify/odd.jpg" "$root/tmp/set"
  echo '{"file_name": "odd.jpg", "text": "a pattern"}' >"$root/tmp/set/metadata.jsonl"
  in_root sightline dataset convert /tmp/set /tmp/rows.parquet --to parquet >/dev/null || fail "the Parquet plugin does not work in $folder"
  # Every library is one of the archive or of the base.
  for file in bin/sightline lib/sightline/libsightline_heif.so lib/sightline/libsightline_svg.so lib/sightline/libsightline_raw.so; do
    in_root ldd "/opt/$folder/$file" >"$root/tmp/ldd" || fail "ldd failed"
    grep -v -E "/opt/$folder/|linux-vdso|ld-linux|/lib(c|m|dl|pthread|rt|resolv|mvec|gcc_s|stdc\+\+)\.so" "$root/tmp/ldd" && fail "$file needs the libraries above"
  done
done
echo "runs in both folders"
