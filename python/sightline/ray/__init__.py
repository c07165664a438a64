"""Sightline on Ray: encoding with Ray Data, and search of collections larger than a node with Ray Serve.

Needs ``pip install 'sightline[ray]'``. Names are imported when they are first used, so that actors set the number
of their threads before the native library starts.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .encoders import ImageEncoder as ImageEncoder
    from .encoders import TextEncoder as TextEncoder
    from .encoders import encode_images as encode_images
    from .encoders import encode_texts as encode_texts
    from .serving import Shard as Shard
    from .serving import delete as delete
    from .serving import deploy as deploy
    from .shard_hits import SearchResponse as SearchResponse
    from .shard_hits import ShardHit as ShardHit
    from .vector_parts import WrittenParts as WrittenParts
    from .vector_parts import write_vectors as write_vectors

_MODULE_OF = {
    "ImageEncoder": "encoders",
    "SearchResponse": "shard_hits",
    "Shard": "serving",
    "ShardHit": "shard_hits",
    "TextEncoder": "encoders",
    "WrittenParts": "vector_parts",
    "delete": "serving",
    "deploy": "serving",
    "encode_images": "encoders",
    "encode_texts": "encoders",
    "write_vectors": "vector_parts",
}

__all__ = [
    "ImageEncoder",
    "SearchResponse",
    "Shard",
    "ShardHit",
    "TextEncoder",
    "WrittenParts",
    "delete",
    "deploy",
    "encode_images",
    "encode_texts",
    "write_vectors",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'sightline.ray' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
