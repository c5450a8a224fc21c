"""Exact ranking in blocks, against FAISS, against plain arithmetic, and with photos in the worst order."""

from __future__ import annotations

import faiss
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.errors import FilterError
from picdesk.search.best import BestPhotos, Nearest
from picdesk.search.exact import block_size, nearest_photos
from picdesk.search.streamed import vector_blocks
from tests.search.made_up import Rows, archive_of, random_rows

Made = tuple[Store, StoredEncoder, list[str], Rows]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return archive_of(tmp_path_factory.mktemp("exact") / "a", random_rows(0, 230))


def ids_of(found: Nearest, query: int) -> list[str]:
    return [found.ids[photo] for photo in found.photos[query] if photo >= 0]


@pytest.mark.parametrize(("k", "block"), [(1, 1), (7, 13), (100, 64), (230, 230), (300, None)])
def test_the_nearest_are_those_of_faiss(made: Made, k: int, block: int | None) -> None:
    store, entry, ids, vectors = made
    queries = random_rows(1, 20)
    found = nearest_photos(store, entry, queries, k, block=block)
    cosines, rows = faiss.knn(queries, vectors, min(k, len(ids)), metric=faiss.METRIC_INNER_PRODUCT)
    for query in range(len(queries)):
        assert ids_of(found, query) == [ids[row] for row in rows[query]]
    np.testing.assert_allclose(found.scores[:, : len(ids)], cosines, atol=2e-7)
    assert (found.photos[:, len(ids) :] == -1).all()
    assert np.isneginf(found.scores[:, len(ids) :]).all()


def test_a_filter_leaves_the_rest_out(made: Made) -> None:
    store, entry, ids, vectors = made
    queries = random_rows(2, 5)
    found = nearest_photos(store, entry, queries, 300, "height > width", block=9)
    portraits = [number for number in range(230) if number % 3 == 0]
    order = np.argsort(-(queries @ vectors[portraits].T), axis=1)
    for query in range(5):
        assert ids_of(found, query) == [ids[portraits[place]] for place in order[query]]
    with pytest.raises(FilterError):
        nearest_photos(store, entry, queries, 3, "nonsense = 1")
    assert not nearest_photos(store, entry, queries, 3, "width > 99").ids
    assert nearest_photos(store, entry, queries[:0], 3).photos.shape == (0, 3)


def test_blocks_are_of_the_size_asked_for_and_unit_rows(made: Made) -> None:
    store, entry, ids, vectors = made
    blocks = list(vector_blocks(store, entry, None, 60))
    assert [len(block) for block in blocks] == [60, 60, 60, 50]
    assert [name for block in blocks for name in block.ids.to_pylist()] == ids
    np.testing.assert_allclose(np.concatenate([block.vectors for block in blocks]), vectors, atol=1e-7)
    given_up = vector_blocks(store, entry, None, 10)
    next(given_up)
    given_up.close()  # type: ignore[attr-defined]


def test_blocks_hold_a_bounded_number_of_cosines() -> None:
    for queries in (0, 1, 1000, 8500, 30_000):
        assert queries * block_size(queries) <= 1 << 25
    assert block_size(1_000_000) == 1024


def of_matrix(scores: NDArray[np.float32], k: int, width: int) -> Nearest:
    best = BestPhotos(len(scores), k)
    ids = [f"{number:05}" for number in range(scores.shape[1])]
    for start in range(0, scores.shape[1], width):
        best.meet(pa.array(ids[start : start + width]), scores[:, start : start + width])
    return best.nearest()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 60), st.integers(1, 200), st.sampled_from([1, 7, 50, 999])
)
def test_the_best_are_kept_in_whatever_blocks_they_come(seed: int, rows: int, k: int, columns: int, width: int) -> None:
    scores = np.random.default_rng(seed).permuted(np.tile(np.arange(columns, dtype=np.float32), (rows, 1)), axis=1)
    found = of_matrix(scores, k, width)
    wanted = np.argsort(-scores, axis=1)[:, :k]
    assert [ids_of(found, row) for row in range(rows)] == [[f"{photo:05}" for photo in each] for each in wanted]


def test_rising_falling_and_equal_scores() -> None:
    rising = np.linspace(-1, 1, 5000, dtype=np.float32)
    scores = np.stack([rising, rising[::-1], np.zeros_like(rising)])
    found = of_matrix(scores, 10, 700)
    assert ids_of(found, 0) == [f"{photo:05}" for photo in range(4999, 4989, -1)]
    assert ids_of(found, 1) == [f"{photo:05}" for photo in range(10)]
    assert ids_of(found, 2) == sorted(ids_of(found, 2))
    assert (found.scores[2] == 0).all()


def test_ids_of_photos_that_fell_out_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.search.best.IDS_AT_ONCE", 50)
    scores = np.random.default_rng(3).standard_normal((4, 3000)).astype(np.float32)
    found = of_matrix(scores, 5, 20)
    assert [ids_of(found, row) for row in range(4)] == [
        [f"{photo:05}" for photo in each] for each in np.argsort(-scores, axis=1)[:, :5]
    ]
    assert len(found.ids) <= 4 * 5
