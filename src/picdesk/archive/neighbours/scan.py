"""All of some float16 vectors compared with a query as they lie in memory or on disk, by FAISS's own kernel.

Widening them to float32 first reads and writes five times as many bytes as the vectors have, for every query: 24 ms for
20,000 of 512 numbers, where the kernel takes 0.9 ms and FAISS's float32 index 2 ms, on one core.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Halves = NDArray[np.float16]
    Rows = NDArray[np.int64]

WORTH_A_THREAD = 64 << 20
"""Bytes of vectors for which another thread is started."""

STRETCH = 4096
"""Vectors read at a time where lengths are wanted too: the second look at them meets the processor's cache."""


def largest_products(halves: Halves, query: Floats, count: int, *, lengths: bool) -> tuple[Rows, Floats, float]:
    """The rows with the largest inner products with a query, and these products, in no promised order.

    Args:
        halves: ``(n, d)``, finite; ``n`` at least ``count``.
        query: ``(d,)``.
        count: how many.
        lengths: whether to look for the shortest vector, too.

    Returns:
        rows, products, and the length of the shortest vector of all; 0 where it was not asked for.
    """
    import faiss

    threads = max(1, min(faiss.omp_get_max_threads(), halves.nbytes // WORTH_A_THREAD))
    edges = np.linspace(0, len(halves), threads + 1).astype(int).tolist()
    parts = [halves[start:stop] for start, stop in pairwise(edges)]
    if threads == 1:
        found = [_scan(halves, query, count, lengths=lengths)]
    else:
        with ThreadPoolExecutor(threads) as pool:  # FAISS lets go of Python's lock
            found = list(pool.map(lambda part: _scan(part, query, count, lengths=lengths), parts))
    rows = np.concatenate([each[0] + start for each, start in zip(found, edges, strict=False)])
    products = np.concatenate([each[1] for each in found])
    best = np.argpartition(-products, count - 1)[:count]
    return rows[best], products[best], min(each[2] for each in found)


def _scan(halves: Halves, query: Floats, count: int, *, lengths: bool) -> tuple[Rows, Floats, float]:
    """One pass over the vectors, on one core."""
    import faiss

    dimension, stretch = halves.shape[1], STRETCH if lengths else len(halves)
    origin = np.zeros(dimension, dtype=np.float32)
    with (
        closing(_Best(dimension, query, min(count, len(halves)), faiss.METRIC_INNER_PRODUCT)) as products,
        closing(_Best(dimension, origin, 1, faiss.METRIC_L2)) as squares,
    ):
        for number, start in enumerate(range(0, len(halves), stretch)):
            part = np.ascontiguousarray(halves[start : start + stretch]).view(np.uint8).reshape(-1)
            products.look_at(part, number)
            if lengths:
                squares.look_at(part, number)
    lists, places = products.labels >> 32, products.labels & 0xFFFFFFFF
    return lists * stretch + places, products.scores, float(np.sqrt(squares.scores[0])) if lengths else 0.0


class _Best:
    """The best of the vectors that were looked at, by what FAISS goes through an inverted list with.

    Args:
        dimension: of the vectors.
        query: what they are compared with.
        count: how many are kept; as many must be looked at.
        metric: FAISS's number of it.
    """

    def __init__(self, dimension: int, query: Floats, count: int, metric: int) -> None:
        import faiss

        self._pointer: Any = faiss.swig_ptr
        kind: Any = faiss.ScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16)
        centres = faiss.IndexFlat(dimension, metric)  # of lists; there are none, and it asks for them
        asked = np.ascontiguousarray(query, dtype=np.float32)
        self._used = kind, centres, asked  # FAISS has their addresses alone
        scanner_of: Any = kind.select_InvertedListScanner
        self._scanner = scanner_of(metric, centres, True, None, False)
        self._scanner.set_query(self._pointer(asked))
        worst = -np.inf if metric == faiss.METRIC_INNER_PRODUCT else np.inf
        self.scores = np.full(count, worst, dtype=np.float32)
        self.labels = np.full(count, -1, dtype=np.int64)

    def look_at(self, codes: NDArray[np.uint8], number: int) -> None:
        """At some vectors; ``number`` becomes the upper half of their labels, their place the lower."""
        self._scanner.set_list(number, 0.0)
        found = self._pointer(self.scores), self._pointer(self.labels)
        size = len(codes) // int(self._scanner.code_size)
        self._scanner.scan_codes(size, self._pointer(codes), None, *found, len(self.scores))

    def close(self) -> None:
        """Let go of FAISS's scanner, which Python does not own; giving it to Python breaks FAISS 1.15's types."""
        import faiss

        faiss.InvertedListScanner.__swig_destroy__(self._scanner)  # type: ignore[attr-defined] # its stub lacks it
