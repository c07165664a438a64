"""LangChain: embeddings of texts and images.

>>> from sightline.langchain import SightlineEmbeddings
>>> embeddings = SightlineEmbeddings("models/emoji-vit-8")
>>> vector = embeddings.embed_query("a red heart")  # D floats, unit length

Needs langchain-core.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .encoder import Encoder
from .images import ImageLike
from .model import Model, PathLike
from .optional import require

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
else:
    Embeddings = require("langchain_core.embeddings", "langchain-core", "sightline.langchain").Embeddings

__all__ = ["SightlineEmbeddings"]


class SightlineEmbeddings(Embeddings):
    """LangChain's Embeddings on a Sightline model. Thread-safe.

    Args:
        model: A sightline.Model, or what it accepts.
        batch_size: Images per batch.
        normalize: Return vectors of unit length.
    """

    def __init__(self, model: Model | PathLike, batch_size: int = 32, normalize: bool = True) -> None:
        self._encoder = Encoder(model, batch_size, normalize)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Returns the vectors of texts."""
        vectors: list[list[float]] = self._encoder.encode_texts(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Returns the vector of a text."""
        return self.embed_documents([text])[0]

    def embed_image(self, uris: Sequence[ImageLike]) -> list[list[float]]:
        """Returns the vectors of images: paths, or whatever Encoder.encode_images takes."""
        vectors: list[list[float]] = self._encoder.encode_images(uris).tolist()
        return vectors
