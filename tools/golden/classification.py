#!/usr/bin/env python3
"""Writes tests/golden/classification.json: zero-shot classification as CLIP_benchmark computes it.

Follows clip_benchmark/metrics/zeroshot_classification.py with numpy instead of PyTorch: the mean of
the unit vectors of each class's prompts, scaled to unit length; logits 100 * images @ classifier;
acc1 and acc5 of the largest logits; mean per-class recall as sklearn's balanced_accuracy_score.

    python3 tools/golden/classification.py [FILE]
"""
import json
import pathlib
import sys

import numpy as np

CLASSES, PROMPTS, IMAGES, DIM = 7, 3, 60, 12


def normalize(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def balanced_accuracy(target, predicted):
    recalls = [np.mean(predicted[target == c] == c) for c in range(CLASSES) if np.any(target == c)]
    return float(np.mean(recalls))


def main():
    random = np.random.default_rng(7)
    centers = random.normal(size=(CLASSES, DIM))
    prompts = normalize(centers[:, None] + 0.8 * random.normal(size=(CLASSES, PROMPTS, DIM)))
    # Class 5 has no image; classes differ in size.
    target = random.choice([0, 1, 2, 3, 4, 6], size=IMAGES, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05])
    images = normalize(centers[target] + 1.6 * random.normal(size=(IMAGES, DIM)))
    prompts, images = prompts.astype(np.float32), images.astype(np.float32)
    classifier = normalize(prompts.astype(np.float64).mean(axis=1))
    logits = 100 * images.astype(np.float64) @ classifier.T
    order = np.argsort(-logits, axis=1, kind="stable")
    gaps = np.diff(np.sort(logits, axis=1), axis=1)
    assert gaps.min() > 1e-4, "logits too close to compare exactly"
    golden = {
        "prompts": prompts.reshape(-1, DIM).tolist(),
        "prompt_class": np.repeat(np.arange(CLASSES), PROMPTS).tolist(),
        "classifier": classifier.tolist(),
        "images": images.tolist(),
        "target": target.tolist(),
        "predicted": order[:, 0].tolist(),
        "acc1": float(np.mean(order[:, 0] == target)),
        "acc5": float(np.mean([t in row for t, row in zip(target, order[:, :5])])),
        "mean_per_class_recall": balanced_accuracy(target, order[:, 0]),
    }
    path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                        pathlib.Path(__file__).parents[2] / "tests/golden/classification.json")
    path.write_text(json.dumps(golden) + "\n")
    print(path, {k: golden[k] for k in ("acc1", "acc5", "mean_per_class_recall")})


if __name__ == "__main__":
    main()
