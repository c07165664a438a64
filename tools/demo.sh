#!/bin/sh
# demo.sh PROGRAM DATA OUT: generates the sample data, evaluates small versions of the published
# experiment's four systems on the held-out rows, and writes OUT/report/index.html and OUT/query.png.
# The towers of the baseline (emoji-bert, emoji-resnet) are evaluated as a pair only.
set -eu
cd "$(dirname "$0")/.."
program=$1 data=$2 out=$3

set -- # --model A --model B …
for name in emoji-baseline emoji-rn emoji-vit-16 emoji-vit-8; do
  [ -d "models/$name" ] && set -- "$@" --model "models/$name"
done
if [ $# -eq 0 ]; then
  echo "demo: models/ contains none of the four systems" >&2
  exit 1
fi
for last; do :; done # the best system, for the grid

"$program" dataset emoji "$data"
echo
"$program" eval --dataset "$data" --split test,novel --keep-repeats "$@" --cache build/cache \
  --query 'flying in the sky' --query 'mouth open' --query 'mouth dnaksjd xysopendasdas' \
  --query 'A yellow cat' --query 'A red ball' --robustness --out "$out/report"
echo
"$program" search --dataset "$data" --split test,novel --model "$last" --cache build/cache \
  --grid "$out/query.png" 'flying in the sky' 'mouth open' 'A yellow cat'
echo "figures:       $out/report/index.html"
echo "image grid:    $out/query.png"
