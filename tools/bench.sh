#!/bin/sh
# Runs the benchmarks (`make bench`, after the build). Writes results as JSON to bench/results/. Environment:
#   BUILD    build folder                       MODEL    model directory (default: a shipped model)
#   PYTHON   interpreter with the peers         ONNX     folder with image.onnx and text.onnx of MODEL (bench/peers/export_onnx.py)
#   IMAGES   folder of images                   CAPTIONS file of texts, one per line
#   BATCH    batch sizes (1,8,32)               ROUNDS   rounds of encoding, ours alone and with peers (5)
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
model=${MODEL:-models/emoji-vit-8}
python=${PYTHON:-python3}
batch=${BATCH:-1,8,32}
rounds=${ROUNDS:-5}
out=bench/results
mkdir -p "$out"

echo "== sightline bench --model $model"
"$build/sightline" bench --model "$model" --batch "$batch" --rounds "$rounds" --precision fp32,bf16,int8 ${IMAGES:+--images "$IMAGES"} ${CAPTIONS:+--captions "$CAPTIONS"}

echo "== bench/peers/search.py"
if "$python" -c 'import numpy, faiss, usearch' 2>/dev/null; then
  "$python" bench/peers/search.py "$build/bench/bench_search_worker"
else
  echo "SKIPPED search.py: not installed: numpy, faiss-cpu or usearch (pip install -r bench/peers/requirements.txt)"
fi

echo "== bench/peers/preprocess.py"
if "$python" -c 'import numpy, PIL' 2>/dev/null; then
  "$python" bench/peers/preprocess.py --bench "$build/bench/bench_preprocess_steps" ${IMAGES:+--folder "$IMAGES"}
else
  echo "SKIPPED preprocess.py: not installed: numpy or Pillow (pip install -r bench/peers/requirements.txt)"
fi

echo "== bench/peers/encode.py"
"$python" bench/peers/encode.py --sightline "$build/sightline" --model "$model" --onnx "${ONNX:-onnx}" \
  ${IMAGES:+--images "$IMAGES"} ${CAPTIONS:+--captions "$CAPTIONS"} --batch "$batch" --rounds "$rounds" --cosine --memory --json "$out/encode.json"
