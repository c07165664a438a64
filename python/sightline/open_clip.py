"""The interface of open_clip for inference: create_model_and_transforms and get_tokenizer.

>>> from sightline import open_clip
>>> model, _, preprocess = open_clip.create_model_and_transforms("local-dir:models/emoji-vit-8")
>>> tokenizer = open_clip.get_tokenizer("local-dir:models/emoji-vit-8")
>>> vectors = model.encode_text(tokenizer(["a red heart"]), normalize=True)  # (1, D) float32

Needs torch, but not open_clip. Weights are constants: there are no gradients.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .errors import InvalidArgumentError, UnsupportedError
from .images import ImageLike
from .model import Model, TokenIds, Tokenizer
from .optional import require

__all__ = ["CLIP", "create_model_and_transforms", "create_model_from_pretrained", "get_tokenizer"]

_SCHEMAS = ("hf-hub:", "local-dir:")


def _torch() -> Any:
    return require("torch", "torch", "sightline.open_clip")


def _spec(model_name: str, pretrained: str | None) -> str:
    """Returns the spec of sightline.Model."""
    for schema in _SCHEMAS:
        if model_name.startswith(schema):
            return model_name[len(schema) :]
    if not pretrained:
        return model_name
    if os.path.exists(pretrained):
        return pretrained
    raise InvalidArgumentError(
        f"pretrained {pretrained!r} is not a path: name the model as 'hf-hub:ORG/MODEL' or 'local-dir:PATH'"
    )


class CLIP:
    """A model with the methods of open_clip's CLIP that encode. Thread-safe."""

    def __init__(self, model: Model) -> None:
        self._torch = _torch()
        self._model = model
        info = model.info
        self.context_length = info.context_length
        self.logit_scale = self._torch.tensor(math.log(info.logit_scale) if info.logit_scale > 0 else 0.0)
        self.logit_bias = None if info.logit_bias is None else self._torch.tensor(info.logit_bias)
        self.training = False

    @property
    def model(self) -> Model:
        """The sightline.Model."""
        return self._model

    def encode_image(self, image: Any, normalize: bool = False) -> Any:
        """Encodes a tensor (B, 3, S, S) of preprocessed images. Returns (B, D) float32 on its device."""
        pixels = image.detach().to("cpu", self._torch.float32).contiguous().numpy()
        return self._finished(self._model.encode_pixels(pixels), normalize, image.device)

    def encode_text(self, text: Any, normalize: bool = False) -> Any:
        """Encodes a tensor (B, T) of tokens, padded after the end token. Returns (B, D) float32 on its device."""
        end = self._model.tokenizer.end_id
        rows = []
        for i, ids in enumerate(text.detach().to("cpu").numpy()):
            at = np.flatnonzero(ids == end)
            if len(at) == 0:
                raise InvalidArgumentError(f"text {i} has no end token, which is {end}")
            rows.append(TokenIds(ids[: at[0] + 1].tolist()))
        return self._finished(self._model.encode_tokens(rows), normalize, text.device)

    def __call__(self, image: Any = None, text: Any = None) -> tuple[Any, ...]:
        """Returns normalized vectors of images and texts, the scale of logits, and their bias if the model has one."""
        bias = () if self.logit_bias is None else (self.logit_bias,)
        return (
            None if image is None else self.encode_image(image, normalize=True),
            None if text is None else self.encode_text(text, normalize=True),
            self.logit_scale.exp(),
            *bias,
        )

    def eval(self) -> CLIP:
        """Does nothing; returns the model."""
        return self

    def train(self, mode: bool = True) -> CLIP:
        """Raises UnsupportedError unless `mode` is False."""
        if mode:
            raise UnsupportedError("sightline.open_clip is for inference; `sightline finetune` trains")
        return self

    def to(self, device: Any = "cpu", *_: Any, **__: Any) -> CLIP:
        """Does nothing: the model stays where it was loaded, results are on the device of the inputs."""
        return self

    def _finished(self, vectors: Any, normalize: bool, device: Any) -> Any:
        features = self._torch.from_numpy(vectors)
        if normalize:
            features = self._torch.nn.functional.normalize(features, dim=-1)
        return features.to(device)


class _Preprocess:
    """Preprocesses one image: (3, S, S) float32."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def __call__(self, image: ImageLike) -> Any:
        return _torch().from_numpy(self._model.preprocess_images([image])[0])

    def __repr__(self) -> str:
        return repr(self._model.preprocess)


def _no_training(_: Any) -> Any:
    raise UnsupportedError("sightline.open_clip is for inference and has no transform for training")


class _Tokenizer:
    """Tokenizes texts: (N, context_length) int64, padded with zeros after the end token."""

    def __init__(self, tokenizer: Tokenizer, context_length: int | None) -> None:
        self._tokenizer = tokenizer
        self.context_length = context_length or tokenizer.context_length
        self.vocab_size = tokenizer.vocab_size
        self.sot_token_id = tokenizer.start_id
        self.eot_token_id = tokenizer.end_id

    def __call__(self, texts: str | Sequence[str], context_length: int | None = None) -> Any:
        length = context_length or self.context_length
        listed = [texts] if isinstance(texts, str) else list(texts)
        padded = np.zeros((len(listed), length), np.int64)
        for row, text in zip(padded, listed):
            ids = self._tokenizer.encode(text).ids
            if len(ids) > length:
                ids = [*ids[: length - 1], self.eot_token_id]
            row[: len(ids)] = ids
        return _torch().from_numpy(padded)


def create_model_and_transforms(
    model_name: str,
    pretrained: str | None = None,
    precision: str = "fp32",
    device: Any = "cpu",
    **model_kwargs: Any,
) -> tuple[CLIP, Callable[[Any], Any], Callable[[ImageLike], Any]]:
    """Loads a model. Returns it, a function that raises UnsupportedError instead of transforms for training, and
    the preprocessing of an image, which takes what Encoder.encode_images takes.

    Args:
        model_name: ``"hf-hub:ORG/MODEL"``, ``"local-dir:PATH"``, or what sightline.Model accepts.
        pretrained: A path of weights, which then names the model; a tag such as ``"openai"`` is not known.
        precision: As in sightline.Model.
        device: ``"cpu"``.
        model_kwargs: Further arguments of sightline.Model; ``cache_dir`` and ``jit`` are ignored.
    """
    if str(device) != "cpu":
        raise UnsupportedError(f"device {str(device)!r}, expected 'cpu'")
    _torch()  # before the model is read
    arguments = {key: value for key, value in model_kwargs.items() if key not in ("cache_dir", "jit")}
    model = Model(_spec(model_name, pretrained), precision, **arguments)
    return CLIP(model), _no_training, _Preprocess(model)


def create_model_from_pretrained(
    model_name: str, pretrained: str | None = None, **arguments: Any
) -> tuple[CLIP, Callable[[ImageLike], Any]]:
    """Loads a model. Returns it and the preprocessing of an image."""
    model, _, preprocess = create_model_and_transforms(model_name, pretrained, **arguments)
    return model, preprocess


def get_tokenizer(
    model_name: str, context_length: int | None = None, cache_dir: str | None = None, *, pretrained: str | None = None
) -> _Tokenizer:
    """Returns the tokenizer of a model: texts -> (N, context_length) int64.

    Args:
        model_name, pretrained: As in create_model_and_transforms.
        context_length: Default: the model's.
        cache_dir: Ignored.
    """
    model = Model(_spec(model_name, pretrained), towers="text")
    tokenizer = _Tokenizer(model.tokenizer, context_length)
    return tokenizer
