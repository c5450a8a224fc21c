"""The solved space: against what is written out number by number, and against scikit-free linear algebra."""

from __future__ import annotations

import math

import numpy as np
import pytest

from picdesk.errors import InputError
from picdesk.train.measure import by_photo, figures, mean_reciprocal_rank, ranks
from picdesk.train.spaces.memory import Basis, MemoryHead, MemorySettings, solve, unit


def made_up(count: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    meaning = generator.standard_normal((count, 5))
    texts = meaning @ generator.standard_normal((5, 12)) + 0.2 * generator.standard_normal((count, 12))
    photos = meaning @ generator.standard_normal((5, 20)) + 0.2 * generator.standard_normal((count, 20))
    return texts.astype(np.float32), photos.astype(np.float32)


def slow_head(head: MemoryHead, feature: np.ndarray) -> list[float]:
    """One item, in plain Python."""

    def length_one(values: list[float]) -> list[float]:
        length = math.sqrt(sum(value * value for value in values))
        return [value / length for value in values]

    centred = [float(value) - float(mean) for value, mean in zip(feature, head.mean, strict=True)]
    turned = [sum(c * float(p) for c, p in zip(centred, column, strict=True)) for column in head.project.T]
    linear = length_one(
        [sum(t * float(w) for t, w in zip(turned, column, strict=True)) for column in head.directions.T]
    )
    own = length_one(turned)
    likeness = [sum(o * float(k) for o, k in zip(own, key, strict=True)) / head.temperature for key in head.keys]
    powers = [math.exp(value - max(likeness)) for value in likeness]
    recalled = length_one(
        [sum(p * float(v) for p, v in zip(powers, column, strict=True)) / sum(powers) for column in head.values.T]
    )
    return length_one([ours + theirs for ours, theirs in zip(linear, recalled, strict=True)])


def test_a_head_is_what_is_written_out() -> None:
    texts, photos = made_up()
    heads = solve(Basis(texts, 8), Basis(photos, 8), MemorySettings(directions=4))
    for head, features in zip(heads, (texts, photos), strict=True):
        assert head(features[:5]) == pytest.approx(np.array([slow_head(head, row) for row in features[:5]]), abs=1e-5)


def test_without_a_ridge_the_directions_are_those_of_canonical_correlation() -> None:
    """The correlations are the cosines of the angles between the two column spaces (Björck & Golub 1973)."""
    texts, photos = made_up(200)
    text_basis, photo_basis = Basis(texts, 99), Basis(photos, 99)
    settings = MemorySettings(text_ridge=0, photo_ridge=0, power=0, directions=5)
    text, photo = solve(text_basis, photo_basis, settings)
    ours = text_basis.rows @ text.directions
    theirs = photo_basis.rows @ photo.directions
    measured = [np.corrcoef(ours[:, k], theirs[:, k])[0, 1] for k in range(5)]
    spaces = [np.linalg.qr(rows - rows.mean(axis=0))[0] for rows in (texts.astype(float), photos.astype(float))]
    assert measured == pytest.approx(np.linalg.svd(spaces[0].T @ spaces[1])[1][:5], abs=1e-4)


def test_directions_of_few_wide_rows_are_those_of_their_whole_covariance() -> None:
    rows = np.random.default_rng(4).standard_normal((30, 200)) * np.linspace(0.5, 2, 200)
    basis = Basis(rows.astype(np.float32), 99)
    exact = rows.astype(np.float32).astype(float)
    scaled = (exact - basis.mean) @ np.diag(1 / (exact.std(axis=0) + 0.05 * exact.std(axis=0).mean()))
    whole = np.linalg.eigvalsh(np.cov(scaled.T, bias=True))[::-1]
    assert len(basis.variances) == 29
    assert basis.variances == pytest.approx(whole[:29])
    assert basis.rows.T @ basis.rows / 30 == pytest.approx(np.diag(whole[:29]), abs=1e-9)
    assert basis.rows == pytest.approx((exact - basis.mean) @ basis.project)
    assert basis.rows @ basis.rows.T == pytest.approx(scaled @ scaled.T)  # nothing is lost


def test_new_pairs_are_found_far_better_than_by_chance() -> None:
    texts, photos = made_up(400)
    text, photo = solve(Basis(texts[:300], 12), Basis(photos[:300], 12), MemorySettings())
    places = ranks(text(texts[300:]), photo(photos[300:]), np.arange(100))
    assert mean_reciprocal_rank(places) > 0.5
    assert figures(places)["R@100"] == 1


def test_the_same_bits_come_out_and_only_a_draw_of_slots_takes_chance() -> None:
    texts, photos = made_up()

    def heads(slots: int, seed: int) -> bytes:
        made = solve(Basis(texts, 8), Basis(photos, 8), MemorySettings(slots=slots), seed)
        return b"".join(values.tobytes() for head in made for values in head.tensors().values())

    assert heads(99, 0) == heads(99, 1)
    assert heads(20, 0) == heads(20, 0) != heads(20, 1)


def test_features_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(InputError, match="every feature is the same"):
        Basis(np.ones((5, 3), np.float32), 3)


def test_places_against_sorting() -> None:
    generator = np.random.default_rng(0)
    texts, photos = (unit(generator.integers(-2, 3, (n, 3)).astype(np.float32) + 0.5) for n in (50, 30))
    right = generator.integers(0, 30, 50)
    scores = texts @ photos.T
    slow = [
        sorted(range(30), key=lambda j: (-row[j], j)).index(mine) + 1 for row, mine in zip(scores, right, strict=True)
    ]
    assert ranks(texts, photos, right).tolist() == slow
    assert mean_reciprocal_rank(np.array([1, 2, 200])) == pytest.approx(0.5)
    rows, places = by_photo(["a", "b", "a", "c"])
    assert rows.tolist() == [0, 1, 3]
    assert places.tolist() == [0, 1, 0, 2]


def test_vectors_that_are_not_finite_are_no_ranking() -> None:
    with pytest.raises(InputError, match="not finite"):
        ranks(np.full((1, 2), np.nan, np.float32), np.ones((2, 2), np.float32), np.array([0]))
