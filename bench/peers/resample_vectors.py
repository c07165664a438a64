#!/usr/bin/env python3
"""Vectors with the distribution of real image vectors, in any number: a smoothed bootstrap.

    bench/peers/resample_vectors.py FOLDER --images images.npy --texts texts.npy --rows 1000000 [--dim 512]

images.npy and texts.npy are unit vectors of one model (`sightline encode`). Each new row starts at a random
image vector and moves along its differences to its nearest neighbours, by normal weights: noise with the
covariance of the neighbourhood, so that clusters, local dimension and density are those of the images.
Elements beyond the model's are normal noise whose variances continue the falling spectrum of the images (a
power law, fitted to the last half of it); all rows are scaled to unit length and rotated at random.

Writes vectors.npy (rows, dim), queries-text.npy (the texts, lifted in the same way), queries-image.npy (new
rows of the same distribution) and vectors.json with statistics of the real and of the new vectors: similarity
to the nearest and the tenth neighbour, and the local intrinsic dimension (maximum likelihood, 20 neighbours).
"""
import argparse
import json
import pathlib

import numpy as np

NEIGHBOURS = 10
PART = 1000  # rows at a time, so that temporaries stay in the heap


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def neighbours(x, count):
    """The rows with the largest inner products, without the row itself: (N, count)."""
    ids = np.empty((len(x), count), dtype=np.int32)
    for first in range(0, len(x), PART // 8):
        sims = x[first:first + PART // 8] @ x.T
        sims[np.arange(len(sims)), np.arange(first, first + len(sims))] = -2
        ids[first:first + PART // 8] = np.argpartition(-sims, count, axis=1)[:, :count]
    return ids


class Lift:
    """From the model's dimensions to `dim`: a tail of small variances, unit length, a rotation."""

    def __init__(self, x, dim, rng):
        centred = x[rng.permutation(len(x))[:20_000]]
        variances = np.linalg.eigvalsh(np.cov(centred.T))[::-1]
        half = np.arange(len(variances) // 2, len(variances) * 9 // 10)
        slope, offset = np.polyfit(np.log(half + 1), np.log(variances[half]), 1)
        tail = np.arange(x.shape[1], dim)
        self.tail = np.sqrt(np.exp(offset + slope * np.log(tail + 1))).astype(np.float32)
        self.rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0].astype(np.float32)

    def __call__(self, x, rng):
        tail = rng.standard_normal((len(x), len(self.tail)), dtype=np.float32) * self.tail
        return unit(np.hstack([x, tail]) @ self.rotation)


class Resampler:
    def __init__(self, images, ids, bandwidth, lift):
        self.images, self.ids, self.bandwidth, self.lift = images, ids, bandwidth, lift

    def __call__(self, rows, rng):
        base = rng.integers(0, len(self.images), rows)
        weights = rng.standard_normal((rows, NEIGHBOURS), dtype=np.float32) * (self.bandwidth / NEIGHBOURS ** 0.5)
        near = self.images[self.ids[base]]
        moved = np.matmul(weights[:, None, :], near)[:, 0] + self.images[base] * (1 - weights.sum(1, keepdims=True))
        return self.lift(unit(moved), rng)


def statistics(x, queries=None, count=20):
    """Mean similarity to the first and tenth neighbour, median local intrinsic dimension."""
    rng = np.random.default_rng(0)
    chosen = x[rng.choice(len(x), 300, replace=False)] if queries is None else queries[:300]
    sims = chosen @ x.T
    sims = -np.sort(-np.partition(sims, -count - 1, axis=1)[:, -count - 1:], axis=1)
    sims = sims[:, 1:count + 1] if queries is None else sims[:, :count]
    distances = np.sqrt(np.maximum(2 - 2 * sims, 1e-9))
    dimension = 1 / np.mean(np.log(distances[:, -1:] / distances[:, :-1]), axis=1)
    return {"nearest": float(sims[:, 0].mean()), "tenth": float(sims[:, 9].mean()),
            "local_dimension": float(np.median(dimension))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--images", required=True)
    parser.add_argument("--texts", required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--base", type=int, default=40_000, help="of the images, at most")
    parser.add_argument("--bandwidth", type=float, default=0.8, help="of the noise, 1: that of the neighbours")
    arguments = parser.parse_args()
    rng = np.random.default_rng(14)
    images, texts = (unit(np.load(p).astype(np.float32)) for p in (arguments.images, arguments.texts))
    images = images[rng.permutation(len(images))[:arguments.base]]
    lift = Lift(images, arguments.dim, rng)
    sample = Resampler(images, neighbours(images, NEIGHBOURS), arguments.bandwidth, lift)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    queries_text = lift(texts[rng.permutation(len(texts))[:arguments.queries]], rng)
    np.save(arguments.folder / "queries-text.npy", queries_text)
    np.save(arguments.folder / "queries-image.npy", sample(arguments.queries, rng))
    same = np.vstack([sample(min(PART, len(images) - i), rng) for i in range(0, len(images), PART)])
    described = {"rows": arguments.rows, "dim": arguments.dim, "bandwidth": arguments.bandwidth,
                 "real": {"rows": len(images), "dim": images.shape[1], "image": statistics(images),
                          "text": statistics(images, unit(texts))},
                 "resampled_to_as_many": {"image": statistics(same), "text": statistics(same, queries_text)}}
    del same
    out = np.lib.format.open_memmap(arguments.folder / "vectors.npy", mode="w+", dtype=np.float32,
                                    shape=(arguments.rows, arguments.dim))
    for first in range(0, arguments.rows, PART):
        out[first:first + PART] = sample(min(PART, arguments.rows - first), rng)
    out.flush()
    (arguments.folder / "vectors.json").write_text(json.dumps(described, indent=2) + "\n")
    print(json.dumps(described, indent=2))


if __name__ == "__main__":
    main()
