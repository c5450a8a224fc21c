from __future__ import annotations

import numpy as np
import pytest

from picdesk.errors import InputError
from picdesk.search.variety import likeness_of_photos, likeness_of_vectors, pool_of, vary
from tests.search.photos import photo


def slow_mmr(scores: list[float], likeness: np.ndarray, variety: float, k: int) -> list[int]:
    """Carbonell & Goldstein's formula, written out."""
    low, high = min(scores), max(scores)
    relevance = [(score - low) / (high - low) if high > low else 1.0 for score in scores]
    chosen: list[int] = []
    while len(chosen) < min(k, len(scores)):
        best, best_gain = -1, -np.inf
        for place in range(len(scores)):
            if place in chosen:
                continue
            most_like = max((likeness[place, other] for other in chosen), default=0.0)
            gain = (1 - variety) * relevance[place] - variety * most_like
            if not chosen:
                gain = relevance[place]
            if gain > best_gain:
                best, best_gain = place, gain
        chosen.append(best)
    return chosen


@pytest.mark.parametrize("seed", range(8))
def test_equals_the_formula_written_out(seed: int) -> None:
    generator = np.random.default_rng(seed)
    count = int(generator.integers(1, 40))
    scores = sorted(generator.random(count).round(1).tolist(), reverse=True)
    likeness = generator.random((count, count))
    likeness = (likeness + likeness.T) / 2
    for variety in (0.1, 0.5, 0.9, 1.0):
        for k in (1, 7, 60):
            assert vary(scores, likeness, variety, k) == slow_mmr(scores, likeness, variety, k)


def test_none_keeps_the_order_and_twins_go_down() -> None:
    scores = [1.0, 0.99, 0.5]
    likeness = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1.0]])
    assert vary(scores, likeness, 0, 3) == [0, 1, 2]
    assert vary(scores, likeness, 0.5, 3) == [0, 2, 1]
    assert vary(scores, likeness, 0.5, 2) == [0, 2]
    assert vary([], np.zeros((0, 0)), 0.5, 3) == []
    assert vary([0.3], np.ones((1, 1)), 1, 3) == [0]
    for nonsense in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="makes no sense"):
            vary(scores, likeness, nonsense, 2)
    assert pool_of(1) == 50
    assert pool_of(100) == 500


def test_vectors_in_a_narrow_cone_are_told_apart() -> None:
    generator = np.random.default_rng(0)
    scenes = generator.normal(size=(4, 32)) + 3.0  # everything looks alike to this encoder
    rows = np.repeat(scenes, 3, axis=0) + 0.05 * generator.normal(size=(12, 32))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    likeness = likeness_of_vectors(rows.astype(np.float32))
    assert likeness.shape == (12, 12)
    assert np.all((likeness >= 0) & (likeness <= 1))
    assert likeness[0, 1] > 0.9
    assert likeness[0, 3] < 0.5
    chosen = vary([1 - 0.01 * place for place in range(12)], likeness, 0.7, 4)
    assert {place // 3 for place in chosen} == {0, 1, 2, 3}
    rows[5] = np.nan
    lacking = likeness_of_vectors(rows.astype(np.float32))
    assert np.ptp(lacking[5]) == 0, "not knowing is no variety"
    assert 0 < lacking[5, 0] < 0.5
    assert likeness_of_vectors(np.ones((1, 4), dtype=np.float32)).shape == (1, 1)


def test_words_and_looks_stand_in_for_vectors() -> None:
    one = photo("one", caption="Merkel in Berlin", phash=0)
    same_words = photo("two", caption="In Berlin: Merkel")
    same_look = photo("three", caption="Something else", phash=0b111)
    silent = photo("four", phash=2**32 - 1)
    likeness = likeness_of_photos([one, same_words, same_look, silent])
    assert np.allclose(likeness, likeness.T)
    assert np.allclose(np.diag(likeness), 1)
    assert likeness[0, 1] == 1.0
    assert likeness[0, 2] == pytest.approx(1 - 3 / 32)
    assert likeness[0, 3] == 0.0
