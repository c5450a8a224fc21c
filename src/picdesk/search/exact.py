"""The nearest photos of many queries at once, every photo compared, in blocks of bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.search.best import BestPhotos, Nearest
from picdesk.search.streamed import vector_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

PAIRS_AT_ONCE = 1 << 25
"""Cosines that are held at a time: 128 MB."""


def block_size(queries: int) -> int:
    """Photos compared at a time with so many queries.

    At least 1,024, for below that the matrix product gets slow: over 32,768 queries, memory grows with them.
    """
    return min(max(PAIRS_AT_ONCE // max(queries, 1), 1024), 65_536)


def nearest_photos(
    store: Store,
    entry: StoredEncoder,
    queries: NDArray[np.float32],
    k: int,
    where: str | None = None,
    *,
    block: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Nearest:
    """Compare every query with every photo that a filter leaves; the scores are cosines.

    Vectors are streamed from the archive and multiplied block by block; the best ``k`` so far are all that is kept, so
    that memory depends on neither the archive's size nor the number of pairs. The product is NumPy's, in blocks of 128
    MB: FAISS's ``knn`` (Johnson et al. 2019) does the same in blocks of 4 MB at a third of the speed
    (``benchmarks/rank.py``), and is what the tests compare with.

    Args:
        store: the archive.
        entry: the encoder whose vectors are compared; photos without one are left out.
        queries: ``(n, d)`` float32, unit rows.
        k: how many photos a query is given.
        where: SQL over the archive's columns.
        block: photos compared at a time; by default as many as fit.
        progress: called with the number of photos compared so far.

    Raises:
        FilterError: the filter makes no sense.
    """
    size = block or block_size(len(queries))
    room = np.empty((len(queries), size), dtype=np.float32)
    best = BestPhotos(len(queries), k)
    done = 0
    for photos in vector_blocks(store, entry, where, size):
        best.meet(photos.ids, product(queries, photos.vectors, room))
        done += len(photos)
        progress(done)
    return best.nearest()


def product(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], room: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Cosines ``(n, c)`` of queries ``(n, d)`` to photos ``(c, d)``, in the first ``c`` columns' worth of ``room``."""
    cosines = room.reshape(-1)[: len(queries) * len(vectors)].reshape(len(queries), len(vectors))
    return np.matmul(queries, vectors.T, out=cosines)
