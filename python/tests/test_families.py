"""Model families beyond CLIP, on the small golden models of the C++ tests."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import ROOT

import sightline

GOLDEN = ROOT / "tests" / "golden" / "siglip2"
IMAGES = ("square", "tall", "tiny", "wide")


def expected(name: str) -> np.ndarray:
    vectors = np.load(GOLDEN / f"{name}.npy").reshape(-1, sightline.Model(GOLDEN / "fixed").info.embedding_dim)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("variant", ["fixed", "naflex"])
def test_siglip2(variant: str) -> None:
    model = sightline.Model(GOLDEN / variant)
    bias = model.info.logit_bias
    assert bias is not None and bias < 0 and model.info.family == ("siglip" if variant == "fixed" else "siglip2")
    encoder = sightline.Encoder(model)
    images = encoder.encode_images([GOLDEN / f"{name}.png" for name in IMAGES])
    for vector, name in zip(images, IMAGES):
        assert np.abs(vector - expected(f"{variant}.{name}")[0]).max() < 1e-5
    texts = json.loads((GOLDEN / "texts.json").read_text())
    assert np.abs(encoder.encode_texts(texts) - expected(f"{variant}.texts")).max() < 1e-5


def test_images_of_different_sizes_have_no_common_array() -> None:
    model = sightline.Model(GOLDEN / "naflex")
    assert model.preprocess.resize == "patches"
    with pytest.raises(sightline.UnsupportedError, match="differ in size"):
        model.preprocess_images([GOLDEN / "wide.png"])
    assert sightline.Model(GOLDEN / "naflex", resize="squash").preprocess_images([GOLDEN / "wide.png"]).shape[0] == 1


def test_models_without_the_sigmoid_loss_have_no_bias(model: sightline.Model) -> None:
    assert model.info.logit_bias is None
