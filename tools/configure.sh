#!/bin/sh
# configure.sh PRESET FOLDER: runs CMake quietly and shows its output only if it fails. FOLDER is the
# preset's build folder; the log is FOLDER/configure.log.
set -eu
cd "$(dirname "$0")/.."
mkdir -p "$2"
if ! cmake --preset "$1" >"$2/configure.log" 2>&1; then
  cat "$2/configure.log" >&2
  exit 1
fi
# The features, and what would add those that are missing.
sed -n 's/^-- Features: /features: /p; s/^-- Without /  without /p' "$2/configure.log"
