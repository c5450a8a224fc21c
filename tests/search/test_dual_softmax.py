"""Dual softmax in blocks, against the whole matrix written out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.errors import InputError
from picdesk.search.best import Nearest
from picdesk.search.dual_softmax import DualSoftmax, dual_softmax_photos, dual_softmax_ranking, log_means
from picdesk.search.exact import nearest_photos
from tests.search.made_up import Rows, archive_of, random_rows, unit

Made = tuple[Store, StoredEncoder, list[str], Rows]
Matrix = NDArray[np.float64]

PHOTOS = 230


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    vectors = random_rows(0, PHOTOS)
    vectors[:20] = unit(vectors[:20] + 2)  # photos that suit everything a little
    return archive_of(tmp_path_factory.mktemp("dual") / "a", vectors)


def whole(cosines: Matrix, temperature: float) -> Matrix:
    """Z*, as it is published."""
    return np.asarray(softmax(temperature * cosines, axis=1) * softmax(temperature * cosines, axis=0))


def matrix_of(found: Nearest, ids: list[str]) -> Matrix:
    """ln Z* of every photo, -inf of those not in an answer."""
    matrix = np.full((len(found.photos), len(ids)), -np.inf)
    for query in range(len(matrix)):
        for photo, score in found.of(query).items():
            matrix[query, ids.index(photo)] = score
    return matrix


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    queries=st.integers(1, 40),
    others=st.integers(0, 5),
    temperature=st.sampled_from([0.01, 0.5, 1.0, 5.0, 10.0]),
    block=st.integers(1, 300),
)
def test_blocks_are_the_whole_matrix(
    made: Made, seed: int, queries: int, others: int, temperature: float, block: int
) -> None:
    store, entry, ids, vectors = made
    asked, past = random_rows(seed, queries), random_rows(seed + 1, others)
    wanted = whole(np.concatenate([asked, past]).astype(np.float64) @ vectors.astype(np.float64).T, temperature)
    found = dual_softmax_photos(
        store, entry, asked, PHOTOS, temperature=temperature, others=past if others else None, block=block
    )
    np.testing.assert_allclose(np.exp(matrix_of(found, ids)), wanted[:queries], atol=1e-6)
    np.testing.assert_allclose(np.exp(matrix_of(found, ids)), wanted[:queries], rtol=1e-5)


@pytest.mark.parametrize("temperature", [100.0, 1000.0, 10_000.0])
def test_nothing_overflows_or_underflows(made: Made, temperature: float) -> None:
    store, entry, ids, vectors = made
    asked = random_rows(5, 30)
    values = temperature * (asked.astype(np.float64) @ vectors.astype(np.float64).T)
    wanted = 2 * values - logsumexp(values, axis=0, keepdims=True) - logsumexp(values, axis=1, keepdims=True)
    found = matrix_of(dual_softmax_photos(store, entry, asked, PHOTOS, temperature=temperature, block=50), ids)
    assert np.isfinite(found).all()
    # A float32 cosine is rounded by 1e-7, and all of a score's three terms are the temperature times one.
    np.testing.assert_allclose(found, wanted, atol=4 * 1.2e-7 * temperature)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 300), st.integers(1, 50), st.floats(0.001, 10_000))
def test_log_means_are_those_of_float64(seed: int, rows: int, columns: int, temperature: float) -> None:
    cosines = np.random.default_rng(seed).uniform(-1, 1, (rows, columns)).astype(np.float32)
    wanted = logsumexp(temperature * cosines.astype(np.float64), axis=0) - np.log(rows)
    np.testing.assert_allclose(log_means(cosines, temperature), wanted, atol=1e-6, rtol=1e-12)


@pytest.mark.parametrize("k", [1, 5, 40])
def test_the_best_few_are_the_best_of_all(made: Made, k: int) -> None:
    store, entry, _, _ = made
    asked = random_rows(7, 50)
    everything = dual_softmax_photos(store, entry, asked, PHOTOS)
    few = dual_softmax_photos(store, entry, asked, k, block=33)
    for query in range(len(asked)):
        wanted = list(everything.of(query).items())[:k]
        assert list(few.of(query)) == [photo for photo, _ in wanted]
        np.testing.assert_allclose(list(few.of(query).values()), [score for _, score in wanted], atol=1e-5)


def test_photos_that_suit_everything_lose_places(made: Made) -> None:
    store, entry, ids, _ = made
    asked = unit(random_rows(8, 60) + 0.25)
    popular = set(ids[:20])

    def count(found: Nearest) -> int:
        return sum(len(popular & set(found.of(query))) for query in range(len(asked)))

    plain = count(nearest_photos(store, entry, asked, 10))
    revised = count(dual_softmax_photos(store, entry, asked, 10, temperature=5))
    assert plain > 500
    assert revised < 0.7 * plain


def test_one_article_alone_keeps_its_order(made: Made) -> None:
    store, entry, _, _ = made
    asked = random_rows(9, 1)
    plain = nearest_photos(store, entry, asked, 50)
    assert list(dual_softmax_photos(store, entry, asked, 50).of(0)) == list(plain.of(0))


@pytest.mark.parametrize("within", [1, 10, 500])
def test_among_candidates_the_others_count_nothing(made: Made, within: int) -> None:
    store, entry, ids, vectors = made
    asked = random_rows(10, 25)
    cosines = asked.astype(np.float64) @ vectors.astype(np.float64).T
    last = np.sort(cosines, axis=1)[:, -min(within, PHOTOS)][:, None]
    masked = np.where(cosines >= last, 6.0 * cosines, -np.inf)
    with np.errstate(invalid="ignore"):  # photos of nobody
        wanted = 2 * masked - logsumexp(masked, axis=1, keepdims=True) - logsumexp(masked, axis=0, keepdims=True)
    settled = DualSoftmax(temperature=6.0, within=within)
    found = matrix_of(dual_softmax_ranking(store, entry, asked, PHOTOS, None, settled), ids)
    np.testing.assert_allclose(found, np.where(np.isnan(wanted), -np.inf, wanted), atol=1e-5)
    short = dual_softmax_ranking(store, entry, asked, 3, None, settled)
    assert short.photos.shape == (25, min(3, within))
    assert [list(short.of(query)) for query in range(25)] == [
        [ids[photo] for photo in np.argsort(-found[query])[: min(3, within)]] for query in range(25)
    ]


def test_photos_that_a_filter_leaves_out_take_no_part(made: Made) -> None:
    store, entry, ids, vectors = made
    asked = random_rows(11, 12)
    portraits = [number for number in range(PHOTOS) if number % 3 == 0]
    wanted = whole(asked.astype(np.float64) @ vectors[portraits].astype(np.float64).T, 5)
    found = matrix_of(dual_softmax_photos(store, entry, asked, PHOTOS, "height > width", temperature=5), ids)
    np.testing.assert_allclose(np.exp(found[:, portraits]), wanted, atol=1e-6)
    assert np.isneginf(np.delete(found, portraits, axis=1)).all()


def test_nothing_to_rank_is_no_answer(made: Made) -> None:
    store, entry, _, _ = made
    assert dual_softmax_photos(store, entry, random_rows(0, 0), 5).photos.shape == (0, 5)
    found = dual_softmax_photos(store, entry, random_rows(0, 2), 5, "width > 99")
    assert (found.photos == -1).all()
    assert np.isneginf(found.scores).all()
    assert (
        dual_softmax_ranking(store, entry, random_rows(0, 2), 5, "width > 99", DualSoftmax(within=3)).photos < 0
    ).all()


def test_settings_that_make_no_sense_are_refused() -> None:
    for temperature in (0.0, -1.0, float("nan"), float("inf"), 10_001.0):
        with pytest.raises(InputError, match="temperature"):
            DualSoftmax(temperature=temperature)
    with pytest.raises(InputError, match="within 0 photos"):
        DualSoftmax(within=0)


def test_the_bank_stands_in_for_a_batch(made: Made, tmp_path: Path) -> None:
    """One article beside the past is what it was in its batch, and asking it again changes nothing."""
    store, entry, _, _ = archive_of(tmp_path / "a", made[3])
    batch = random_rows(12, 30)
    for settled in (DualSoftmax(bank=True, temperature=9), DualSoftmax(bank=True, temperature=9, within=20)):
        together = dual_softmax_ranking(store, entry, batch, 20, None, settled)
        for _ in range(2):
            alone = dual_softmax_ranking(store, entry, batch[3:4], 20, None, settled)
            assert list(alone.of(0)) == list(together.of(3))
            np.testing.assert_allclose(alone.scores[0], together.scores[3], atol=0.01)  # the bank's rows are float16
    without = dual_softmax_ranking(store, entry, batch[3:4], 20, None, DualSoftmax(temperature=9))
    assert list(without.of(0)) != list(together.of(3))
