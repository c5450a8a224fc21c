"""Rounded products and their bounds, and sums by list, against NumPy in float64."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from picdesk.encoders.runtimes.bags import sums_of_lists
from picdesk.encoders.runtimes.bfloat16 import Bfloat16Product, blur_of_products, multiplies_bfloat16, rounded

needs_bfloat16 = pytest.mark.skipif(not multiplies_bfloat16(), reason="this processor does not multiply bfloat16")


def unit_rows(generator: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    rows = generator.standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_numbers_are_rounded_to_the_nearest_and_ties_to_the_even_one() -> None:
    numbers = np.array([1.0, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, -1 - 2**-8, 0.0], dtype=np.float32)
    assert rounded(numbers).tolist() == [1.0, 1.0, 1 + 2**-6, 1 + 2**-7, -1.0, 0.0]


@needs_bfloat16
@pytest.mark.parametrize("dimension", [3, 64, 512])
def test_no_product_is_further_off_than_the_bound_says(dimension: int) -> None:
    generator = np.random.default_rng(dimension)
    queries = unit_rows(generator, 70, dimension)
    near = queries[:50] + 0.05 * unit_rows(generator, 50, dimension)
    photos = np.concatenate([near / np.linalg.norm(near, axis=1, keepdims=True), unit_rows(generator, 3000, dimension)])
    found = Bfloat16Product(dimension)(queries, photos)
    off = np.abs(found - queries.astype(np.float64) @ photos.astype(np.float64).T).max(axis=1)
    assert (off <= blur_of_products(queries)).all()
    assert off.max() > 1e-5, "nothing was rounded, and the bound was not tried"


@needs_bfloat16
def test_the_bound_holds_where_rounding_does_its_worst() -> None:
    # Every number lies half way between two of bfloat16, and all are rounded the same way.
    row = np.full((1, 256), np.float32((1 + 2**-8) / 16), dtype=np.float32)
    assert abs(float(np.linalg.norm(row)) - 1) < 0.01
    row /= np.linalg.norm(row)
    off = abs(float(Bfloat16Product(256)(row, row)[0, 0]) - 1)
    assert off <= float(blur_of_products(row)[0])


@needs_bfloat16
def test_threads_do_not_write_over_one_another() -> None:
    generator = np.random.default_rng(5)
    product, photos = Bfloat16Product(32), unit_rows(generator, 500, 32)
    queries = [unit_rows(generator, 40, 32) for _ in range(64)]
    alone = [product(rows, photos).copy() for rows in queries]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda rows: product(rows, photos).copy(), queries))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_sums_of_lists_are_those_of_numpy_to_the_bit() -> None:
    generator = np.random.default_rng(3)
    rows = generator.standard_normal((5000, 24)).astype(np.float32)
    lists = generator.choice([0, 1, 5, 6, 39, 77], 5000)
    expected = np.zeros((80, 24), dtype=np.float32)
    np.add.at(expected, lists, rows)
    assert np.array_equal(sums_of_lists(rows, lists, 80), expected)
    assert not sums_of_lists(rows[:0], lists[:0], 3).any()
