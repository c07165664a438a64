#!/usr/bin/env python3
"""Writes tests/golden/multilabel.json: multi-label zero-shot classification as CLIP_benchmark does it.

Follows average_precision_per_class of clip_benchmark/metrics/zeroshot_classification.py with numpy
instead of PyTorch: images sorted by falling logits; the mean over the images of a class of the share
of its images up to and including this one. PyTorch's sort leaves the order of ties open; here images
without the class come first. Without ties, scikit-learn's average_precision_score must agree.

    python3 tools/golden/multilabel.py [FILE]      (numpy, scikit-learn)
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.metrics import average_precision_score

CLASSES, IMAGES, DIM = 6, 40, 10
EMPTY = 4  # the class that no image has


def normalize(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def average_precisions(scores, targets):
    values = []
    for k in range(scores.shape[1]):
        order = np.lexsort((targets[:, k], -scores[:, k]))  # ties: targets 0 first
        truth = targets[order, k]
        precision = np.cumsum(truth) / np.arange(1, len(truth) + 1)
        values.append(float(precision[truth == 1].sum() / max(truth.sum(), 1)))
    return values


def case(images, classifier, targets, ties):
    logits = 100 * images.astype(np.float64) @ classifier.astype(np.float64).T
    values = average_precisions(logits, targets)
    sklearn = [float(average_precision_score(targets[:, k], logits[:, k]))
               for k in range(CLASSES) if k != EMPTY]
    gaps = np.diff(np.sort(logits, axis=0), axis=0)
    assert gaps[gaps > 0].min() > 1e-6, "logits too close to compare exactly"
    assert ties == bool((gaps == 0).any())
    others = [v for k, v in enumerate(values) if k != EMPTY]
    assert ties or np.allclose(others, sklearn, atol=1e-12)
    return {
        "images": images.tolist(),
        "targets": targets.tolist(),
        "average_precision": values,
        # CLIP_benchmark counts a class without images as 0.
        "mean_average_precision_clip_benchmark": float(np.mean(values)),
        "mean_average_precision": float(np.mean(others)),
        "mean_average_precision_sklearn": float(np.mean(sklearn)),
    }


def main():
    random = np.random.default_rng(11)
    classifier = normalize(random.normal(size=(CLASSES, DIM))).astype(np.float32)
    targets = (random.random((IMAGES, CLASSES)) < [0.5, 0.3, 0.2, 0.1, 0, 0.15]).astype(int)
    targets[:3] = 0  # images without a class
    images = normalize(targets @ classifier + 0.5 * random.normal(size=(IMAGES, DIM)))
    images = images.astype(np.float32)
    tied = images.copy()
    for i in range(0, IMAGES, 4):
        tied[i + 1] = tied[i]  # the same vector, other labels
    tied[IMAGES // 2:IMAGES // 2 + 8] = tied[0]
    golden = {
        "classifier": classifier.tolist(),
        "distinct": case(images, classifier, targets, False),
        "tied": case(tied, classifier, targets, True),
    }
    path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                        pathlib.Path(__file__).parents[2] / "tests/golden/multilabel.json")
    path.write_text(json.dumps(golden) + "\n")
    print(path, {k: {n: v for n, v in golden[k].items() if n.startswith("mean")}
                 for k in ("distinct", "tied")})


if __name__ == "__main__":
    main()
