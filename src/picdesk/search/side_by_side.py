"""Products and what is kept of them on every core at once: while one core looks for the best, the others multiply.

NumPy's products use all cores, and nothing else does while one ends and the next begins. Here each core does products
of its own, of some queries and some photos, and looks through the scores while they are in its cache.

Where the processor is built for bfloat16, products are rounded to it, which is four times as fast. What rounding may
have moved over a query's floor is looked at again in float32, so that no photo is missed and no score is a rounded one.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from picdesk.encoders.runtimes.bfloat16 import Bfloat16Product, blur_of_products, multiplies_bfloat16

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from picdesk.search.best import BestPhotos
    from picdesk.search.streamed import Block

    Floats = NDArray[np.float32]

QUERIES, PHOTOS = 1024, 4096
"""Of one product, at most: 17 MB of scores a core. With half as many queries, BLAS is 2 % slower."""


def meet_all(
    best: BestPhotos, queries: Floats, blocks: Iterable[Block], progress: Callable[[int], None] = lambda _: None
) -> None:
    """Compare queries with every photo, and keep the best.

    Each query meets the photos in their order, whatever core is quicker: an answer is the same every time.

    Args:
        best: takes the scores.
        queries: ``(n, d)`` float32, unit rows.
        blocks: photos, ``(c, d)`` each.
        progress: called with the number of photos compared so far.
    """
    parts = [slice(top, min(top + QUERIES, len(queries))) for top in range(0, len(queries), QUERIES)]
    with one_core_a_product() as cores, ThreadPoolExecutor(cores, thread_name_prefix="compare") as pool:
        work = _RoundedWork(best, queries) if multiplies_bfloat16() else _Work(best, queries, cores)
        before: list[Future[None] | None] = [None] * len(parts)
        under_way: deque[Future[None]] = deque()
        met = 0
        try:
            for block in blocks:
                for start in range(0, len(block), PHOTOS):
                    photos = block.vectors[start : start + PHOTOS]
                    for number, rows in enumerate(parts):
                        begun = pool.submit(work, rows, photos, met + start, before[number])
                        before[number] = begun
                        under_way.append(begun)
                        while len(under_way) > 2 * cores:
                            under_way.popleft().result()
                met += len(block)
                progress(met)
                if best.add(block.ids):
                    _finish(under_way)
                    best.forget()
            _finish(under_way)
        finally:
            pool.shutdown(cancel_futures=True)


def _finish(under_way: deque[Future[None]]) -> None:
    while under_way:
        under_way.popleft().result()


class _Work:
    """One product in float32, and what is kept of it."""

    def __init__(self, best: BestPhotos, queries: Floats, cores: int) -> None:
        self._best, self._queries = best, queries
        self._rooms: SimpleQueue[Floats] = SimpleQueue()
        for _ in range(cores):
            self._rooms.put(np.empty(min(QUERIES, len(queries)) * PHOTOS, dtype=np.float32))

    def __call__(self, rows: slice, photos: Floats, first: int, before: Future[None] | None) -> None:
        room = self._rooms.get()
        try:
            queries = self._queries[rows]
            scores = room[: len(queries) * len(photos)].reshape(len(queries), len(photos))
            np.matmul(queries, photos.T, out=scores)
            if before is not None:
                before.result()  # begun earlier, so that it ends whatever becomes of this
            self._best.take(rows, first, scores)
        finally:
            self._rooms.put(room)


class _RoundedWork:
    """One product in bfloat16, and what is kept of it after another look."""

    def __init__(self, best: BestPhotos, queries: Floats) -> None:
        self._best, self._queries = best, np.ascontiguousarray(queries)
        self._product = Bfloat16Product(queries.shape[1])
        self._blur = blur_of_products(queries)

    def __call__(self, rows: slice, photos: Floats, first: int, before: Future[None] | None) -> None:
        scores = self._product(self._queries[rows], photos)
        if before is not None:
            before.result()
        self._best.take(rows, first, scores, partial(_cosines, self._queries, photos), self._blur[rows])


def _cosines(
    queries: Floats, photos: Floats, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Float32 products ``(p,)`` of some pairs of a query and a photo, each the same whatever pairs are beside it."""
    import faiss

    faiss.omp_set_num_threads(1)  # of this thread: the others are at work themselves
    found = np.empty(len(rows), dtype=np.float32)
    given = [faiss.swig_ptr(each) for each in (queries, rows, photos, columns, found)]
    faiss.pairwise_indexed_inner_product(queries.shape[1], len(rows), *given)  # type: ignore[attr-defined] # no stub
    return found.astype(np.float64)


class _Limit:
    """How many ask for products on one core; the first to come sets it, the last to leave takes it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = 0
        self._before: Any = None
        self._cores = 1

    def enter(self) -> int:
        from threadpoolctl import ThreadpoolController

        with self._lock:
            if not self._asking:
                found = ThreadpoolController().select(user_api="blas")
                # Where BLAS keeps its threads to itself, two products at a time keep its cores from waiting.
                self._cores = max((library["num_threads"] for library in found.info()), default=2)
                self._before = found.limit(limits=1)
            self._asking += 1
            return self._cores

    def leave(self) -> None:
        with self._lock:
            self._asking -= 1
            if not self._asking:
                self._before.restore_original_limits()


_limit = _Limit()


@contextmanager
def one_core_a_product() -> Iterator[int]:
    """Inside it, BLAS uses one core a product; gives how many it used before, which counts ``OMP_NUM_THREADS``."""
    cores = _limit.enter()
    try:
        yield cores
    finally:
        _limit.leave()
