"""Sightline on Apache Spark: encoders as pandas UDFs. Needs ``pip install 'sightline[spark]'`` and Java.

>>> encode = sightline.spark.image_encoder("models/emoji-vit-8")
>>> images = spark.read.format("binaryFile").load("photos").select("path", encode("content").alias("encoded"))
>>> images.select("path", "encoded.vector", "encoded.error")
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from .encoder import Encoder

__all__ = ["image_encoder", "text_encoder"]

_TYPE = "struct<vector: array<float>, error: string>"


@functools.cache  # a Python worker of Spark serves one task after the other
def _encoder(model: str, tower: str, batch_size: int, options: tuple[tuple[str, Any], ...]) -> Encoder:
    from .encoder import Encoder
    from .model import Model

    return Encoder(Model(model, towers=tower, **dict(options)), batch_size)


def _result(vectors: list[Any], errors: list[str | None]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"vector": vectors, "error": errors})


def _images(encoder: Encoder, images: pd.Series[Any]) -> pd.DataFrame:
    rows = [row for row, image in enumerate(images) if isinstance(image, (bytes, bytearray, memoryview))]
    encoded = encoder.encode_images([images.iloc[row] for row in rows], errors="collect")
    vectors: list[Any] = [None] * len(images)
    errors: list[str | None] = ["no image"] * len(images)
    for index, row in enumerate(rows):
        errors[row] = encoded.errors.get(index)
        vectors[row] = encoded.vectors[index] if errors[row] is None else None
    return _result(vectors, errors)


def _texts(encoder: Encoder, texts: pd.Series[Any]) -> pd.DataFrame:
    rows = [row for row, text in enumerate(texts) if isinstance(text, str)]
    encoded = encoder.encode_texts([str(texts.iloc[row]) for row in rows])
    vectors: list[Any] = [None] * len(texts)
    errors: list[str | None] = ["no text"] * len(texts)
    for index, row in enumerate(rows):
        vectors[row], errors[row] = encoded[index], None
    return _result(vectors, errors)


def _udf(work: Any, model: str, tower: str, threads: int, batch_size: int, options: dict[str, Any]) -> Any:
    import pandas as pd
    from pyspark.sql.functions import pandas_udf

    def encode(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        os.environ["OMP_NUM_THREADS"] = str(threads)  # read when the native library is loaded, below
        encoder = _encoder(model, tower, batch_size, tuple(sorted(options.items())))
        for batch in batches:
            yield work(encoder, batch)

    # Spark reads the kind of the function from types that are not texts.
    encode.__annotations__ = {"batches": Iterator[pd.Series], "return": Iterator[pd.DataFrame]}
    return pandas_udf(encode, _TYPE)


def image_encoder(model: str, *, threads: int = 1, batch_size: int = 32, **options: Any) -> Any:
    """Returns a pandas UDF: bytes of image files -> a structure of ``vector`` (D floats) and ``error``.

    An image that cannot be decoded has a null vector and the reason; the error of others is null.

    Args:
        model: A model directory on every node, or a name on the Hugging Face Hub.
        threads: Of a task: set it to spark.task.cpus.
        batch_size: Images per batch of the model.
        options: Passed to :class:`sightline.Model`: ``precision``, ``decode``, ``orientation``, ``download``.
    """
    return _udf(_images, model, "image", threads, batch_size, options)


def text_encoder(model: str, *, threads: int = 1, batch_size: int = 32, **options: Any) -> Any:
    """Returns a pandas UDF: texts -> a structure of ``vector`` (D floats) and ``error``. See image_encoder."""
    return _udf(_texts, model, "text", threads, batch_size, options)
