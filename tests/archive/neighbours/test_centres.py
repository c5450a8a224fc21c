"""Lists made with rounded products, beside FAISS's own k-means and a search of every centre."""

from __future__ import annotations

import faiss
import numpy as np
import pytest
from benchmarks.made_up_vectors import MadeUp

from picdesk.archive.neighbours.centres import RoundedCentres, train_centres
from picdesk.encoders.runtimes.bfloat16 import multiplies_bfloat16

pytestmark = pytest.mark.skipif(not multiplies_bfloat16(), reason="this processor does not multiply bfloat16")


def closeness(rows: np.ndarray, centres: np.ndarray) -> float:
    """The mean cosine of a vector and its centre: what k-means makes large."""
    return float((rows @ centres.T).max(axis=1).mean())


def test_lists_are_as_good_as_those_of_faiss() -> None:
    rows = MadeUp(64).photos(0, 8000)
    theirs = faiss.Kmeans(64, 100, niter=10, spherical=True, seed=1)
    theirs.train(rows)
    ours = train_centres(rows.astype(np.float16), 100, 10, np.random.default_rng(1))
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    first = train_centres(rows.astype(np.float16), 100, 0, np.random.default_rng(1))
    assert closeness(rows, first) + 0.02 < closeness(rows, ours) > closeness(rows, np.asarray(theirs.centroids)) - 0.005


def test_each_vector_goes_to_a_nearest_centre_short_of_rounding() -> None:
    rows = MadeUp(64).photos(0, 6000)
    centres = train_centres(rows.astype(np.float16), 200, 4, np.random.default_rng(2))
    lists = RoundedCentres(centres).nearest(rows.astype(np.float16))
    cosines = rows @ centres.T
    assert (cosines[np.arange(len(rows)), lists] >= cosines.max(axis=1) - 0.01).all()
    assert (lists == cosines.argmax(axis=1)).mean() > 0.99


def test_the_same_seed_gives_the_same_centres() -> None:
    halves = MadeUp(64).photos(0, 3000).astype(np.float16)
    first, second = (train_centres(halves, 50, 5, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)


def test_no_list_is_left_without_a_place() -> None:
    few = np.repeat(MadeUp(64).photos(0, 10), 30, axis=0).astype(np.float16)
    centres = train_centres(few, 40, 5, np.random.default_rng(4))
    assert np.isfinite(centres).all()
    assert np.allclose(np.linalg.norm(centres, axis=1), 1, atol=1e-5)
