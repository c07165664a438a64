"""LlamaIndex: a multi-modal embedding model.

>>> from sightline.llama_index import SightlineEmbedding
>>> embedding = SightlineEmbedding("models/emoji-vit-8")
>>> vector = embedding.get_text_embedding("a red heart")  # D floats, unit length

Needs llama-index-core.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .encoder import Encoder
from .model import Model, PathLike
from .optional import require

if TYPE_CHECKING:
    from llama_index.core.bridge.pydantic import PrivateAttr
    from llama_index.core.embeddings import MultiModalEmbedding
else:
    _WHAT = ("llama-index-core", "sightline.llama_index")
    MultiModalEmbedding = require("llama_index.core.embeddings", *_WHAT).MultiModalEmbedding
    PrivateAttr = require("llama_index.core.bridge.pydantic", *_WHAT).PrivateAttr

__all__ = ["SightlineEmbedding"]


class SightlineEmbedding(MultiModalEmbedding):
    """LlamaIndex's MultiModalEmbedding on a Sightline model. Thread-safe.

    Args:
        model: A sightline.Model, or what it accepts.
        embed_batch_size: Texts and images per batch.
        normalize: Return vectors of unit length.
        arguments: Of MultiModalEmbedding.
    """

    _encoder: Encoder = PrivateAttr()

    def __init__(
        self, model: Model | PathLike, embed_batch_size: int = 32, normalize: bool = True, **arguments: Any
    ) -> None:
        encoder = Encoder(model, embed_batch_size, normalize)
        arguments.setdefault("model_name", encoder.model.info.name)
        super().__init__(embed_batch_size=embed_batch_size, **arguments)
        self._encoder = encoder

    @classmethod
    def class_name(cls) -> str:
        """Name of the class in serialized indexes."""
        return "SightlineEmbedding"

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._encoder.encode_texts(texts).tolist()
        return vectors

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    def _get_image_embeddings(self, img_file_paths: list[Any]) -> list[list[float]]:
        images = [file.getvalue() if hasattr(file, "getvalue") else file for file in img_file_paths]
        vectors: list[list[float]] = self._encoder.encode_images(images).tolist()
        return vectors

    def _get_image_embedding(self, img_file_path: Any) -> list[float]:
        return self._get_image_embeddings([img_file_path])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)

    async def _aget_image_embedding(self, img_file_path: Any) -> list[float]:
        return await asyncio.to_thread(self._get_image_embedding, img_file_path)

    async def _aget_image_embeddings(self, img_file_paths: list[Any]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_image_embeddings, img_file_paths)
