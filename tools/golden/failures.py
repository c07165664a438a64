#!/usr/bin/env python3
"""Writes tests/golden/failures.json: hubs and corrected ranks, from the definitions in the papers, with NumPy.

usage: failures.py > tests/golden/failures.json       needs NumPy

Random unit vectors with a common part, so that there are hubs: 40 images, two texts for each of the first 36, and
a query bank of 60 texts. Every matrix is computed in full and every softmax with its exponentials, unlike in C++.
"""
import json
import sys

import numpy as np

DIM, IMAGES, CAPTIONED, BANK = 8, 40, 36, 60
K, NEIGHBOURS, BETA = 5, 10, 20.0


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def first_k(similarities, k):
    """The k best columns of each row; equal similarities in order of the column."""
    return np.argsort(-similarities, axis=1, kind="stable")[:, :k]


def hubness(similarities, k):
    """Skewness: Radovanovic et al. 2010. Robin Hood index: Feldbauer et al. 2018."""
    counts = np.bincount(first_k(similarities, k).ravel(), minlength=similarities.shape[1])
    distance = counts - counts.mean()
    return {"occurrences": counts.tolist(),
            "skewness": float(np.mean(distance ** 3) / np.std(counts) ** 3),
            "robin_hood": float(np.abs(distance).sum() / (2 * counts.sum())),
            "never_found": float(np.mean(counts == 0))}


def ranks(scores, own):
    """1 + the number of other columns whose score is at least that of the own column."""
    mine = scores[np.arange(len(own)), own][:, None]
    return ((scores >= mine).sum(axis=1)).tolist()


def csls(test, texts_images):
    """Conneau et al. 2018, equation 4, with both mean similarities."""
    of_text = np.sort(test, axis=1)[:, -NEIGHBOURS:].mean(axis=1)
    of_image = np.sort(texts_images, axis=0)[-NEIGHBOURS:].mean(axis=0)
    return 2 * test - of_text[:, None] - of_image[None]


def inverted_softmax(test, texts_images):
    """Smith et al. 2017, equation 5; over the query bank in Bogolin et al. 2022, equation 2."""
    return np.exp(BETA * test) / np.exp(BETA * texts_images).sum(axis=0)


def dual_softmax(test):
    """Cheng et al. 2021: similarities times their softmax over the queries."""
    return test * inverted_softmax(test, test)


def qb_norm(test, bank):
    """Bogolin et al. 2022, equations 4 and 5: dynamic inverted softmax with k = 1."""
    activated = set(bank.argmax(axis=1).tolist())
    corrected = np.array([best in activated for best in test.argmax(axis=1)])
    return np.where(corrected[:, None], inverted_softmax(test, bank), test), int(corrected.sum())


def main():
    rng = np.random.default_rng(19)
    common = np.full(DIM, 0.5)
    images = unit(rng.normal(size=(IMAGES, DIM)) + common)
    own = np.repeat(np.arange(CAPTIONED), 2)
    texts = unit(images[own] + 0.8 * rng.normal(size=(len(own), DIM)) / np.sqrt(DIM) * 2 + common)
    bank = unit(rng.normal(size=(BANK, DIM)) + common)
    wide = [array.astype(np.float64) for array in (images, texts, bank)]
    test, bank_images = wide[1] @ wide[0].T, wide[2] @ wide[0].T
    dynamic, corrected = qb_norm(test, bank_images)
    json.dump({
        "images": images.tolist(), "texts": texts.tolist(), "bank": bank.tolist(), "text_image": own.tolist(),
        "k": K, "neighbours": NEIGHBOURS, "beta": BETA,
        "image_hubs": hubness(test, K), "caption_hubs": hubness(test.T[:CAPTIONED], K),
        "ranks": {"none": ranks(test, own), "csls": ranks(csls(test, test), own),
                  "csls-bank": ranks(csls(test, bank_images), own),
                  "inverted-softmax": ranks(inverted_softmax(test, test), own),
                  "dual-softmax": ranks(dual_softmax(test), own), "qb-norm": ranks(dynamic, own)},
        "qb_norm_corrected": corrected}, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
