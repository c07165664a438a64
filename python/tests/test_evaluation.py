"""Evaluation and verification equal the program's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import MODEL, ROOT, run

import sightline


@pytest.fixture(scope="module")
def result(photos: Path) -> sightline.EvaluationResult:
    return sightline.evaluate([MODEL, ROOT / "models" / "emoji-rn"], photos, bootstrap=200, permutations=200)


def test_metrics_equal_the_programs(
    program: Path, result: sightline.EvaluationResult, photos: Path, tmp_path: Path
) -> None:
    models = ["--model", MODEL, "--model", ROOT / "models" / "emoji-rn"]
    printed = json.loads(
        run(program, "eval", "--json", "--dataset", photos, *models, "--bootstrap", 200, "--permutations", 200,
            "--no-figures", "--out", tmp_path / "report")
    )
    assert result.to_dict()["models"][0]["metrics"] == printed["models"][0]["metrics"]
    assert result.comparisons == printed["comparisons"]
    assert result.models == ["emoji-vit-8", "emoji-rn"]


def test_intervals_and_data_frame(result: sightline.EvaluationResult) -> None:
    value = result.metrics["text_to_image"]["recall_at_10"]
    low, high = result.interval("recall_at_10") or (1, 0)
    assert low <= value <= high
    frame = result.to_dataframe()
    assert list(frame["model"]) == ["emoji-vit-8", "emoji-vit-8", "emoji-rn", "emoji-rn"]
    assert frame["recall_at_10"][0] == value and frame["recall_at_10_low"][0] == low
    assert "emoji-rn" in result._repr_html_() and "R@1" in repr(result)
    with pytest.raises(sightline.InvalidArgumentError, match="other"):
        result.metrics_of("other")


def test_loaded_model_and_report(model: sightline.Model, photos: Path, tmp_path: Path) -> None:
    stages: list[str] = []
    result = sightline.evaluate(
        model, photos, bootstrap=0, permutations=0, report=tmp_path / "r", progress=lambda stage, *rest: stages.append(stage)
    )
    assert result.interval("recall_at_1") is None and any("images" in stage for stage in stages)
    assert (tmp_path / "r" / "index.html").exists()


def test_errors(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sightline.evaluate(MODEL, tmp_path / "absent")
    with pytest.raises(sightline.NotFoundError):
        sightline.evaluate(MODEL, photos, splits=["absent"])
    with pytest.raises(sightline.InvalidArgumentError, match="some"):
        sightline.evaluate(MODEL, photos, captions="some")


def test_verify() -> None:
    certificate = sightline.verify(MODEL, cross_check=False)
    assert certificate.passed and certificate.stages
    assert "passed" in repr(certificate) and "<table>" in certificate._repr_html_()


def test_vectors_of_any_program(program: Path, photos: Path, tmp_path: Path, encoder: sightline.Encoder) -> None:
    texts = [f"the caption number {i}" for i in range(40)]
    files = [photos / f"photo{i:02}.{'jpg' if i % 2 else 'png'}" for i in range(40)]
    images = encoder.encode_images(files)
    noise = np.random.default_rng(1).standard_normal(images.shape).astype(np.float32)
    encoders = {"ours": (images, encoder.encode_texts(texts)), "noise": (noise, noise.tolist())}
    result = sightline.evaluate_vectors(encoders, bootstrap=100, permutations=100)
    assert result.models == ["ours", "noise"] and {c["b"] for c in result.comparisons} == {"noise"}
    assert result.metrics_of("noise")["text_to_image"]["recall_at_1"] == 1
    expected = sightline.evaluate(encoder.model, photos, bootstrap=0, cache=False).metrics["text_to_image"]
    assert result.metrics["text_to_image"]["mean_reciprocal_rank"] == expected["mean_reciprocal_rank"]

    np.save(tmp_path / "images.npy", images)
    (tmp_path / "pairs.csv").write_text("text,image\n0,3\n")
    paired = sightline.evaluate_vectors(
        {"a": (tmp_path / "images.npy", images[3:4])}, tmp_path / "pairs.csv", bootstrap=0, permutations=0
    )
    assert paired.metrics["text_to_image"]["recall_at_1"] == 1
    with pytest.raises(sightline.InvalidArgumentError):
        sightline.evaluate_vectors({"a": (images, images[:, :3])})
    with pytest.raises(sightline.DataError):
        sightline.evaluate_vectors({"a": (np.full((2, 3), np.nan), noise[:2, :3])})
