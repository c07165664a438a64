"""Vectors, search and evaluation in Python: quickstart.py MODEL DATASET, such as models/emoji-vit-8 build/emoji."""

from __future__ import annotations

import sys

import sightline


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: quickstart.py MODEL DATASET")
    model, dataset = sightline.Model(sys.argv[1]), sys.argv[2]

    # Vectors: (N, D) float32 of unit length, so that inner products are cosines.
    encoder = sightline.Encoder(model)
    texts = ["a red heart", "heart suit", "a train"]
    vectors = encoder.encode_texts(texts)
    ids, similarities = sightline.VectorIndex(vectors, ids=texts).search(vectors[0], k=2)
    print(f"nearest to '{texts[0]}': '{ids[0, 1]}' ({similarities[0, 1]:.4f})")

    # Search: one query or a list, in the query language.
    for hit in sightline.search(dataset, "a red heart", model, k=3)[0]:
        print(f"{hit.rank}  {hit.similarity:.4f}  {hit.id}")

    # Evaluation: at what rank is each caption's own image retrieved?
    result = sightline.evaluate(model, dataset)
    recall, interval = result.metrics["text_to_image"]["recall_at_5"], result.interval("recall_at_5")
    assert interval is not None
    print(f"R@5 {recall:.3f} [{interval[0]:.3f}–{interval[1]:.3f}]")


if __name__ == "__main__":
    main()
