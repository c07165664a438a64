#!/bin/sh
# What `make bench` runs once all is built. Results as JSON: bench/results/.
#   BUILD    build folder                       MODEL    model directory (default: a shipped one)
#   PYTHON   interpreter with the peers         ONNX     image.onnx and text.onnx of MODEL (bench/peers/export_onnx.py)
#   IMAGES   folder of pictures                 CAPTIONS file of texts, one a line
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
model=${MODEL:-models/emoji-vit-8}
python=${PYTHON:-python3}
out=bench/results
mkdir -p "$out"

for program in "$build"/bench/bench_*; do
  [ -x "$program" ] || continue
  echo "== $program"
  "$program"
done

echo "== sightline bench --model $model"
"$build/sightline" bench --model "$model" ${IMAGES:+--images "$IMAGES"} ${CAPTIONS:+--captions "$CAPTIONS"}

for script in bench/peers/search.py bench/peers/preprocess.py; do
  [ -f "$script" ] || continue
  echo "== $script"
  "$python" "$script" --sightline "$build/sightline" --json "$out/$(basename "$script" .py).json"
done

echo "== bench/peers/encode.py"
"$python" bench/peers/encode.py --sightline "$build/sightline" --model "$model" --onnx "${ONNX:-onnx}" \
  ${IMAGES:+--images "$IMAGES"} ${CAPTIONS:+--captions "$CAPTIONS"} --cosine --memory --json "$out/encode.json"
