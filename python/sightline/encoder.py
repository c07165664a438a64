"""Encoders: texts and images to vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, overload

from . import _native
from .errors import DataError, InvalidArgumentError
from .images import ImageLike, native_images
from .model import Model, PathLike, Vectors
from .progress import Progress, receiver

__all__ = ["EncodedImages", "Encoder"]


@dataclass(frozen=True)
class EncodedImages:
    """Vectors, and the images that have none.

    Attributes:
        vectors: (N, D) float32; rows of failed images are zero.
        errors: Index of each failed image -> the reason.
    """

    vectors: Vectors
    errors: dict[int, str]


class Encoder:
    """Encodes texts and images with a model. Thread-safe: calls may overlap.

    Args:
        model: A Model, or what Model accepts.
        batch_size: Images per batch, 1 to 4096; at most so many are decoded at a time.
        normalize: Return vectors of unit length, whose inner products are cosines.
    """

    def __init__(self, model: Model | PathLike, batch_size: int = 32, normalize: bool = True) -> None:
        self._model = model if isinstance(model, Model) else Model(model)
        self._native = _native.Encoder(self._model._native, batch_size, normalize)

    @property
    def model(self) -> Model:
        """The model."""
        return self._model

    def encode_texts(self, texts: Sequence[str], *, progress: Progress = None) -> Vectors:
        """Encodes N texts. Returns (N, D) float32, row i for texts[i].

        A text that is longer than the model's context is truncated. Ctrl-C stops between batches.

        Raises:
            UnsupportedError: The model has no text tower.
            DataError: A vector has NaN or infinity.
        """
        if isinstance(texts, str):
            raise InvalidArgumentError("expected a list of texts, found a str")
        with receiver(progress) as callback:
            return self._native.encode_texts(list(texts), callback)

    @overload
    def encode_images(
        self, images: Sequence[ImageLike], *, errors: Literal["raise"] = "raise", progress: Progress = None
    ) -> Vectors: ...

    @overload
    def encode_images(
        self, images: Sequence[ImageLike], *, errors: Literal["collect"], progress: Progress = None
    ) -> EncodedImages: ...

    def encode_images(
        self, images: Sequence[ImageLike], *, errors: str = "raise", progress: Progress = None
    ) -> Vectors | EncodedImages:
        """Encodes N images. Returns (N, D) float32, row i for images[i].

        Paths are read when their batch is encoded. Pixels (PIL images, arrays, tensors) have the same vector as
        a PNG file with them. The orientation in a PIL image's EXIF data is applied as it is for files.

        Args:
            images: Paths, bytes of image files, PIL images, arrays (H, W, 3) uint8, or tensors with ``__dlpack__``
                of that shape on the CPU; mixed as needed.
            errors: ``"raise"`` raises DataError for the first image that cannot be read, decoded or encoded;
                ``"collect"`` returns EncodedImages.

        Raises:
            UnsupportedError: The model has no image tower.
        """
        if errors not in ("raise", "collect"):
            raise InvalidArgumentError(f"errors {errors!r}, expected 'raise' or 'collect'")
        sources = native_images(images, self._model.preprocess.upright)
        with receiver(progress) as callback:
            vectors, reasons = self._native.encode_images(sources, callback)
        failed = {index: reason for index, reason in enumerate(reasons) if reason is not None}
        if errors == "collect":
            return EncodedImages(vectors, failed)
        if failed:
            more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
            raise DataError(next(iter(failed.values())) + more)
        return vectors
