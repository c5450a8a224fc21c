"""Intervals against the bootstrap drawn the slow way, and against what theory says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from picdesk.evaluate.intervals import _percentiles, bootstrap_intervals
from picdesk.evaluate.measures import parse_measure

MEASURES = [parse_measure(name) for name in ("MRR@100", "R@10", "MedianRank", "matchIn100")]


def values(count: int, seed: int = 0) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    ranks = np.random.default_rng(seed).geometric(0.05, count).astype(float)
    return [1 / ranks, (ranks <= 10).astype(float), ranks, (ranks <= 100).astype(float)]


def test_drawing_kinds_is_drawing_articles() -> None:
    columns = values(400)
    fast = bootstrap_intervals(MEASURES, columns, np.random.default_rng(1), resamples=20_000)
    generator = np.random.default_rng(2)
    drawn = generator.integers(0, 400, (20_000, 400))
    figures = [
        columns[0][drawn].mean(axis=1),
        columns[1][drawn].mean(axis=1),
        np.median(columns[2][drawn], axis=1),
        columns[3][drawn].sum(axis=1),
    ]
    for measure, ends, slow in zip(MEASURES, fast, figures, strict=True):
        # Ends of 20,000 samples scatter by some 2 % of a standard deviation, and by one step where values are steps.
        tolerance = 0.1 * slow.std() + 1.01 * np.diff(np.unique(slow)).min()
        assert list(ends) == pytest.approx(np.quantile(slow, [0.025, 0.975]).tolist(), abs=tolerance), measure.name


def test_the_normal_interval_is_met() -> None:
    column = values(5000)[1]
    ((low, high),) = bootstrap_intervals([MEASURES[1]], [column], np.random.default_rng(0))
    error = 1.96 * column.std() / math.sqrt(len(column))
    assert (low, high) == pytest.approx((column.mean() - error, column.mean() + error), abs=0.15 * error)


def test_true_values_are_inside_as_often_as_is_said() -> None:
    inside = 0
    for seed in range(300):
        column = (np.random.default_rng(seed).random(200) < 0.3).astype(float)
        ((low, high),) = bootstrap_intervals([MEASURES[1]], [column], np.random.default_rng(seed), resamples=400)
        inside += low <= 0.3 <= high
    assert 0.90 < inside / 300 < 0.985


def test_one_seed_gives_one_answer_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = values(300)
    first = bootstrap_intervals(MEASURES, columns, np.random.default_rng(7))
    assert bootstrap_intervals(MEASURES, columns, np.random.default_rng(7)) == first
    assert bootstrap_intervals(MEASURES, columns, np.random.default_rng(8)) != first
    monkeypatch.setattr("picdesk.evaluate.intervals._CELLS", 1000)
    assert bootstrap_intervals(MEASURES, columns, np.random.default_rng(7)) == first


def test_one_article_and_equal_articles_have_no_spread() -> None:
    for count in (1, 50):
        column = np.full(count, 0.25)
        assert bootstrap_intervals([MEASURES[0]], [column], np.random.default_rng(0)) == [(0.25, 0.25)]


@pytest.mark.parametrize("resamples", [1, 2, 3, 40, 41, 1000])
def test_quantiles_are_numpys(resamples: int) -> None:
    means = np.random.default_rng(resamples).normal(size=resamples)
    assert _percentiles(means, 0.025) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=1e-12)


def test_ranks_that_there_are_not() -> None:
    column = np.array([1.0] * 52 + [math.inf] * 48)
    ((low, high),) = bootstrap_intervals([MEASURES[2]], [column], np.random.default_rng(0))
    assert (low, high) == (1, math.inf)
    ((low, high),) = bootstrap_intervals([MEASURES[2]], [np.full(9, math.inf)], np.random.default_rng(0))
    assert (low, high) == (math.inf, math.inf)
