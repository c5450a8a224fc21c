"""The paired tests against scipy, against themselves written out slowly, and against what statistics promises."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from picdesk.evaluate.figures import bootstrap_figures, signs
from picdesk.evaluate.holm import holm
from picdesk.evaluate.significance import paired_bootstrap, randomisation_test, resampled_means


def p_of(differences: list[float] | np.ndarray, seed: int = 0, rounds: int = 10_000) -> tuple[float, bool]:
    column = np.asarray(differences, dtype=np.float64)[:, None]
    tested = randomisation_test(column, rng=np.random.default_rng(seed), rounds=rounds)
    return float(tested.p[0]), bool(tested.exact[0])


def slow_p(differences: list[float]) -> float:
    """Every sign pattern, one after the other."""
    observed = abs(sum(differences))
    patterns = list(itertools.product((1, -1), repeat=len(differences)))
    as_far = [
        abs(sum(sign * value for sign, value in zip(signs, differences, strict=True))) >= observed - 1e-9
        for signs in patterns
    ]
    return sum(as_far) / len(patterns)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([-1.0, -0.5, -1 / 3, 0.0, 0.1, 0.2, 0.3, 0.5, 1.0]), min_size=1, max_size=9))
def test_few_differences_are_enumerated(differences: list[float]) -> None:
    p, exact = p_of(differences)
    assert exact
    assert p == pytest.approx(slow_p(differences), abs=1e-12)


def test_enumeration_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        first, second = rng.random(11), rng.random(11) + 0.2
        judged = stats.permutation_test(
            (second, first),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=np.inf,
        )
        p, exact = p_of(second - first)
        assert exact
        assert p == pytest.approx(judged.pvalue, abs=1e-12)


def test_drawn_patterns_agree_with_scipy() -> None:
    rng = np.random.default_rng(4)
    for shift in (0.0, 0.05, 0.1):
        first = rng.random(60)
        second = np.clip(first + rng.normal(shift, 0.3, 60), 0, 1)
        judged = stats.permutation_test(
            (second, first),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=20_000,
            rng=np.random.default_rng(5),
        )
        p, exact = p_of(second - first, rounds=20_000)
        assert not exact
        assert p == pytest.approx(judged.pvalue, abs=0.015)  # four times the spread of two such draws


@pytest.mark.parametrize(("gained", "lost"), [(30, 12), (9, 9), (25, 0), (4000, 4300), (0, 40)])
def test_equal_magnitudes_are_counted_by_the_binomial_distribution(gained: int, lost: int) -> None:
    differences = np.concatenate([np.ones(gained), -np.ones(lost), np.zeros(17)])
    judged = stats.binomtest(gained, gained + lost, 0.5).pvalue
    p, exact = p_of(differences)
    assert exact
    assert p == pytest.approx(judged, rel=1e-9)


def test_drawn_patterns_agree_with_all_of_them() -> None:
    """18 differences of several sizes: too many for the house, 262,144 patterns for the judge."""
    differences = np.random.default_rng(2).choice([-0.5, 0.25, 1 / 3, 1.0], 18)
    signs = 1 - 2 * ((np.arange(2**18)[:, None] >> np.arange(18)) & 1)
    all_of_them = (np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9).mean()
    p, exact = p_of(differences, rounds=50_000)
    assert not exact
    assert p == pytest.approx(all_of_them, abs=0.009)


def test_equal_runs_do_not_differ() -> None:
    assert p_of(np.zeros(500)) == (1.0, True)
    resampled = paired_bootstrap(np.zeros((500, 2)), rng=np.random.default_rng(0), rounds=200)
    assert resampled.low.tolist() == resampled.high.tolist() == [0.0, 0.0]
    assert resampled.p.tolist() == [1.0, 1.0]


def test_one_article_proves_nothing() -> None:
    assert p_of([0.7]) == (1.0, True)
    resampled = paired_bootstrap(np.array([[0.7]]), rng=np.random.default_rng(0))
    assert (resampled.low[0], resampled.high[0], resampled.p[0]) == (0.7, 0.7, 1.0)


def test_p_is_never_0_and_follows_from_the_rounds() -> None:
    differences = np.random.default_rng(0).normal(1, 0.1, 400)
    assert p_of(differences, rounds=999) == (1 / 1000, False)
    resampled = paired_bootstrap(differences[:, None], rng=np.random.default_rng(0), rounds=999)
    assert resampled.p[0] == 1 / 1000


def test_one_seed_one_answer_whatever_stands_beside_it() -> None:
    rng = np.random.default_rng(7)
    columns = rng.normal(0.02, 0.3, (300, 4))
    alone = [p_of(columns[:, number], seed=5) for number in range(4)]
    together = randomisation_test(columns, rng=np.random.default_rng(5))
    assert [p for p, _ in alone] == together.p.tolist()
    assert p_of(columns[:, 0], seed=6)[0] != alone[0][0]


def test_the_bootstrap_against_itself_written_out() -> None:
    rng = np.random.default_rng(8)
    differences = rng.normal(0.05, 0.3, (80, 1))
    fast = paired_bootstrap(differences, rng=np.random.default_rng(1), rounds=20_000)
    draws = np.random.default_rng(2).integers(0, 80, (20_000, 80))
    means = differences[draws, 0].mean(axis=1)
    mean = differences.mean()
    assert fast.low[0] == pytest.approx(np.quantile(means, 0.025), abs=0.004)
    assert fast.high[0] == pytest.approx(np.quantile(means, 0.975), abs=0.004)
    assert fast.p[0] == pytest.approx((np.abs(means - mean) >= abs(mean)).mean(), abs=0.015)


def test_the_interval_agrees_with_scipy() -> None:
    differences = np.random.default_rng(9).normal(0.1, 0.4, 120)
    fast = paired_bootstrap(differences[:, None], rng=np.random.default_rng(1), rounds=20_000, level=0.9)
    judged = stats.bootstrap(
        (differences,), np.mean, confidence_level=0.9, n_resamples=20_000, method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval  # fmt: skip
    assert fast.low[0] == pytest.approx(judged.low, abs=0.004)
    assert fast.high[0] == pytest.approx(judged.high, abs=0.004)


def test_false_alarms_are_as_rare_as_the_level_says() -> None:
    """Where nothing differs, p falls below 0.1 in a tenth of the cases; 300 experiments, each of 40 articles."""
    differences = np.random.default_rng(10).normal(0, 1, (40, 300))
    tested = randomisation_test(differences, rng=np.random.default_rng(0), rounds=2000)
    assert 0.05 < (tested.p < 0.1).mean() < 0.16


def test_resampled_rows_are_whole_samples() -> None:
    """Of the column of ones every resample's mean is 1: each draws as many articles as there are."""
    values = np.stack([np.ones(37), np.arange(37.0)], axis=1)
    means = resampled_means(values, rng=np.random.default_rng(0), rounds=3000)
    assert np.allclose(means[:, 0], 1)
    assert means[:, 1].mean() == pytest.approx(18, abs=0.2)
    assert means[:, 1].std() == pytest.approx(np.arange(37).std() / np.sqrt(37), rel=0.1)


def test_memory_stays_bounded() -> None:
    differences = np.random.default_rng(0).normal(size=(8500, 45))
    tracemalloc.start()
    randomisation_test(differences, rng=np.random.default_rng(0), rounds=2000)
    paired_bootstrap(differences, rng=np.random.default_rng(0), rounds=2000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6  # all patterns at once would take 136 MB, and the resamples as much again


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_against_its_definition(p: list[float]) -> None:
    """Tests are rejected from the smallest on, until one is not below level / number of those left."""
    adjusted = holm(p)
    for level in (0.01, 0.05, 0.2, 0.7):
        rejected = set()
        for done, number in enumerate(sorted(range(len(p)), key=p.__getitem__)):
            if p[number] * (len(p) - done) >= level:
                break
            rejected.add(number)
        assert {number for number in range(len(p)) if adjusted[number] < level} == rejected
    assert (adjusted <= 1).all()
    assert (adjusted >= np.asarray(p)).all()


def test_holm_of_one_and_of_none() -> None:
    assert holm([0.2]).tolist() == [0.2]
    assert holm([]).tolist() == []


def median(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.array([np.median(np.repeat(values, row)) for row in counts])


def test_the_sign_test_agrees_with_scipy() -> None:
    rng = np.random.default_rng(12)
    first, second = rng.integers(1, 12, 131).astype(float), rng.integers(1, 10, 131).astype(float)
    first[:9] = second[5:12] = np.inf
    more, less = int((second > first).sum()), int((second < first).sum())
    p, exact = p_of(signs(first, second))
    assert exact
    assert p == pytest.approx(stats.binomtest(more, more + less).pvalue)


def test_the_bootstrap_of_medians_against_itself_written_out() -> None:
    rng = np.random.default_rng(13)
    first, second = rng.integers(1, 30, 61).astype(float), rng.integers(1, 20, 61).astype(float)
    low, high, p = bootstrap_figures(first, second, median, rng=np.random.default_rng(0), rounds=3000)
    draws = np.random.default_rng(1).integers(0, 61, (20_000, 61))
    differences = np.median(second[draws], axis=1) - np.median(first[draws], axis=1)
    observed = np.median(second) - np.median(first)
    assert low == pytest.approx(np.quantile(differences, 0.025), abs=1)  # medians jump by whole ranks
    assert high == pytest.approx(np.quantile(differences, 0.975), abs=1)
    assert p == pytest.approx((np.abs(differences - observed) >= abs(observed)).mean(), abs=0.03)


def test_infinite_figures_never_become_nan() -> None:
    first = np.array([np.inf, np.inf, np.inf, 2.0])
    second = np.array([np.inf, 1.0, 1.0, 1.0])
    assert signs(first, second).tolist() == [0, -1, -1, -1]
    for one, other in ((first, second), (first, first), (second, first)):
        low, high, p = bootstrap_figures(one, other, median, rng=np.random.default_rng(0), rounds=200)
        assert not np.isnan([low, high, p]).any()
        assert low <= high
