"""All vectors compared as they lie there: the answers are those of cosines written out, where it is hard, too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from picdesk.archive.neighbours import scan
from picdesk.archive.neighbours.nearest import Vectors
from tests.archive.neighbours.archives import clustered

Halves = NDArray[np.float16]
Rows = NDArray[np.int64]


def written_out(halves: Halves, query: NDArray[np.float32]) -> NDArray[np.float64]:
    rows = halves.astype(np.float64)
    lengths = np.sqrt((rows * rows).sum(axis=1))
    lengths[lengths == 0] = 1
    return np.asarray((rows * query.astype(np.float64)).sum(axis=1) / lengths)


def assert_nearest(vectors: Vectors, halves: Halves, query: NDArray[np.float32], count: int, rows: Rows | None) -> None:
    """Of equal cosines any may be the last: cosines are compared, and each with its own row's."""
    truth = written_out(halves, query)
    asked = np.arange(len(halves)) if rows is None else rows
    found, cosines = vectors.all_of(query, count, rows)
    assert len(found) == len(set(found.tolist())) == min(count, len(asked))
    assert set(found.tolist()) <= set(asked.tolist())
    np.testing.assert_allclose(cosines, truth[found], atol=2e-6)
    np.testing.assert_allclose(np.sort(truth[found])[::-1], np.sort(truth[asked])[::-1][:count], atol=2e-6)


def made(kind: str, count: int, dimension: int) -> Halves:
    generator = np.random.default_rng(len(kind))
    rows = generator.standard_normal((count, dimension))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    if kind == "other lengths":
        rows *= generator.uniform(0.05, 20, (count, 1))
    elif kind == "shorter":
        rows *= generator.uniform(0.05, 1, (count, 1))
    elif kind == "all the same":
        rows[:] = rows[0]
    elif kind == "a zero":
        rows[7] = 0
    elif kind == "all behind":
        rows[:, 0] = -1 - np.abs(rows[:, 0])
    elif kind == "tiny":
        rows *= 1e-6  # float16 without its leading one
    return np.asarray(rows, dtype=np.float16)


@pytest.mark.parametrize("dimension", [3, 40, 64])  # of no width of a processor's registers, of one, of all
@pytest.mark.parametrize("kind", ["unit", "other lengths", "shorter", "all the same", "a zero", "all behind", "tiny"])
def test_it_finds_what_is_nearest(kind: str, dimension: int) -> None:
    halves = made(kind, 3000, dimension)
    vectors = Vectors(halves)
    query = np.eye(1, dimension, dtype=np.float32)[0] * 0.8 + 0.6 / np.float32(np.sqrt(dimension))
    few = np.sort(np.random.default_rng(1).choice(3000, 1500, replace=False))
    most = np.delete(np.arange(3000), [0, 5, 2999, int(written_out(halves, query).argmax())])
    for count in (1, 10, 300, 3000, 4000):
        for rows in (None, few, most, few[:2], few[:0]):
            assert_nearest(vectors, halves, query, count, rows)


def test_of_real_ones_all_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit vectors in float16 need no second look and no cosine of every row; the shortest is looked for once."""
    monkeypatch.setattr(Vectors, "_all_widened", None)
    looked: list[tuple[int, bool]] = []
    scanned = scan._scan

    def watched(
        halves: Halves, query: NDArray[np.float32], count: int, *, lengths: bool
    ) -> tuple[Rows, NDArray[np.float32], float]:
        looked.append((len(halves), lengths))
        return scanned(halves, query, count, lengths=lengths)

    monkeypatch.setattr(scan, "_scan", watched)
    halves = clustered(0, 20_000).astype(np.float16)
    vectors = Vectors(halves)
    for query in clustered(99, 5):
        assert_nearest(vectors, halves, query, 1000, None)
    assert looked == [(20_000, True)] + 4 * [(20_000, False)]


def test_parts_on_several_cores_make_one_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From a file, in threads of their own, and several searches at a time."""
    monkeypatch.setattr(scan, "WORTH_A_THREAD", 1000)
    monkeypatch.setattr(faiss, "omp_get_max_threads", lambda: 3)
    halves = np.memmap(tmp_path / "vectors", "<f2", "w+", shape=(10_001, 64))
    halves[:] = made("other lengths", 10_001, 64)
    halves.flush()
    mapped = np.memmap(tmp_path / "vectors", "<f2", "r", shape=(10_001, 64))
    vectors = Vectors(mapped)
    queries = made("unit", 12, 64).astype(np.float64).repeat(2, axis=1)[:, ::2]  # as one may give them, too
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda query: assert_nearest(vectors, mapped, query, 50, None), queries))
