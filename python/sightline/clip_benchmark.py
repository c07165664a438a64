"""CLIP_benchmark: Sightline as a type of model.

>>> from sightline import clip_benchmark
>>> clip_benchmark.register()  # adds model_type "sightline"
>>> model, transform, tokenizer = clip_benchmark.load_clip("models/emoji-vit-8")

Needs torch; register() needs clip-benchmark.
"""

from __future__ import annotations

from typing import Any

from . import open_clip
from .optional import require

__all__ = ["MODEL_TYPE", "load_clip", "register"]

#: The name of the type.
MODEL_TYPE = "sightline"


def load_clip(
    model_name: str, pretrained: str | None = None, cache_dir: str | None = None, device: Any = "cpu"
) -> tuple[Any, Any, Any]:
    """Returns model, transform and tokenizer, as CLIP_benchmark's loading functions do.

    Args:
        model_name: As in sightline.open_clip.create_model_and_transforms.
        pretrained: Empty, or a path of weights.
        cache_dir: Ignored.
        device: ``"cpu"``.
    """
    model, _, transform = open_clip.create_model_and_transforms(model_name, pretrained, device=device)
    return model, transform, open_clip.get_tokenizer(model_name, pretrained=pretrained)


def register() -> None:
    """Adds the type to clip_benchmark.models, so that its load_clip knows it."""
    models = require("clip_benchmark.models", "clip-benchmark", "sightline.clip_benchmark.register")
    models.TYPE2FUNC[MODEL_TYPE] = load_clip
    if MODEL_TYPE not in models.MODEL_TYPES:
        models.MODEL_TYPES.append(MODEL_TYPE)
