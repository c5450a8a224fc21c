"""Assignments, against SciPy's and against every possibility written out."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from picdesk.search.assign import Candidates, one_to_one, without_repeats

Matrix = NDArray[np.float64]


def lists_of(scores: Matrix) -> list[Candidates]:
    """Candidates of each row; nan means: not a candidate."""
    lists = []
    for row in scores:
        there = np.flatnonzero(~np.isnan(row))
        order = there[np.argsort(-row[there], kind="stable")]
        lists.append(Candidates(order.astype(np.int64), row[order]))
    return lists


def given_by(lists: list[Candidates]) -> tuple[list[int], float]:
    """Photos given, -1 for none, and the sum of their scores."""
    places = one_to_one(lists)
    photos = [int(each.photos[place]) if place >= 0 else -1 for each, place in zip(lists, places, strict=True)]
    kept = [photo for photo in photos if photo >= 0]
    assert len(set(kept)) == len(kept)
    return photos, sum(float(each.scores[place]) for each, place in zip(lists, places, strict=True) if place >= 0)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 25), st.integers(1, 25), st.sampled_from([0.0, 0.3, 0.8]), st.booleans())
def test_the_assignment_is_the_best_one(seed: int, rows: int, columns: int, lacking: float, coarse: bool) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(rows, columns)) + 2 * generator.normal(size=columns)  # some photos please all
    scores = np.round(scores) if coarse else scores
    scores[generator.random(scores.shape) < lacking] = np.nan
    photos, total = given_by(lists_of(scores))
    # SciPy's, with going without as the worst there is.
    worst = 1000.0
    padded = np.concatenate([np.where(np.isnan(scores), -2 * worst, scores), np.full((rows, rows), -worst)], axis=1)
    chosen = padded[linear_sum_assignment(padded, maximize=True)]
    assert sum(photo >= 0 for photo in photos) == (chosen > -worst).sum()
    assert total == pytest.approx(chosen[chosen > -worst].sum(), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 5))
def test_no_permutation_is_better(seed: int, size: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(size, size))
    _, total = given_by(lists_of(scores))
    assert total == pytest.approx(max(scores[range(size), order].sum() for order in permutations(range(size))))


def test_photos_that_please_everybody_are_given_out_too() -> None:
    """1,500 articles with 200 candidates each, of which the same few please everybody."""
    generator = np.random.default_rng(0)
    scores = 0.5 * generator.exponential(size=3000) + generator.normal(size=(1500, 3000))
    lists = [
        Candidates(order.astype(np.int64), row[order])
        for row, order in zip(scores, np.argsort(-scores, axis=1)[:, :200], strict=True)
    ]
    photos, total = given_by(lists)
    assert -1 not in photos
    sparse = np.full(scores.shape, -1e6)
    for row, each in enumerate(lists):
        sparse[row, each.photos] = each.scores
    assert total == pytest.approx(sparse[linear_sum_assignment(sparse, maximize=True)].sum(), rel=1e-12)


def test_nothing_and_too_little() -> None:
    assert one_to_one([]) == []
    empty = Candidates(np.empty(0, dtype=np.int64), np.empty(0))
    only = Candidates(np.array([4]), np.array([-3.0]))
    assert one_to_one([empty, only, empty]) == [-1, 0, -1]
    assert sorted(one_to_one([only, only])) == [-1, 0]


def test_without_repeats_goes_in_rounds() -> None:
    first = Candidates(np.array([0, 1, 2, 3]), np.array([0.9, 0.8, 0.7, 0.1]))
    second = Candidates(np.array([0, 1, 2, 4]), np.array([0.85, 0.84, 0.2, 0.1]))
    # The first takes 0; the second takes 1 before the first gets its second photo.
    assert [places.tolist() for places in without_repeats([first, second], 2)] == [[0, 2], [1, 3]]
    assert [places.tolist() for places in without_repeats([first, second], 9)] == [[0, 2, 3], [1, 3]]
    assert [places.tolist() for places in without_repeats([first, second], 2, first=[1, 0])] == [[1, 2], [0, 3]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 30), st.integers(1, 6))
def test_no_photo_is_given_twice(seed: int, rows: int, columns: int, depth: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(rows, columns))
    lists = lists_of(scores)
    places = without_repeats(lists, depth)
    photos = [each.photos[at].tolist() for each, at in zip(lists, places, strict=True)]
    flat = [photo for each in photos for photo in each]
    assert len(set(flat)) == len(flat) == min(rows * depth, columns)
    assert max(map(len, photos)) - min(map(len, photos)) <= 1, "every article gets a photo before any gets another"
    for at in places:
        assert at.tolist() == sorted(at.tolist())
    # In the first round no two would rather swap with a photo that nobody has: the pairs went by score.
    left = set(range(rows))
    free = set(range(columns))
    while left and free:
        row, photo = max(((row, photo) for row in left for photo in free), key=lambda pair: scores[pair])
        assert photos[row][0] == photo
        left.remove(row)
        free.remove(photo)
