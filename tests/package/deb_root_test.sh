#!/bin/sh
# deb_root_test.sh PACKAGES SUITE MIRROR [ROOT.tar]: installs the packages of `make deb` with apt in a fresh minimal
# system, encodes and searches there, purges them, and checks that no file is left. Needs root, a network and
# mmdebstrap. ROOT.tar: a system that mmdebstrap made before (created if missing).
set -eu
packages=$(cd "$1" && pwd) suite=$2 mirror=$3
tar=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
[ -n "$tar" ] || tar=$work/root.tar

fail() {
  echo "deb_root_test: $*" >&2
  exit 1
}
in_root() {
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp DEBIAN_FRONTEND=noninteractive "$@"
}
# All files but those of dpkg, apt, logs and caches.
list_files() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache \
    -o -path ./var/log -o -path ./packages -o -path ./dev \) -prune -o -print | grep -v '^./etc/ld.so.cache$' | sort)
}

[ -f "$tar" ] || mmdebstrap --quiet --variant=minbase "$suite" "$tar" "$mirror" || fail "mmdebstrap failed"
mkdir "$root"
tar -C "$root" -xf "$tar" --exclude './dev/*'
for device in null zero urandom; do mknod -m 666 "$root/dev/$device" c 1 $(case $device in null) echo 3 ;; zero) echo 5 ;; *) echo 9 ;; esac); done
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
mkdir "$root/packages"
cp "$packages"/sightline_*.deb "$packages"/sightline-models_*.deb "$packages"/libsightline0_*.deb \
  "$packages"/libsightline0-parquet_*.deb "$root/packages"
in_root apt-get update -q >"$work/log" 2>&1 || { cat "$work/log"; fail "apt-get update failed"; }
list_files >"$work/before"
in_root sh -c 'apt-get install -y -q --no-install-recommends /packages/*.deb' >"$work/log" 2>&1 || { cat "$work/log"; fail "apt-get install failed"; }
grep -E '^(Need to get|After this)' "$work/log" || true

in_root sightline --version || fail "the program does not start"
model=/usr/share/sightline/models/emoji-vit-8
in_root sightline encode --model $model --images $model/verify --out /tmp/images.npy || fail "encode failed"
in_root sightline search --vectors /tmp/images.npy --model $model 'a red heart' || fail "search failed"
in_root sightline verify $model | tail -n 1 || fail "verify failed"
in_root sightline index --library /tmp/library --model $model $model/verify || fail "index failed"
in_root sightline search --library /tmp/library 'a red heart' >/dev/null || fail "search of a library failed"
mkdir "$root/tmp/set"
cp "$root$model"/verify/odd.jpg "$root/tmp/set"
echo '{"file_name": "odd.jpg", "text": "a pattern"}' >"$root/tmp/set/metadata.jsonl"
in_root sightline dataset convert /tmp/set /tmp/rows.parquet --to parquet >/dev/null || fail "the Parquet plugin does not work"
if in_root sightline encode --backend torch --model $model --images $model/verify --out /tmp/torch.npy 2>"$work/log"; then
  fail "libtorch's backend worked without its package"
fi
grep -q 'libsightline_torch.so is not installed' "$work/log" || fail "the missing plugin is not named: $(cat "$work/log")"
in_root bash -c '. /usr/share/bash-completion/completions/sightline; COMP_WORDS=(sightline ev) COMP_CWORD=1; _sightline; [ "${COMPREPLY[0]}" = eval ]' ||
  fail "the completion of bash does not work"
[ -f "$root/usr/lib/systemd/system/sightline.service" ] || fail "the unit is not installed"

in_root sh -c 'apt-get purge -y -q --autoremove sightline sightline-models libsightline0 libsightline0-parquet' >"$work/log" 2>&1 ||
  { cat "$work/log"; fail "apt-get purge failed"; }
list_files >"$work/after"
diff "$work/before" "$work/after" >"$work/left" || { cat "$work/left"; fail "files are left, or missing"; }
in_root dpkg -l | grep -i sightline && fail "dpkg still knows a package"
echo "installed, used and purged; no file is left"
