"""The nearest photos of many queries at once, every photo compared, in blocks of bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.schema import matrix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

BLOCK = 65_536
"""Photos compared at a time: 128 MB of 512 numbers each."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The best photos of each query.

    Attributes:
        photos: ``(n, k)`` int64, indices into ``ids``, best first, equal cosines by id; -1 where there are fewer.
        cosines: ``(n, k)`` float32; -inf where there is no photo.
        ids: of the photos that are in any answer.
    """

    photos: NDArray[np.int64]
    cosines: NDArray[np.float32]
    ids: tuple[str, ...]


def nearest_photos(
    store: Store,
    entry: StoredEncoder,
    queries: NDArray[np.float32],
    k: int,
    where: str | None = None,
    *,
    block: int = BLOCK,
    progress: Callable[[int], None] = lambda _: None,
) -> Nearest:
    """Compare every query with every photo that a filter leaves.

    Vectors are streamed from the archive and multiplied block by block (FAISS ``knn``, Johnson et al. 2019); the best
    ``k`` so far are all that is kept, so that memory depends on neither the archive's size nor the number of queries
    times that of photos.

    Args:
        store: the archive.
        entry: the encoder whose vectors are compared; photos without one are left out.
        queries: ``(n, d)`` float32, unit rows.
        k: how many photos a query is given.
        where: SQL over the archive's columns.
        block: photos compared at a time.
        progress: called with the number of photos compared so far.

    Raises:
        FilterError: the filter makes no sense.
    """
    best = _Best(len(queries), k)
    done = 0
    for ids, vectors in _blocks(store, entry, where, block):
        best.meet(ids, *_of_block(queries, vectors, k))
        done += len(ids)
        progress(done)
    return best.nearest()


def _blocks(
    store: Store, entry: StoredEncoder, where: str | None, size: int
) -> Iterator[tuple[NDArray[np.object_], NDArray[np.float32]]]:
    """Ids and unit rows of so many photos at a time."""
    import pyarrow as pa

    there = f"{entry.column} IS NOT NULL" + (f" AND ({where})" if where else "")
    waiting: list[pa.RecordBatch] = []
    for batch in store.rows(["id", entry.column], there):
        waiting.append(batch)
        if sum(map(len, waiting)) >= size:
            yield _unpacked(pa.Table.from_batches(waiting), entry)
            waiting = []
    if waiting:
        yield _unpacked(pa.Table.from_batches(waiting), entry)


def _unpacked(table: pa.Table, entry: StoredEncoder) -> tuple[NDArray[np.object_], NDArray[np.float32]]:
    vectors = matrix_of(table[entry.column], entry.dimension)
    # float16 moves a unit vector's length by up to 0.0005; divided out, a photo's twin is at 1.
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.array(table["id"].to_pylist(), dtype=np.object_), vectors


def _of_block(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    import faiss

    cosines, rows = faiss.knn(queries, vectors, min(k, len(vectors)), metric=faiss.METRIC_INNER_PRODUCT)
    return np.asarray(cosines), np.asarray(rows)


class _Best:
    """The best photos so far, in no order until the end."""

    def __init__(self, queries: int, k: int) -> None:
        self._k = k
        self._ids: list[str] = []
        self._photos: NDArray[np.int64] = np.empty((queries, 0), dtype=np.int64)
        self._cosines: NDArray[np.float32] = np.empty((queries, 0), dtype=np.float32)

    def meet(self, ids: NDArray[np.object_], cosines: NDArray[np.float32], rows: NDArray[np.int64]) -> None:
        """Take the best of a block in, and forget photos that fell out of every answer."""
        used, places = np.unique(rows, return_inverse=True)
        met = len(self._ids) + places.reshape(rows.shape)
        photos = np.concatenate([self._photos, met], axis=1)
        cosines = np.concatenate([self._cosines, cosines], axis=1)
        if cosines.shape[1] > self._k:
            chosen = np.argpartition(-cosines, self._k - 1, axis=1)[:, : self._k]
            photos = np.take_along_axis(photos, chosen, axis=1)
            cosines = np.take_along_axis(cosines, chosen, axis=1)
        known = [*self._ids, *ids[used].tolist()]
        kept, numbers = np.unique(photos, return_inverse=True)
        self._ids = [known[number] for number in kept]
        self._photos = np.asarray(numbers, dtype=np.int64).reshape(photos.shape)
        self._cosines = cosines

    def nearest(self) -> Nearest:
        """What was found, best first, filled up to ``k``."""
        by_id = np.empty(len(self._ids), dtype=np.int64)
        by_id[np.argsort(np.asarray(self._ids, dtype=object), kind="stable")] = np.arange(len(self._ids))
        order = np.lexsort((by_id[self._photos], -self._cosines), axis=1)
        photos, cosines = (np.take_along_axis(values, order, axis=1) for values in (self._photos, self._cosines))
        missing = ((0, 0), (0, self._k - photos.shape[1]))
        return Nearest(
            photos=np.pad(photos, missing, constant_values=-1),
            cosines=np.pad(cosines, missing, constant_values=-np.inf),
            ids=tuple(self._ids),
        )
