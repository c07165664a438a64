#!/bin/sh
# demo.sh PROGRAM DATA OUT: makes the sample data, measures every model in models/ on the rows that
# training never saw, and leaves OUT/report/index.html and OUT/query.png.
set -eu
cd "$(dirname "$0")/.."
program=$1 data=$2 out=$3

set -- # --model A --model B …
for config in models/*/config.json; do
  [ -e "$config" ] && set -- "$@" --model "$(dirname "$config")"
done
if [ $# -eq 0 ]; then
  echo "demo: models/ holds no model" >&2
  exit 1
fi

"$program" dataset emoji "$data"
echo
"$program" eval --dataset "$data" --split test,novel "$@" --cache build/cache \
  --query 'flying in the sky' --query 'mouth open' --query 'mouth dnaksjd xysopendasdas' \
  --query 'A yellow cat' --query 'A red ball' --robustness --out "$out/report"
echo
"$program" query --dataset "$data" --split test,novel --model "$2" --cache build/cache \
  --grid "$out/query.png" 'flying in the sky' 'mouth open' 'A yellow cat'
echo "figures:       $out/report/index.html"
echo "picture grid:  $out/query.png"
