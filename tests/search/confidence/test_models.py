"""Own regressions against those of scikit-learn and SciPy, and against slow ones."""

from __future__ import annotations

import numpy as np
import pytest

from picdesk.search.confidence.isotonic import fit_steps, pool_adjacent_violators
from picdesk.search.confidence.logistic import fit_logistic, sigmoid


def drawn(seed: int, count: int = 400, width: int = 5) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(count, width)) * 10.0 ** generator.integers(-3, 4, size=width)
    weights = generator.normal(size=width) / features.std(axis=0)
    labels = (generator.random(count) < sigmoid(features @ weights - 1)).astype(float)
    return features, labels


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("penalty", [0.01, 1.0, 50.0])
def test_logistic_equals_scikit_learn(seed: int, penalty: float) -> None:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

    features, labels = drawn(seed)
    rows = StandardScaler().fit_transform(features)
    judge = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=10_000).fit(rows, labels)
    own = fit_logistic(features, labels, penalty).probabilities(features)
    assert own == pytest.approx(judge.predict_proba(rows)[:, 1], abs=2e-5)


def test_shares_count_like_so_many_people() -> None:
    features, _ = drawn(1, 60)
    shares = np.random.default_rng(2).integers(0, 5, size=60) / 4
    many = np.repeat(features, 4, axis=0)
    votes = np.concatenate([[1.0] * round(4 * share) + [0.0] * round(4 - 4 * share) for share in shares])
    one, all_votes = fit_logistic(features, shares, 1.0), fit_logistic(many, votes, 4.0)
    assert one.weights == pytest.approx(all_votes.weights, rel=1e-5, abs=1e-9)
    assert one.intercept == pytest.approx(all_votes.intercept, rel=1e-5)


def test_constants_separable_labels_and_large_numbers() -> None:
    features, labels = drawn(3)
    with_constant = np.column_stack([features, np.full(len(features), 0.1), np.zeros(len(features))])
    fitted = fit_logistic(with_constant, labels)
    assert fitted.weights[-2:].tolist() == [0, 0]
    assert fitted.probabilities(with_constant) == pytest.approx(fit_logistic(features, labels).probabilities(features))
    line = np.linspace(-1e6, 1e6, 50)[:, None]
    parted = fit_logistic(line, (line[:, 0] > 0).astype(float), 1e-3).probabilities(line)
    assert np.all(np.isfinite(parted))
    assert np.all((parted > 0.5) == (line[:, 0] > 0))
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0, 0.5, 1]
    nothing = fit_logistic(np.zeros((20, 3)), np.array([1.0] * 5 + [0.0] * 15))
    assert nothing.probabilities(np.zeros((1, 3))) == pytest.approx([0.25], abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_pooling_equals_scipy(seed: int) -> None:
    from scipy.optimize import isotonic_regression

    generator = np.random.default_rng(seed)
    count = int(generator.integers(1, 80))
    values = generator.random(count).round(1)
    weights = generator.integers(1, 9, size=count).astype(float)
    assert pool_adjacent_violators(values) == pytest.approx(isotonic_regression(values).x)
    assert pool_adjacent_violators(values, weights) == pytest.approx(isotonic_regression(values, weights=weights).x)


@pytest.mark.parametrize("seed", range(6))
def test_steps_equal_scikit_learn_but_for_the_ends(seed: int) -> None:
    from sklearn.isotonic import IsotonicRegression  # type: ignore[import-untyped]

    generator = np.random.default_rng(seed)
    scores = generator.normal(size=300).round(2)
    labels = (generator.random(300) < sigmoid(2 * scores)).astype(float)
    steps = fit_steps(scores, labels)
    asked = np.linspace(-4, 4, 500)
    judge = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
    low, high = steps.probabilities[[0, -1]]
    assert 0 < low < high < 1
    assert steps.at(scores) == pytest.approx(np.clip(judge.predict(scores), low, high))
    inside = (judge.predict(asked) > low) & (judge.predict(asked) < high)
    assert np.all(np.diff(steps.at(asked)) >= 0)
    # Between a clipped corner and its neighbour the line is another one; nowhere else.
    assert np.quantile(np.abs(steps.at(asked) - judge.predict(asked))[inside], 0.9) < 1e-9


def test_nothing_is_certain() -> None:
    few = fit_steps(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert few.probabilities == pytest.approx([1 / 3, 2 / 3])
    level = fit_steps(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    assert level.at(np.array([-9.0, 9.0])) == pytest.approx([4 / 5, 4 / 5])
    falling = fit_steps(np.arange(10.0), np.arange(10.0)[::-1] / 9)
    assert falling.at(np.array([0.0, 9.0])) == pytest.approx([0.5, 0.5])
