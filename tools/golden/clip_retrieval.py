#!/usr/bin/env python3
"""Writes tests/golden/clip_retrieval: the folder that `clip-retrieval inference` writes, with small arrays.

    python3 tools/golden/clip_retrieval.py     needs NumPy, pandas and pyarrow

The layout is that of clip_retrieval/clip_inference/writer.py: img_emb/img_emb_N.npy and
text_emb/text_emb_N.npy in float16, metadata/metadata_N.parquet with image_path, caption and the fields of
img2dataset. expected_images.npy has the image vectors as float32.
"""
import pathlib

import numpy as np
import pandas as pd

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/clip_retrieval"


def unit(x):
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float16)


def main():
    random = np.random.default_rng(11)
    images = unit(random.standard_normal((5, 4)))
    texts = unit(images.astype(np.float32) + 0.1 * random.standard_normal((5, 4)))
    captions = [f"caption ö {i}" for i in range(5)]
    captions[2] = None
    for folder in ("img_emb", "text_emb", "metadata"):
        (OUT / "out" / folder).mkdir(parents=True, exist_ok=True)
    np.save(OUT / "expected_images.npy", images.astype(np.float32))
    for part, rows in enumerate((range(0, 3), range(3, 5))):
        np.save(OUT / f"out/img_emb/img_emb_{part}.npy", images[rows.start : rows.stop])
        np.save(OUT / f"out/text_emb/text_emb_{part}.npy", texts[rows.start : rows.stop])
        table = pd.DataFrame(
            {
                "image_path": [f"photos/{i}.jpg" for i in rows],
                "caption": [captions[i] for i in rows],
                "url": [f"http://example.org/{i}.jpg" for i in rows],
                "width": [100 + i for i in rows],
            }
        )
        # Two row groups in the first part.
        table.to_parquet(OUT / f"out/metadata/metadata_{part}.parquet", row_group_size=2)


if __name__ == "__main__":
    main()
