"""Models: towers that map images, texts or both to vectors of a common space."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Union

import numpy as np
import numpy.typing as npt

from . import _native
from ._native import ModelInfo, Preprocess, TokenIds, Tokenizer
from .images import ImageLike, native_images
from .progress import Progress, receiver

__all__ = ["Model", "ModelInfo", "PathLike", "Preprocess", "TokenIds", "Tokenizer", "Vectors"]

PathLike = Union[str, "os.PathLike[str]"]

#: An array of vectors, (N, D) float32, row-major.
Vectors = npt.NDArray[np.float32]


def lasting_spec(spec: str) -> str:
    """Returns a spec that names the same model from every working directory."""
    return str(Path(spec).absolute()) if os.path.exists(spec) else spec


class Model:
    """A loaded model. Thread-safe; weights are shared and read-only.

    Args:
        model: A model directory or file, a name on the Hugging Face Hub that is in the cache
            (``"ViT-B/32"``, ``"org/model"``), ``"text=PATH,image=PATH"`` or ``"MODEL+ADAPTER"``.
        precision: ``"fp32"``, ``"bf16"`` or ``"int8"``.
        backend: ``"cpu"``, or ``"torch"`` where the build has it.
        device: ``"cpu"``, or ``"cuda:N"`` with the backend torch.
        orientation: ``"upright"`` applies the orientation in an image's metadata, ``"stored"`` does not.
        decode: ``"exact"``, or ``"fast"``: JPEG files at a reduced size.
        resize: The way images become square: ``"shortest"``: by the crop of the shortest side, ``"squash"``: without
            their aspect ratio, ``"longest"``: padded with black; None: as the model was published.
        towers: ``"both"``, or only ``"image"`` or ``"text"``, which saves time and memory.
        download: Pull a model from the Hub that is not in the cache.
        progress: See :mod:`sightline.progress`; of the download.

    Raises:
        NotFoundError: There is no such model.
        DataError: Its files are damaged or contradict each other.
        InvalidArgumentError, UnsupportedError: A setting is unknown or not part of this build.
    """

    def __init__(
        self,
        model: PathLike,
        precision: str = "fp32",
        backend: str = "cpu",
        device: str = "cpu",
        *,
        orientation: str = "upright",
        decode: str = "exact",
        resize: str | None = None,
        towers: str = "both",
        download: bool = False,
        progress: Progress = None,
    ) -> None:
        spec = os.fspath(model)
        if towers not in ("both", "image", "text"):
            from .errors import InvalidArgumentError

            raise InvalidArgumentError(f"towers {towers!r}, expected 'both', 'image' or 'text'")
        with receiver(progress) as callback:
            path = _native.locate_model(spec, download, callback)
        self._native = _native.Model(
            path, precision, backend, device, orientation, decode, resize, towers != "text", towers != "image"
        )
        self._spec = lasting_spec(spec)
        self._settings = (precision, backend, device, orientation, decode, resize)

    @classmethod
    def _wrap(cls, native: _native.Model, spec: str) -> Model:
        self = cls.__new__(cls)
        self._native = native
        self._spec = spec
        self._settings = (native.precision, "cpu", "cpu", "upright", "exact", None)
        return self

    @property
    def info(self) -> ModelInfo:
        """What the model is: name, family, dimensions, fingerprint."""
        return self._native.info

    @property
    def tokenizer(self) -> Tokenizer:
        """Its tokenizer. Raises UnsupportedError without a text tower."""
        return self._native.tokenizer

    @property
    def preprocess(self) -> Preprocess:
        """Its preprocessing of images. Raises UnsupportedError without an image tower."""
        return self._native.preprocess

    @property
    def precision(self) -> str:
        """``"fp32"``, ``"bf16"`` or ``"int8"``."""
        return self._native.precision

    @property
    def spec(self) -> str:
        """How the model can be loaded again."""
        return self._spec

    def encode_pixels(self, pixels: npt.ArrayLike) -> Vectors:
        """Encodes preprocessed images, (B, 3, S, S) float32. Returns (B, D) float32, not normalized."""
        return self._native.encode_pixels(np.ascontiguousarray(pixels, dtype=np.float32))

    def preprocess_images(self, images: Sequence[ImageLike]) -> npt.NDArray[np.float32]:
        """Resizes, crops and normalizes N images (see Encoder.encode_images). Returns (N, 3, S, S) float32.

        The result is what encode_pixels takes. Runs on one core; Encoder.encode_images uses all.
        """
        side = self.preprocess.crop_size
        rows = [_native.preprocess_image(self._native, image) for image in native_images(images, self.preprocess.upright)]
        return np.concatenate([*rows, np.empty((0, 3 * side * side), np.float32)]).reshape(-1, 3, side, side)

    def encode_tokens(self, texts: Sequence[TokenIds]) -> Vectors:
        """Encodes N results of ``tokenizer.encode``. Returns (N, D) float32, not normalized."""
        return self._native.encode_tokens(list(texts))

    def __repr__(self) -> str:
        return f"Model({self._spec!r}, {self._native.computation}, {self.info.embedding_dim} dimensions)"
