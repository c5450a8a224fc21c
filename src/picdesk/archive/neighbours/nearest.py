"""The nearest of a set of vectors: candidates of a FAISS index compared exactly, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.archive.neighbours.scan import largest_products
from picdesk.archive.neighbours.widen import cosines_of, widened

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Rows = NDArray[np.int64]
    Floats = NDArray[np.float32]

BLOCK = 32_768
"""Vectors compared at a time: 64 MB for 512 numbers."""

MANY = 4
"""Times as many rows as are looked at that there must be; with fewer, all cosines are calculated."""

FEW = 1 / 64
"""Share of the rows that may be left out for the others not to be gathered."""

SPARE = 64
"""Rows beyond nine eighths of those asked for whose cosines are calculated: float16 moves lengths by up to 0.0005, so
that the order of inner products is not quite that of cosines."""

ROUNDING = 1e-5
"""By how much an inner product of the two ways to calculate it may differ, and far more than it does."""


class Vectors:
    """Vectors of an index, and the FAISS index that names candidates of them.

    Args:
        halves: ``(n, d)`` float16, on disk or in memory.
        index: FAISS's, whose ids are the rows of ``halves``; ``None`` where all are compared.
    """

    def __init__(self, halves: NDArray[np.float16], index: Any | None = None) -> None:
        self._halves = halves
        self._index = index
        self._shortest: float | None = None

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
        """The ``count`` nearest of some rows, or of all, each compared: rows and cosines in no promised order.

        More rows than are asked for, those of the largest inner products, are found in one pass over the float16
        vectors, and their cosines calculated. The cosine of any other row is at most the smallest of these products
        divided by the length of the shortest vector. Where the cosines found are not all above that, more rows are
        looked at, and in the end all cosines are calculated.
        """
        there = len(self) if rows is None else len(rows)
        enough = count + count // 8 + SPARE
        while MANY * enough <= there:
            found, least, shortest = self._largest(query, enough, rows)
            if not shortest:
                break
            cosines = self.cosines(query, found)
            best = np.argpartition(-cosines, count - 1)[:count]
            if cosines[best].min() > max(0.0, least) / shortest + ROUNDING:
                return found[best], cosines[best]
            enough *= MANY
        return self._all_widened(query, count, rows)

    def _largest(self, query: Floats, count: int, rows: Rows | None) -> tuple[Rows, float, float]:
        """Rows with the largest inner products, one that no other row exceeds, and the length of the shortest vector.

        ``count`` rows, or a few more.
        """
        left_out = 0 if rows is None else len(self) - len(rows)
        if rows is not None and left_out > len(self) * FEW:
            return self._largest_of_some(query, count, rows)
        found, products, shortest = largest_products(
            self._halves, query, count + left_out, lengths=self._shortest is None
        )
        self._shortest = shortest if self._shortest is None else self._shortest
        if rows is not None:
            asked = np.zeros(len(self), dtype=bool)
            asked[rows] = True
            found = found[asked[found]]
        return found, float(products.min()), self._shortest

    def _largest_of_some(self, query: Floats, count: int, rows: Rows) -> tuple[Rows, float, float]:
        """The same of rows that are gathered, a block at a time."""
        best, products, shortest = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32), np.inf
        for start in range(0, len(rows), BLOCK):
            part = rows[start : start + BLOCK]
            places, some, length = largest_products(self._halves[part], query, min(count, len(part)), lengths=True)
            best, products = np.concatenate([best, part[places]]), np.concatenate([products, some])
            shortest = min(shortest, length)
            if len(best) > count:
                kept = np.argpartition(-products, count - 1)[:count]
                best, products = best[kept], products[kept]
        return best, float(products.min()), float(shortest)

    def _all_widened(self, query: Floats, count: int, rows: Rows | None) -> tuple[Rows, Floats]:
        """The nearest by all cosines, a block at a time."""
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
