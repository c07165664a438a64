"""Sightline: finds images with words and measures how well it does it.

>>> import sightline
>>> encoder = sightline.Encoder("models/emoji-vit-8")
>>> vectors = encoder.encode_texts(["a red heart", "a train"])  # (2, D) float32, unit length

Names are imported when they are first used, so that ``import sightline`` takes little time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._native import Query as Query
    from ._native import library_version as __version__
    from .dataset import Dataset as Dataset
    from .encoder import EncodedImages as EncodedImages
    from .encoder import Encoder as Encoder
    from .errors import CancelledError as CancelledError
    from .errors import DataError as DataError
    from .errors import Error as Error
    from .errors import InternalError as InternalError
    from .errors import InvalidArgumentError as InvalidArgumentError
    from .errors import IoError as IoError
    from .errors import LimitExceededError as LimitExceededError
    from .errors import NotFoundError as NotFoundError
    from .errors import UnsupportedError as UnsupportedError
    from .evaluation import EvaluationResult as EvaluationResult
    from .evaluation import evaluate as evaluate
    from .evaluation import evaluate_vectors as evaluate_vectors
    from .feedback import Correction as Correction
    from .feedback import Feedback as Feedback
    from .feedback import FeedbackMetric as FeedbackMetric
    from .feedback import Judgement as Judgement
    from .index import VectorIndex as VectorIndex
    from .library import IndexSummary as IndexSummary
    from .library import Library as Library
    from .model import Model as Model
    from .model import ModelInfo as ModelInfo
    from .model import Preprocess as Preprocess
    from .model import TokenIds as TokenIds
    from .model import Tokenizer as Tokenizer
    from .results import Hit as Hit
    from .results import QueryHits as QueryHits
    from .results import SearchResult as SearchResult
    from .searching import search as search
    from .verification import Certificate as Certificate
    from .verification import verify as verify

_MODULES = {
    "_native": ("Query",),
    "dataset": ("Dataset",),
    "encoder": ("EncodedImages", "Encoder"),
    "errors": (
        "CancelledError",
        "DataError",
        "Error",
        "InternalError",
        "InvalidArgumentError",
        "IoError",
        "LimitExceededError",
        "NotFoundError",
        "UnsupportedError",
    ),
    "evaluation": ("EvaluationResult", "evaluate", "evaluate_vectors"),
    "feedback": ("Correction", "Feedback", "FeedbackMetric", "Judgement"),
    "index": ("VectorIndex",),
    "library": ("IndexSummary", "Library"),
    "model": ("Model", "ModelInfo", "Preprocess", "TokenIds", "Tokenizer"),
    "results": ("Hit", "QueryHits", "SearchResult"),
    "searching": ("search",),
    "verification": ("Certificate", "verify"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "CancelledError",
    "Certificate",
    "Correction",
    "DataError",
    "Dataset",
    "EncodedImages",
    "Encoder",
    "Error",
    "EvaluationResult",
    "Feedback",
    "FeedbackMetric",
    "Hit",
    "IndexSummary",
    "InternalError",
    "InvalidArgumentError",
    "IoError",
    "Judgement",
    "Library",
    "LimitExceededError",
    "Model",
    "ModelInfo",
    "NotFoundError",
    "Preprocess",
    "Query",
    "QueryHits",
    "SearchResult",
    "TokenIds",
    "Tokenizer",
    "UnsupportedError",
    "VectorIndex",
    "evaluate",
    "evaluate_vectors",
    "search",
    "verify",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        return importlib.import_module("._native", __name__).library_version
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'sightline' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
