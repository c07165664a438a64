#!/usr/bin/env python3
"""Writes tests/golden/significance.json: q-values by the reference implementation of no-match detection.

usage: significance.py > tests/golden/significance.json       needs NumPy

Small random vectors: 120 background texts, of which 30 have an image that is about them, 150 images, and queries
with and without matches, searched in the sample itself and in a larger collection.
"""
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from null_model import NullModel

DIM = 8


def unit(rows):
    return np.round(rows / np.linalg.norm(rows, axis=1, keepdims=True), 4)


def main():
    rng = np.random.default_rng(5)
    background, sample = unit(rng.normal(size=(120, DIM))), unit(rng.normal(size=(150, DIM)))
    sample[:30] = unit(background[:30] + 0.15 * rng.normal(size=(30, DIM)))
    queries = unit(rng.normal(size=(12, DIM)))
    sample[40:52] = unit(queries + np.linspace(0.02, 0.3, 12)[:, None] * rng.normal(size=(12, DIM)))
    model = NullModel(background, sample)
    cases = []
    for query, rows in zip(queries, [150, 150, 150, 1000] * 3):
        similarities = np.sort(sample @ query)[::-1][:40]
        scores = model.scores(query[None], similarities[None])[0]
        cases.append({"query": query.tolist(), "rows": rows, "similarities": similarities.tolist(),
                      "p": float(model.best_p(scores[0], rows)), "q": model.q_values(scores, rows).tolist()})
    json.dump({"background": background.tolist(), "sample": sample.tolist(), "queries": cases}, sys.stdout)


main()
