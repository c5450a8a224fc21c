"""The nearest photos of many queries at once, every photo compared, in blocks of bounded memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from picdesk.encoders.torch.machine import device_named
from picdesk.search.best import BestPhotos, Nearest
from picdesk.search.on_device import nearest_on_device
from picdesk.search.shards import merged
from picdesk.search.side_by_side import meet_all
from picdesk.search.streamed import vector_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.search.shards import Rows, Shards

PAIRS_AT_ONCE = 1 << 25
"""Cosines that are held at a time: 128 MB."""


def block_size(queries: int) -> int:
    """Photos compared at a time with so many queries.

    At least 1,024, for below that the matrix product gets slow: over 32,768 queries, memory grows with them.
    """
    return min(max(PAIRS_AT_ONCE // max(queries, 1), 1024), 65_536)


def nearest_photos(
    store: Rows,
    entry: StoredEncoder,
    queries: NDArray[np.float32],
    k: int,
    where: str | None = None,
    *,
    block: int | None = None,
    device: str | None = None,
    shards: Shards | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Nearest:
    """Compare every query with every photo that a filter leaves; the scores are cosines.

    Vectors are streamed from the archive and multiplied block by block; the best ``k`` so far are all that is kept, so
    that memory depends on neither the archive's size nor the number of pairs. A processor built for bfloat16 multiplies
    in it, and looks again in float32 at what rounding may have kept out (`picdesk.search.side_by_side`); others
    multiply in float32. FAISS's ``knn`` (Johnson et al. 2019) does so in smaller blocks, at a third of the speed
    (``benchmarks/rank.py``), and is what the tests compare with.

    Args:
        store: the archive.
        entry: the encoder whose vectors are compared; photos without one are left out.
        queries: ``(n, d)`` float32, unit rows.
        k: how many photos a query is given.
        where: SQL over the archive's columns.
        block: photos compared at a time; by default as many as fit.
        device: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one (`nearest_on_device`). Scores are
            the same to 1e-6, and photos in the same order where theirs differ by more.
        shards: workers who compare the photos in parts, on what device they have.
        progress: called with the number of photos compared so far.

    Raises:
        FilterError: the filter makes no sense.
        InputError: no such device.
        MissingError: there is no such card here, its memory is too small, or the workers were lost.
    """
    if shards is not None:
        size = block or block_size(len(queries))
        work = partial(_nearest_of_part, entry=entry, queries=queries, k=k, block=size)
        return merged(shards(work, store, entry, where, block=size, progress=progress), k)
    card = device_named(device)
    if card != "cpu" and len(queries):
        return nearest_on_device(store, entry, queries, k, where, card, block=block, progress=progress)
    size = block or block_size(len(queries))
    best = BestPhotos(len(queries), k)
    meet_all(best, queries, vector_blocks(store, entry, where, size), progress)
    return best.nearest()


def _nearest_of_part(
    rows: Rows, device: str | None, *, entry: StoredEncoder, queries: NDArray[np.float32], k: int, block: int
) -> Nearest:
    return nearest_photos(rows, entry, queries, k, block=block, device=device)


def product(
    queries: NDArray[np.float32], vectors: NDArray[np.float32], room: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Cosines ``(n, c)`` of queries ``(n, d)`` to photos ``(c, d)``, in the first ``c`` columns' worth of ``room``."""
    cosines = room.reshape(-1)[: len(queries) * len(vectors)].reshape(len(queries), len(vectors))
    return np.matmul(queries, vectors.T, out=cosines)
