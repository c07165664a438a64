"""Repeated calls do not leak; an array keeps its memory, and only that."""

from __future__ import annotations

import gc
import os

import numpy as np
import pytest
from conftest import pixels

import sightline

pytestmark = pytest.mark.skipif(
    "SIGHTLINE_SANITIZED" in os.environ, reason="freed memory stays in quarantine; LeakSanitizer looks for leaks"
)
CALLS = int(os.environ.get("SIGHTLINE_LEAK_CALLS", "1500"))  # 10000 in a long run


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(call: object, calls: int) -> int:
    """Returns the growth of the resident memory in `calls` calls, after some to warm up."""
    for _ in range(calls // 5):
        call()  # type: ignore[operator]
    gc.collect()
    before = resident_bytes()
    for _ in range(calls):
        call()  # type: ignore[operator]
    gc.collect()
    return resident_bytes() - before


def test_texts(encoder: sightline.Encoder) -> None:
    # 16 vectors of 1 KiB a call: a leak of one result in two is 12 MB.
    assert growth(lambda: encoder.encode_texts(["a red heart"] * 16), CALLS) < 6 << 20


def test_images(encoder: sightline.Encoder) -> None:
    image = pixels(0)
    assert growth(lambda: encoder.encode_images([image.copy()]), CALLS) < 6 << 20


def test_errors(encoder: sightline.Encoder) -> None:
    def fail() -> None:
        with pytest.raises(sightline.DataError):
            encoder.encode_images([b"x" * 8192])

    assert growth(fail, CALLS) < 6 << 20


def test_index() -> None:
    vectors = np.random.default_rng(0).random((64, 64), np.float32)  # 16 KiB

    def search() -> None:
        sightline.VectorIndex(vectors.copy()).search(vectors[:4], 5)

    assert growth(search, CALLS) < 6 << 20


def test_models(encoder: sightline.Encoder) -> None:
    from conftest import MODEL

    assert growth(lambda: sightline.Encoder(MODEL).encode_texts(["a"]), 20) < 30 << 20
