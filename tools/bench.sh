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

echo "== bench/peers/search.py"
if "$python" -c 'import numpy, faiss, usearch' 2>/dev/null; then
  "$python" bench/peers/search.py "$build/bench/bench_search"
else
  echo "SKIPPED search.py: not installed: numpy, faiss-cpu or usearch (pip install -r bench/peers/requirements.txt)"
fi

echo "== bench/peers/encode.py"
"$python" bench/peers/encode.py --sightline "$build/sightline" --model "$model" --onnx "${ONNX:-onnx}" \
  ${IMAGES:+--images "$IMAGES"} ${CAPTIONS:+--captions "$CAPTIONS"} --cosine --memory --json "$out/encode.json"
