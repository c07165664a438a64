"""VectorIndex against NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sightline


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((500, 32)).astype(np.float32)


@pytest.mark.parametrize("type", [None, "int8", "bf16"])
def test_hits_equal_a_sort_in_double(vectors: np.ndarray, type: str | None) -> None:
    index = sightline.VectorIndex(vectors)
    if type:
        index.quantize(type)
    queries = vectors[:7] + 0.1
    ids, similarities = index.search(queries, 10)
    exact = queries.astype(np.float64) @ vectors.astype(np.float64).T
    assert np.array_equal(ids, np.argsort(-exact, axis=1, kind="stable")[:, :10])
    assert np.allclose(similarities, np.take_along_axis(exact, ids, axis=1), atol=1e-12)
    assert ids.dtype == np.int64 and similarities.dtype == np.float64


def test_ids_one_query_and_few_rows(vectors: np.ndarray) -> None:
    index = sightline.VectorIndex(vectors[:3], ids=["a", "b", "c"])
    ids, similarities = index.search(vectors[1], k=10)
    assert ids.shape == similarities.shape == (1, 3)
    assert ids[0, 0] == "b" and len(index) == 3 and index.dim == 32


def test_input_is_not_copied_and_kept_alive(vectors: np.ndarray) -> None:
    array = vectors.copy()
    index = sightline.VectorIndex(array)
    del array
    assert index.search(vectors[4], 1)[0][0, 0] == 4
    frozen = vectors.copy()
    frozen.flags.writeable = False
    assert sightline.VectorIndex(frozen).search(vectors[4], 1)[0][0, 0] == 4


def test_other_layouts_are_converted(vectors: np.ndarray) -> None:
    for array in (np.asfortranarray(vectors), vectors.astype(np.float64), vectors.tolist()):
        assert sightline.VectorIndex(array).search(vectors[9], 1)[0][0, 0] == 9


def test_file(vectors: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", vectors)
    assert sightline.VectorIndex(tmp_path / "v.npy").search(vectors[3], 1)[0][0, 0] == 3
    with pytest.raises(FileNotFoundError):
        sightline.VectorIndex(tmp_path / "absent.npy")


def test_errors(vectors: np.ndarray) -> None:
    index = sightline.VectorIndex(vectors)
    with pytest.raises(sightline.InvalidArgumentError, match="31 dimensions, expected 32"):
        index.search(vectors[:, :31])
    with pytest.raises(sightline.InvalidArgumentError):
        index.search(vectors, k=0)
    with pytest.raises(sightline.InvalidArgumentError, match="2 ids for 500 vectors"):
        sightline.VectorIndex(vectors, ids=[1, 2])
    with pytest.raises(sightline.InvalidArgumentError, match="fp4"):
        index.quantize("fp4")
    with pytest.raises(TypeError):
        sightline.VectorIndex(np.zeros((2, 2, 2), np.float32))
