#!/usr/bin/env python3
"""A server for bench/peers/serve.py as one would write it in Python: FastAPI, ONNX Runtime, NumPy.

  serve_fastapi.py ONNX MODEL VECTORS.npy

Encodes the text of GET /v1/search?q=… with ONNX/text.onnx and the tokenizer of MODEL, and returns the k nearest of the
vectors. Prints its address.
"""
import json
import pathlib
import socket
import sys

import fastapi
import numpy
import onnxruntime
import tokenizers
import uvicorn

onnx, model, vectors = map(pathlib.Path, sys.argv[1:4])
matrix = numpy.load(vectors)
ids = [json.loads(line)["id"] for line in open(vectors.with_suffix(".ids.jsonl"), encoding="utf-8")]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # more are slower with several requests at once, because they spin
session = onnxruntime.InferenceSession(str(onnx / "text.onnx"), options)
config = json.loads((model / "config.json").read_text())["text_config"]
length, padding = config["max_position_embeddings"], config["eos_token_id"]
tokenizer = tokenizers.Tokenizer.from_file(str(model / "tokenizer.json"))
tokenizer.enable_truncation(length)
app = fastapi.FastAPI()


@app.get("/v1/search")
async def search(q: str, k: int = 20):  # on the loop: its thread pool halves the rate
    tokens = tokenizer.encode(q).ids
    row = numpy.full((1, length), padding, numpy.int64)
    row[0, :len(tokens)] = tokens
    query = session.run(None, {session.get_inputs()[0].name: row})[0][0]
    query /= numpy.linalg.norm(query)
    similarities = matrix @ query
    best = numpy.argpartition(-similarities, k)[:k]
    best = best[numpy.argsort(-similarities[best])]
    return {"hits": [{"id": ids[i], "similarity": float(similarities[i])} for i in best]}


listening = socket.socket()
listening.bind(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listening.getsockname()[1]}/", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
