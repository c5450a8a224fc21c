"""The nearest of a set of vectors: candidates of a FAISS index compared exactly, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.archive.neighbours.widen import cosines_of, widened

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Rows = NDArray[np.int64]
    Floats = NDArray[np.float32]

BLOCK = 32_768
"""Vectors compared at a time: 64 MB for 512 numbers."""


class Vectors:
    """Vectors of an index, and the FAISS index that names candidates of them.

    Args:
        halves: ``(n, d)`` float16, on disk or in memory.
        index: FAISS's, whose ids are the rows of ``halves``; ``None`` where all are compared.
    """

    def __init__(self, halves: NDArray[np.float16], index: Any | None = None) -> None:
        self._halves = halves
        self._index = index

    def __len__(self) -> int:
        return len(self._halves)

    def cosines(self, query: Floats, rows: Rows) -> Floats:
        """Of a query ``(d,)`` to some rows."""
        return cosines_of(self._halves[rows], query)

    def candidates(self, query: Floats, count: int, probes: int, allowed: NDArray[np.uint8] | None = None) -> Rows:
        """About ``count`` rows near to a query, by their codes.

        Args:
            query: ``(d,)`` unit vector.
            count: how many.
            probes: lists that are looked at.
            allowed: a bit a row, the lowest first: rows whose bit is 0 are passed over.
        """
        import faiss

        selector = None if allowed is None else faiss.IDSelectorBitmap(8 * len(allowed), faiss.swig_ptr(allowed))
        settings = faiss.SearchParametersIVF(nprobe=probes, sel=selector)  # type: ignore[call-arg] # its stub is wrong
        assert self._index is not None  # noqa: S101
        _, rows = self._index.search(query[None], min(count, len(self)), params=settings)
        return np.sort(rows[0][rows[0] >= 0])

    def all_of(self, query: Floats, count: int, rows: Rows | None = None) -> tuple[Rows, Floats]:
        """The ``count`` nearest of some rows, or of all, each compared: rows and cosines in no promised order."""
        there = len(self) if rows is None else len(rows)
        best, cosines = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        for start in range(0, there, BLOCK):
            stop = min(start + BLOCK, there)
            part = np.arange(start, stop) if rows is None else rows[start:stop]
            halves = self._halves[start:stop] if rows is None else self._halves[part]
            best, cosines = np.concatenate([best, part]), np.concatenate([cosines, widened(halves) @ query])
            if len(best) > count:
                kept = np.argpartition(-cosines, count - 1)[:count]
                best, cosines = best[kept], cosines[kept]
        return best, cosines


def nearest_of_all(
    halves: NDArray[np.float16],
    queries: Floats,
    count: int,
    rows: Rows | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Rows:
    """The ``count`` nearest rows of each of many queries, by FAISS's own exact search; -1 where there are fewer.

    Args:
        halves: ``(n, d)`` float16.
        queries: ``(m, d)`` unit rows.
        count: how many a query.
        rows: only these may be in an answer.
        progress: called with the rows compared so far.

    Returns:
        ``(m, count)``, best first.
    """
    import faiss

    there = np.arange(len(halves)) if rows is None else rows
    best = faiss.ResultHeap(len(queries), count, keep_max=True)
    for start in range(0, len(there), BLOCK):
        part = there[start : start + BLOCK]
        block = widened(halves[part[0] : part[-1] + 1] if rows is None else halves[part])
        size = min(count, len(part))
        scores, places = faiss.knn(queries, block, size, metric=faiss.METRIC_INNER_PRODUCT)
        best.add_result(scores, part[places].astype(np.int64))
        progress(start + len(part))
    best.finalize()
    return np.asarray(best.I)
