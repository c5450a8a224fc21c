"""Exact ranking in blocks, against FAISS, against plain arithmetic, and with photos in the worst order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import faiss
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.encoders.runtimes.bfloat16 import multiplies_bfloat16
from picdesk.errors import FilterError
from picdesk.search import side_by_side
from picdesk.search.best import BestPhotos, Nearest
from picdesk.search.exact import block_size, nearest_photos
from picdesk.search.side_by_side import meet_all, one_core_a_product
from picdesk.search.streamed import Block, vector_blocks
from tests.search.made_up import Rows, archive_of, random_rows

Made = tuple[Store, StoredEncoder, list[str], Rows]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return archive_of(tmp_path_factory.mktemp("exact") / "a", random_rows(0, 230))


@pytest.fixture(params=["float32", "bfloat16"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What products are made in."""
    if request.param == "bfloat16" and not multiplies_bfloat16():
        pytest.skip("this processor does not multiply bfloat16")
    monkeypatch.setattr("picdesk.search.side_by_side.multiplies_bfloat16", lambda: request.param == "bfloat16")
    return str(request.param)


def ids_of(found: Nearest, query: int) -> list[str]:
    return [found.ids[photo] for photo in found.photos[query] if photo >= 0]


@pytest.mark.usefixtures("way")
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


@pytest.mark.usefixtures("way")
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
    threads = faiss.omp_get_max_threads()
    blocks = list(vector_blocks(store, entry, None, 60))
    assert faiss.omp_get_max_threads() == threads, "one thread is for the reader of vectors alone"
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


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    k=st.integers(1, 20),
    width=st.sampled_from([7, 50, 999]),
    blur=st.sampled_from([1e-6, 0.3, 5.0, 1000.0]),
    order=st.sampled_from([0, 1, -1]),
)
def test_the_best_are_kept_however_scores_are_rounded(seed: int, k: int, width: int, blur: float, order: int) -> None:
    scores = np.random.default_rng(seed).permuted(np.tile(np.arange(120.0), (4, 1)), axis=1)
    scores = scores if not order else np.sort(scores, axis=1)[:, ::order]
    rounded = (scores + 0.999 * blur * np.where(scores > 60, -1, 1)).astype(np.float32)  # as unkindly as can be
    best = BestPhotos(4, k)
    for start in range(0, 120, width):
        part = scores[:, start : start + width]
        ids = pa.array([f"{number:05}" for number in range(start, start + part.shape[1])])
        best.meet(ids, rounded[:, start : start + width], lambda *pairs, part=part: part[pairs], blur)
    found = best.nearest()
    wanted = np.argsort(-scores, axis=1)[:, :k]
    assert [ids_of(found, row) for row in range(4)] == [[f"{photo:05}" for photo in each] for each in wanted]


@pytest.mark.usefixtures("way")
def test_an_answer_is_the_same_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.search.kept_ids.IDS_AT_ONCE", 100)
    monkeypatch.setattr(side_by_side, "QUERIES", 7)
    monkeypatch.setattr(side_by_side, "PHOTOS", 30)
    queries, vectors = random_rows(4, 40), random_rows(5, 700)
    vectors[100:200] = vectors[:100]  # of photos that are there twice, one may be the last of an answer
    blocks = [
        Block(ids=pa.array([f"{number:05}" for number in range(start, start + 70)]), vectors=vectors[start:][:70])
        for start in range(0, 700, 70)
    ]
    answers = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(side_by_side, "one_core_a_product", lambda cores=cores: nullcontext(cores))
        best = BestPhotos(40, 9)
        said: list[int] = []
        meet_all(best, queries, blocks, said.append)
        assert said == list(range(70, 701, 70))
        answers.append(best.nearest())
    for found in answers:
        np.testing.assert_array_equal(found.photos, answers[0].photos)
        np.testing.assert_array_equal(found.scores, answers[0].scores)
        assert found.ids == answers[0].ids
        assert len(found.ids) <= 40 * 9
    np.testing.assert_allclose(answers[0].scores, -np.sort(-(queries @ vectors.T), axis=1)[:, :9], atol=2e-7)
    assert list(answers[0].of(0)) == [f"{photo:05}" for photo in np.argsort(-(vectors @ queries[0]), kind="stable")[:9]]


@pytest.mark.usefixtures("way")
def test_photos_nearer_to_one_another_than_rounding_can_tell() -> None:
    vectors = random_rows(7, 1)[0] + 0.004 * random_rows(8, 6000)  # all cosines within 0.02 of each other
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    queries = vectors[::100] + 0.002 * random_rows(9, 60)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    best = BestPhotos(len(queries), 10)
    blocks = [
        Block(pa.array([f"{row:05}" for row in range(at, at + 1500)]), vectors[at : at + 1500])
        for at in (0, 1500, 3000, 4500)
    ]
    meet_all(best, queries, blocks)
    found = best.nearest()
    exact = queries.astype(np.float64) @ vectors.astype(np.float64).T
    for query, row in enumerate(np.sort(exact, axis=1)[:, :-11:-1]):
        np.testing.assert_allclose(found.scores[query], row, atol=3e-7)
        assert len(set(ids_of(found, query))) == 10


@pytest.mark.usefixtures("way")
def test_what_goes_wrong_beside_another_product_is_raised() -> None:
    def blocks() -> Iterator[Block]:
        yield Block(ids=pa.array(["a", "b"]), vectors=random_rows(0, 2))
        yield Block(ids=pa.array(["c"]), vectors=random_rows(0, 1, dimension=5))

    with pytest.raises((ValueError, RuntimeError), match=r"matmul|incompatible"):
        meet_all(BestPhotos(3, 2), random_rows(1, 3), blocks())


def test_blas_gets_its_threads_back() -> None:
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = threads()
    with one_core_a_product() as cores, one_core_a_product() as again:
        assert cores == again == max(before, default=2)
        assert set(threads()) <= {1}
    assert threads() == before


def test_ids_of_photos_that_fell_out_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.search.kept_ids.IDS_AT_ONCE", 50)
    scores = np.random.default_rng(3).standard_normal((4, 3000)).astype(np.float32)
    found = of_matrix(scores, 5, 20)
    assert [ids_of(found, row) for row in range(4)] == [
        [f"{photo:05}" for photo in each] for each in np.argsort(-scores, axis=1)[:, :5]
    ]
    assert len(found.ids) <= 4 * 5
