#!/bin/sh
# demo.sh PROGRAM DATA OUT: generates the sample data DATA/emoji and DATA/drawings, evaluates small versions of
# the published experiment's four systems and emoji-words on their held-out rows, and writes
# OUT/report/index.html, OUT/query.png and the library OUT/library, which 'sightline serve' shows in a browser. The towers of the baseline (emoji-bert, emoji-resnet) are evaluated as
# a pair only. emoji-words needs a sentence model, which is downloaded once; without it, the demo runs with the
# other four.
set -eu
cd "$(dirname "$0")/.."
program=$1 data=$2 out=$3

set -- # --model A --model B …
for name in emoji-baseline emoji-rn emoji-vit-16 emoji-vit-8; do
  [ -d "models/$name" ] && set -- "$@" --model "models/$name"
done
if [ -d models/emoji-words ]; then
  if tools/fetch_sentence_model.sh; then
    set -- "$@" --model models/emoji-words
  else
    echo "demo: continues without emoji-words, whose sentence model could not be downloaded (see above)" >&2
  fi
fi
if [ $# -eq 0 ]; then
  echo "demo: models/ contains none of the systems" >&2
  exit 1
fi
for last; do :; done # the best system, for the grid

# An earlier version of the demo wrote the report of one data set, which that of several does not replace.
[ -f "$out/report/measurements.json" ] && rm -rf "$out/report"
"$program" dataset emoji "$data/emoji"
"$program" dataset drawings "$data/drawings"
echo
"$program" eval --dataset "$data/emoji" --dataset "$data/drawings" --split test,novel --keep-repeats "$@" \
  --cache build/cache --query 'flying in the sky' --query 'mouth open' --query 'mouth dnaksjd xysopendasdas' \
  --query 'A yellow cat' --query 'A red ball' --robustness --out "$out/report"
echo
"$program" search --dataset "$data/emoji" --dataset "$data/drawings" --model "$last" --cache build/cache \
  --grid "$out/query.png" 'flying in the sky' 'mouth open' 'A yellow cat' 'something to eat' 'king'
echo
for name in emoji drawings; do
  "$program" index --dataset "$data/$name" --library "$out/library" --model "$last"
done
echo
echo "report:        $out/report/index.html"
echo "image grid:    $out/query.png"
echo "in a browser:  $program serve --library $out/library"
