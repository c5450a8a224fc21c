"""Photos that stand for all of an archive: ids are hashes, so that those below a bound are a random sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.schema import matrix_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Floats = NDArray[np.float32]

SAMPLE = 4096
"""Photos that stand for an archive: the deviation of cosines is then known to about 1 %."""

_HASHES = 1 << 32


def bound_of(photos: int, size: int = SAMPLE) -> str:
    """The id below which about ``size`` of so many photos are; empty where all of them are the sample."""
    return f"{int(size / photos * _HASHES):08x}" if photos > 2 * size else ""


def vectors_below(store: Store, entry: StoredEncoder, bound: str) -> Floats:
    """Unit rows ``(m, d)`` of the photos whose id is below a bound, of all where it is empty; the same ones always."""
    below = f" AND id < '{bound}'" if bound else ""
    batches = list(store.rows(["id", entry.column], f"{entry.column} IS NOT NULL{below}"))
    if not sum(map(len, batches)):
        return np.empty((0, entry.dimension), dtype=np.float32)
    import pyarrow as pa

    vectors = matrix_of(pa.Table.from_batches(batches)[entry.column], entry.dimension)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
