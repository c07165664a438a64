"""The interface of sentence-transformers: SentenceTransformer.encode for texts and images.

>>> from sightline.sentence_transformers import SentenceTransformer
>>> model = SentenceTransformer("models/emoji-vit-8")
>>> vectors = model.encode(["a red heart", "a train"])  # (2, D) float32, not normalized unless asked

sentence-transformers is not needed; results as tensors need torch.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .encoder import Encoder
from .errors import InvalidArgumentError, UnsupportedError
from .images import ImageLike
from .model import Model, PathLike, Tokenizer, Vectors
from .optional import require

__all__ = ["SentenceTransformer"]


def _is_single(inputs: Any) -> bool:
    if isinstance(inputs, np.ndarray):
        return inputs.dtype == np.uint8 and inputs.ndim == 3
    return isinstance(inputs, (str, bytes, os.PathLike)) or hasattr(inputs, "getexif")


def _unit_rows(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit


def _is_tensor(value: Any) -> bool:
    return type(value).__module__.split(".")[0] == "torch"


class SentenceTransformer:
    """A model with the methods of ``sentence_transformers.SentenceTransformer`` that encode. Thread-safe.

    Args:
        model_name_or_path: What sightline.Model accepts, or a Model.
        device: ``None`` or ``"cpu"``.
        prompts: Name -> text that is put before texts.
        default_prompt_name: Of the prompt that is used if none is named.
        truncate_dim: Number of leading elements to return; default: all.
        local_files_only: Do not download a model.
        model_kwargs: Further arguments of sightline.Model, such as ``{"precision": "bf16"}``.
    """

    def __init__(
        self,
        model_name_or_path: Model | PathLike,
        *,
        device: str | None = None,
        prompts: dict[str, str] | None = None,
        default_prompt_name: str | None = None,
        truncate_dim: int | None = None,
        local_files_only: bool = True,
        model_kwargs: dict[str, Any] | None = None,
    ) -> None:
        if device not in (None, "cpu"):
            raise UnsupportedError(f"device {device!r}, expected None or 'cpu'")
        self._model = (
            model_name_or_path
            if isinstance(model_name_or_path, Model)
            else Model(model_name_or_path, download=not local_files_only, **(model_kwargs or {}))
        )
        self._encoders: dict[int, Encoder] = {}
        self.prompts = dict(prompts or {})
        self.default_prompt_name = default_prompt_name
        self.truncate_dim = truncate_dim
        self.similarity_fn_name = "cosine"

    @property
    def device(self) -> str:
        """Always ``"cpu"``."""
        return "cpu"

    @property
    def max_seq_length(self) -> int:
        """Largest number of tokens of a text."""
        return self._model.info.context_length

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's tokenizer."""
        return self._model.tokenizer

    def get_embedding_dimension(self) -> int:
        """Returns D, or truncate_dim."""
        return min(self._model.info.embedding_dim, self.truncate_dim or self._model.info.embedding_dim)

    def get_sentence_embedding_dimension(self) -> int:
        """Returns get_embedding_dimension()."""
        return self.get_embedding_dimension()

    def encode(
        self,
        inputs: str | ImageLike | Sequence[str | ImageLike] | None = None,
        prompt_name: str | None = None,
        prompt: str | None = None,
        batch_size: int = 32,
        show_progress_bar: bool | None = None,
        output_value: str | None = "sentence_embedding",
        precision: str = "float32",
        convert_to_numpy: bool = True,
        convert_to_tensor: bool = False,
        device: str | None = None,
        normalize_embeddings: bool = False,
        truncate_dim: int | None = None,
        *,
        sentences: str | Sequence[str | ImageLike] | None = None,
    ) -> Any:
        """Encodes texts and images, mixed as needed.

        Args:
            inputs: A text or an image, or a list: a str is a text; a path object, bytes of a file, a PIL image or an
                array (H, W, 3) uint8 is an image. `sentences` is its older name.
            prompt_name, prompt: Text that is put before each text.
            batch_size: Images per batch, 1 to 4096.
            show_progress_bar: Show a bar (needs tqdm).
            convert_to_numpy: Return an array; otherwise a list of tensors.
            convert_to_tensor: Return one tensor.
            normalize_embeddings: Scale vectors to unit length, after truncation.
            truncate_dim: Number of leading elements to return.
            output_value, precision, device: Only ``"sentence_embedding"``, ``"float32"`` and ``"cpu"``.

        Returns:
            (N, D) float32; (D) for a single input.
        """
        for name, value, expected in (
            ("output_value", output_value, "sentence_embedding"),
            ("precision", precision, "float32"),
            ("device", device or "cpu", "cpu"),
        ):
            if value != expected:
                raise UnsupportedError(f"{name} {value!r}, expected {expected!r}")
        given = sentences if inputs is None else inputs
        if given is None:
            raise InvalidArgumentError("expected a text, an image or a list of them, found None")
        single = _is_single(given)
        items: list[Any] = [given] if single else list(given)  # type: ignore[arg-type]
        before = self._prompt(prompt_name, prompt)
        vectors = self._encode(items, before, batch_size, bool(show_progress_bar))
        dim = truncate_dim or self.truncate_dim
        if dim is not None:
            vectors = np.ascontiguousarray(vectors[:, :dim])
        if normalize_embeddings:
            vectors = _unit_rows(vectors)
        return self._converted(vectors, single, convert_to_numpy, convert_to_tensor)

    def encode_query(self, inputs: Any, prompt_name: str | None = None, **arguments: Any) -> Any:
        """Returns encode() with the prompt ``query``, if there is one."""
        named = "query" if prompt_name is None and arguments.get("prompt") is None and "query" in self.prompts else prompt_name
        return self.encode(inputs, named, **arguments)

    def encode_document(self, inputs: Any, prompt_name: str | None = None, **arguments: Any) -> Any:
        """Returns encode() with the first prompt of ``document``, ``passage`` and ``corpus`` that there is."""
        if prompt_name is None and arguments.get("prompt") is None:
            prompt_name = next((name for name in ("document", "passage", "corpus") if name in self.prompts), None)
        return self.encode(inputs, prompt_name, **arguments)

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Returns cosines, (N1, N2): a tensor if one of the arguments is one, otherwise an array."""
        first, second = (_unit_rows(np.atleast_2d(np.asarray(e, np.float32))) for e in (embeddings1, embeddings2))
        cosines: npt.NDArray[np.float32] = first @ second.T
        if _is_tensor(embeddings1) or _is_tensor(embeddings2):
            return require("torch", "torch", "a result as a tensor").from_numpy(cosines)
        return cosines

    def _prompt(self, name: str | None, prompt: str | None) -> str:
        if prompt is not None:
            return prompt
        name = name if name is not None else self.default_prompt_name
        if name is None:
            return ""
        if name not in self.prompts:
            raise InvalidArgumentError(f"there is no prompt {name!r}, expected one of {sorted(self.prompts)}")
        return self.prompts[name]

    def _encode(self, items: list[Any], prompt: str, batch_size: int, progress: bool) -> Vectors:
        encoder = self._encoders.get(batch_size)
        if encoder is None:
            encoder = self._encoders[batch_size] = Encoder(self._model, batch_size, normalize=False)
        texts = [i for i, item in enumerate(items) if isinstance(item, str)]
        images = [i for i, item in enumerate(items) if not isinstance(item, str)]
        vectors = np.zeros((len(items), self._model.info.embedding_dim), np.float32)
        if texts:
            vectors[texts] = encoder.encode_texts([prompt + items[i] for i in texts], progress=progress)
        if images:
            vectors[images] = encoder.encode_images([items[i] for i in images], progress=progress)
        return vectors

    @staticmethod
    def _converted(vectors: Vectors, single: bool, to_numpy: bool, to_tensor: bool) -> Any:
        if to_tensor or not to_numpy:
            tensor = require("torch", "torch", "a result as a tensor").from_numpy(vectors)
            return tensor[0] if single else tensor if to_tensor else list(tensor)
        return vectors[0] if single else vectors
