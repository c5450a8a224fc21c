from __future__ import annotations

import numpy as np
import pytest

from picdesk.search.confidence.reliability import brier_score, diagram, expected_calibration_error, reliability
from picdesk.search.confidence.risk import default_risk


@pytest.mark.parametrize("seed", range(4))
def test_bins_and_error_written_out(seed: int) -> None:
    generator = np.random.default_rng(seed)
    said = np.append(generator.random(200), [0.0, 1.0, 0.1, 0.3])
    seen = generator.integers(0, 2, size=204).astype(float)
    bins = reliability(said, seen)
    error = 0.0
    for number in range(10):
        inside = [i for i in range(204) if (number == min(int(said[i] * 10), 9))]
        if inside:
            error += len(inside) / 204 * abs(np.mean(said[inside]) - np.mean(seen[inside]))
    assert expected_calibration_error(bins) == pytest.approx(error)
    assert sum(each.hits for each in bins) == 204


def test_brier_equals_scikit_learn_and_known_cases() -> None:
    from sklearn.metrics import brier_score_loss  # type: ignore[import-untyped]

    generator = np.random.default_rng(0)
    said, seen = generator.random(100), generator.integers(0, 2, size=100).astype(float)
    assert brier_score(said, seen) == pytest.approx(brier_score_loss(seen, said))
    assert brier_score(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0
    perfect = reliability(np.array([0.25] * 4), np.array([1.0, 0, 0, 0]))
    assert expected_calibration_error(perfect) == 0
    assert expected_calibration_error(()) == 0
    assert len(diagram(perfect).splitlines()) == 2


def slow_risk(said: np.ndarray, seen: np.ndarray) -> float:
    best, found = -1.0, 1.0
    for bound in sorted(set(said.tolist()), reverse=True):
        taken = said >= bound
        ahead = seen[taken].sum() / seen.sum() - (1 - seen[taken]).sum() / (1 - seen).sum()
        if ahead > best + 1e-12:
            best, found = ahead, 1 - bound
    return found


@pytest.mark.parametrize("seed", range(6))
def test_default_risk_is_youdens(seed: int) -> None:
    generator = np.random.default_rng(seed)
    said = generator.random(60).round(1)
    seen = (generator.random(60) < said).astype(float)
    assert default_risk(said, seen) == pytest.approx(slow_risk(said, seen))
    assert default_risk(said, np.ones(60)) == 1.0
    assert default_risk(said, np.zeros(60)) == 1.0
