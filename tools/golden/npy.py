#!/usr/bin/env python3
"""Writes tests/golden/npy: one matrix in every form in which NumPy saves it.

    python3 tools/golden/npy.py     needs NumPy; writes the same bytes with every version from 1.14

expected.npy is the matrix as float32, converted by NumPy with astype. Values are exact in float16, so that every
file has the same ones; exact.npy and exact_expected.npy have float64 values that are rounded.
"""
import pathlib

import numpy as np
from numpy.lib import format as npy

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/npy"


def save(name, array, version=(1, 0)):
    with open(OUT / f"{name}.npy", "wb") as file:
        npy.write_array(file, array, version=version, allow_pickle=True)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(5)
    x = random.standard_normal((7, 5)).astype(np.float16)
    x[0, 0], x[1, 1], x[2, 2], x[3, 3] = 6e-8, -6.1e-5, 65504, -0.0  # subnormals, the largest, zero
    save("expected", x.astype(np.float32))
    for kind in ("f2", "f4", "f8"):
        for order in "<>":
            values = x.astype(order + kind)
            name = {"<": "little", ">": "big"}[order] + "_" + kind
            save(name + "_c", values)
            save(name + "_fortran", np.asfortranarray(values))
    save("version_2", x, (2, 0))
    save("version_3", x.astype(np.float32), (3, 0))
    save("transposed_view", np.ascontiguousarray(x.T).T)
    save("one_row_fortran", np.asfortranarray(x[:1]))
    save("no_rows", x[:0])
    exact = random.standard_normal((70, 33)) * 10.0 ** random.integers(-50, 30, (70, 33))
    save("exact", np.asfortranarray(exact))
    save("exact_expected", exact.astype(np.float32))
    # Refused.
    save("beyond_float32", np.array([[0, 1], [2, -1e300], [1e39, 0]]))
    save("nan", np.array([[0, 1], [np.nan, 3]], np.float16))
    save("infinity", np.array([[0, 1], [2, 3], [-np.inf, 3]]))
    save("one_dimension", x[0])
    save("three_dimensions", x.reshape(7, 5, 1))
    save("int8", np.ones((2, 3), np.int8))
    save("uint8", np.ones((2, 3), np.uint8))
    save("int64", np.ones((2, 3), np.int64))
    save("bool", np.ones((2, 3), bool))
    save("complex64", np.ones((2, 3), np.complex64))
    save("longdouble", np.ones((2, 3), np.longdouble))
    save("texts", np.array([["a", "bc"]]))
    save("dates", np.array([["2020-01-01"]], "datetime64[D]"))
    save("structured", np.ones(2, [("id", "<i4"), ("vector", "<f4", (3,))]))
    save("void", np.zeros((2, 3), "V2"))
    save("objects", np.array([[1, "a"]], object))


if __name__ == "__main__":
    main()
