"""Vectors as a column of a Hugging Face data set: datasets_map.py MODEL FOLDER, a folder of images (needs datasets)."""

from __future__ import annotations

import sys
from typing import Any

import datasets

import sightline


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: datasets_map.py MODEL FOLDER")
    encoder = sightline.Encoder(sys.argv[1])

    def encode(rows: dict[str, list[Any]]) -> dict[str, Any]:
        return {"vector": encoder.encode_images(rows["image"])}

    # The encoder uses all cores, so one process is enough.
    images = datasets.load_dataset("imagefolder", data_dir=sys.argv[2], split="train")
    encoded = images.map(encode, batched=True, batch_size=256, new_fingerprint=encoder.model.info.fingerprint[:32])
    vectors = encoded.with_format("numpy")["vector"][:]
    print(f"{len(encoded)} rows, vectors of {vectors.shape[1]} elements")


if __name__ == "__main__":
    main()
