#!/bin/sh
# generate.sh PROGRAM FOLDER PYTHON: writes what packages install in addition to binaries into FOLDER: manual pages (man/),
# completion scripts (completions/), and the changelog. Dates are of the last commit, or SOURCE_DATE_EPOCH.
set -eu
program=$1 folder=$2 python=$3
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=$(date +%s)
fi
export SOURCE_DATE_EPOCH
mkdir -p "$folder/man" "$folder/completions"
rm -f "$folder"/man/*

"$program" help --json >"$folder/commands.json"
"$python" "$here/man.py" "$folder/man" <"$folder/commands.json"
gzip -9n "$folder"/man/*.1
"$program" completion bash >"$folder/completions/sightline"
"$program" completion zsh >"$folder/completions/_sightline"
"$program" completion fish >"$folder/completions/sightline.fish"

version=$("$program" --version | cut -d ' ' -f 2)
gzip -9n >"$folder/changelog.gz" <<END
sightline ($version) unstable; urgency=medium

  * See CHANGELOG.md of the sources.

 -- Sightline maintainers <maintainers@sightline.invalid>  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
touch "$folder/stamp"
