#!/bin/sh
# demo.sh PROGRAM DATA OUT: makes the sample data, measures the four systems of the published
# experiment in small on the rows that training never saw, and leaves OUT/report/index.html and
# OUT/query.png. The baseline's own towers (emoji-bert, emoji-resnet) are measured as the pair only.
set -eu
cd "$(dirname "$0")/.."
program=$1 data=$2 out=$3

set -- # --model A --model B …
for name in emoji-baseline emoji-rn emoji-vit-16 emoji-vit-8; do
  [ -d "models/$name" ] && set -- "$@" --model "models/$name"
done
if [ $# -eq 0 ]; then
  echo "demo: models/ holds none of the four systems" >&2
  exit 1
fi
for last; do :; done # the best of them, for the grid

"$program" dataset emoji "$data"
echo
"$program" eval --dataset "$data" --split test,novel "$@" --cache build/cache \
  --query 'flying in the sky' --query 'mouth open' --query 'mouth dnaksjd xysopendasdas' \
  --query 'A yellow cat' --query 'A red ball' --robustness --out "$out/report"
echo
"$program" search --dataset "$data" --split test,novel --model "$last" --cache build/cache \
  --grid "$out/query.png" 'flying in the sky' 'mouth open' 'A yellow cat'
echo "figures:       $out/report/index.html"
echo "image grid:  $out/query.png"
