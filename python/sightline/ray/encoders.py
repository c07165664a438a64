"""Encoders for Ray Data: actors that load a model once and encode batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .threads import use_assigned_cpus

if TYPE_CHECKING:
    from ..encoder import Encoder

__all__ = ["ImageEncoder", "TextEncoder", "encode_images", "encode_texts"]

Batch = dict[str, npt.NDArray[Any]]


class _BatchEncoder:
    """Loads a model; adds the columns of vectors and errors to batches.

    A tensor column of Ray has no nulls, so a row without a vector has NaN in every element; its error says why.
    Errors of other rows are empty.
    """

    def __init__(self, model: str, tower: str, batch_size: int, vector: str, error: str, **options: Any) -> None:
        use_assigned_cpus()
        from ..encoder import Encoder
        from ..model import Model

        self._encoder: Encoder = Encoder(Model(model, towers=tower, **options), batch_size)
        self._vector = vector
        self._error = error

    def _with_vectors(self, batch: Batch, vectors: npt.NDArray[np.float32], errors: Sequence[str]) -> Batch:
        failed = [row for row, error in enumerate(errors) if error]
        if failed:
            vectors = vectors.copy()
            vectors[failed] = np.nan
        return {**batch, self._vector: vectors, self._error: np.array(errors, dtype=np.str_)}


def _image_of(value: Any) -> Any:
    """Returns what Encoder.encode_images takes; None if the value is no image."""
    if isinstance(value, dict):  # Hugging Face: a structure of bytes and path
        value = value["bytes"] if value.get("bytes") is not None else value.get("path")
    if isinstance(value, (bytes, bytearray, memoryview, str)):
        return value
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3 and value.shape[2] == 3:
        return value
    return None


class ImageEncoder(_BatchEncoder):
    """Encodes the images of batches. For ``Dataset.map_batches`` with ``batch_format="numpy"``.

    Args:
        model: A model directory on every node, or a name on the Hugging Face Hub.
        image: Column of the images: bytes of files, paths, structures with ``bytes`` or ``path``, or pixels
            (H, W, 3) uint8. Of several columns, the first with a value counts, such as ``("jpg", "png")``.
        vector: Column of the vectors, (D) float32, of unit length. NaN: the row has no vector.
        error: Column of the reasons; empty where there is a vector.
        keep_image: Keep the columns of images.
        batch_size: Images per batch of the model; at most so many are decoded at a time.
        options: Passed to :class:`sightline.Model`: ``precision``, ``decode``, ``orientation``, ``download``.
    """

    def __init__(
        self,
        model: str,
        *,
        image: str | Sequence[str] = "bytes",
        vector: str = "vector",
        error: str = "error",
        keep_image: bool = False,
        batch_size: int = 32,
        **options: Any,
    ) -> None:
        super().__init__(model, "image", batch_size, vector, error, **options)
        self._columns = [image] if isinstance(image, str) else list(image)
        self._keep_image = keep_image

    def _images(self, batch: Batch) -> list[Any]:
        from ..errors import InvalidArgumentError

        columns = [batch[column] for column in self._columns if column in batch]
        if not columns:
            raise InvalidArgumentError(f"no column {' or '.join(self._columns)}, found {', '.join(batch)}")
        given = [[_image_of(value) for value in column] for column in columns]
        return [next((image for image in row if image is not None), None) for row in zip(*given)]

    def __call__(self, batch: Batch) -> Batch:
        images = self._images(batch)
        present = [row for row, image in enumerate(images) if image is not None]
        encoded = self._encoder.encode_images([images[row] for row in present], errors="collect")
        vectors = np.full((len(images), self._encoder.model.info.embedding_dim), np.nan, np.float32)
        vectors[present] = encoded.vectors
        errors = ["" if image is not None else "no image" for image in images]
        for index, reason in encoded.errors.items():
            # The position in the batch means nothing to the reader of the column.
            errors[present[index]] = reason.replace(f"'image {index}'", "image").replace(f"image {index}:", "image:")
        kept = {name: values for name, values in batch.items() if self._keep_image or name not in self._columns}
        return self._with_vectors(kept, vectors, errors)


class TextEncoder(_BatchEncoder):
    """Encodes the texts of batches. For ``Dataset.map_batches`` with ``batch_format="numpy"``.

    Args:
        model: A model directory on every node, or a name on the Hugging Face Hub.
        text: Column of the texts. A null has no vector.
        vector, error, batch_size, options: See ImageEncoder.
    """

    def __init__(
        self,
        model: str,
        *,
        text: str = "text",
        vector: str = "vector",
        error: str = "error",
        batch_size: int = 32,
        **options: Any,
    ) -> None:
        super().__init__(model, "text", batch_size, vector, error, **options)
        self._text = text

    def __call__(self, batch: Batch) -> Batch:
        texts = batch[self._text]
        present = [row for row, text in enumerate(texts) if isinstance(text, str)]
        vectors = np.full((len(texts), self._encoder.model.info.embedding_dim), np.nan, np.float32)
        vectors[present] = self._encoder.encode_texts([str(texts[row]) for row in present])
        errors = ["" if isinstance(text, str) else "no text" for text in texts]
        return self._with_vectors(batch, vectors, errors)


def _map(
    dataset: Any, encoder: type, model: str, concurrency: Any, num_cpus: float, rows: int, block: int | None, settings: Any
) -> Any:
    # A block is the unit that actors receive. Reading many small files gives one block, and so one busy actor.
    if block is not None:
        dataset = dataset.repartition(target_num_rows_per_block=block)
    return dataset.map_batches(
        encoder,
        fn_constructor_args=(model,),
        fn_constructor_kwargs=settings,
        batch_size=rows,
        batch_format="numpy",
        num_cpus=num_cpus,
        concurrency=concurrency,
    )


def encode_images(
    dataset: Any,
    model: str,
    *,
    concurrency: Any = 1,
    num_cpus: float = 1,
    rows_per_batch: int = 64,
    rows_per_block: int | None = 1024,
    **settings: Any,
) -> Any:
    """Returns the data set of Ray with vectors and errors of its images.

    Args:
        dataset: A ray.data.Dataset.
        model: See ImageEncoder, which takes the settings as well.
        concurrency: Actors, or (least, most).
        num_cpus: Processors and threads of an actor.
        rows_per_batch: Rows of a call of the encoder.
        rows_per_block: Rows that an actor receives at a time, encoded again if it dies. None: blocks as they were read.
    """
    return _map(dataset, ImageEncoder, model, concurrency, num_cpus, rows_per_batch, rows_per_block, settings)


def encode_texts(
    dataset: Any,
    model: str,
    *,
    concurrency: Any = 1,
    num_cpus: float = 1,
    rows_per_batch: int = 256,
    rows_per_block: int | None = 8192,
    **settings: Any,
) -> Any:
    """Returns the data set of Ray with vectors and errors of its texts. See encode_images and TextEncoder."""
    return _map(dataset, TextEncoder, model, concurrency, num_cpus, rows_per_batch, rows_per_block, settings)
