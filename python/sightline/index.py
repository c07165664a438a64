"""Exact search over arrays of vectors."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _native
from .errors import InvalidArgumentError
from .model import PathLike

__all__ = ["VectorIndex"]


def _rows(vectors: npt.ArrayLike) -> npt.NDArray[np.float32]:
    array = np.ascontiguousarray(vectors, dtype=np.float32)
    return array[None, :] if array.ndim == 1 else array


class VectorIndex:
    """Finds the rows of an array with the largest inner products. Thread-safe, except for quantize().

    Every search is exact: hits, order and similarities are those of inner products summed in double; rows of
    equal similarity are in ascending order.

    Args:
        vectors: (N, D) float32, which is not copied if it is row-major; keep it unchanged. Or a .npy file.
        ids: N ids, one for each row; default: row numbers from 0.

    Raises:
        DataError: NaN or infinity.
    """

    def __init__(self, vectors: npt.ArrayLike | PathLike, ids: Sequence[Any] | npt.NDArray[Any] | None = None) -> None:
        if isinstance(vectors, (str, os.PathLike)):
            self._native = _native.VectorIndex.open(os.fspath(vectors))
        else:
            self._native = _native.VectorIndex(np.ascontiguousarray(vectors, dtype=np.float32))
        self._ids: npt.NDArray[Any] | None = None
        if ids is not None:
            self._ids = np.asarray(ids)
            if self._ids.shape != (self._native.rows,):
                raise InvalidArgumentError(f"{len(ids)} ids for {self._native.rows} vectors")

    def __len__(self) -> int:
        return self._native.rows

    @property
    def dim(self) -> int:
        """D, elements of a vector."""
        return self._native.dim

    def quantize(self, type: str = "int8") -> None:
        """Adds quantized vectors (``"int8"`` or ``"bf16"``), which make searches faster. Hits do not change."""
        self._native.quantize(type)

    def search(self, queries: npt.ArrayLike, k: int = 10) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
        """Returns the k best rows for each query, best first.

        Args:
            queries: (Q, D), or (D) for one query.
            k: Number of hits; fewer if there are fewer rows.

        Returns:
            ids (Q, k) and similarities (Q, k) float64.
        """
        rows, similarities = self._native.search(_rows(queries), k)
        return (rows if self._ids is None else self._ids[rows]), similarities

    def __repr__(self) -> str:
        return f"VectorIndex({len(self)} vectors of {self.dim} dimensions)"
