#!/bin/sh
# service_test.sh UNIT PROGRAM: systemd accepts the unit, its options are those of the program, and its exposure, as
# `systemd-analyze security` rates it from 0 to 10, is at most 2.
set -eu
unit=$1 program=$2
command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is not installed"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "service_test: $*" >&2
  exit 1
}
sed "s|^ExecStart=/usr/bin/sightline |ExecStart=$program |" "$unit" >"$work/sightline.service"
grep -q "^ExecStart=$program " "$work/sightline.service" || fail "the unit does not start /usr/bin/sightline"
said=$(systemd-analyze verify --man=no "$work/sightline.service" 2>&1 | grep -F sightline) || true
[ -z "$said" ] || fail "systemd-analyze verify: $said"
rated=$(systemd-analyze security --offline=true --threshold=20 "$work/sightline.service") || fail "more than 2.0: $rated"
echo "$rated" | grep Overall
# The unit's own options exist.
options=$(sed -n 's/^ExecStart=[^ ]* serve //p' "$unit" | grep -oE -e '--[a-z-]+')
for option in $options --token-file --address; do
  "$program" serve --help | grep -q -e "^  $option" || fail "sightline serve has no option $option"
done
