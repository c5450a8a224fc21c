"""The vectors of an archive, block by block: read, widened and normalised while the block before is compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.neighbours.widen import widened

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some photos of an archive.

    Attributes:
        ids: ``(n,)`` strings.
        vectors: ``(n, d)`` float32, unit rows.
    """

    ids: pa.Array
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


def vector_blocks(store: Store, entry: StoredEncoder, where: str | None, size: int) -> Iterator[Block]:
    """The photos that a filter leaves and that have a vector, ``size`` at a time, in no promised order.

    Args:
        store: the archive.
        entry: the encoder whose vectors are read.
        where: SQL over the archive's columns.
        size: photos a block; the last one is smaller.

    Raises:
        FilterError: the filter makes no sense.
    """
    blocks = _read(store, entry, where, size)
    # One block ahead: Lance and FAISS work outside the interpreter, beside the product of the block that was yielded.
    with ThreadPoolExecutor(1, thread_name_prefix="vectors") as reader:
        coming = reader.submit(next, blocks, None)
        while (block := coming.result()) is not None:
            coming = reader.submit(next, blocks, None)
            yield block


def _read(store: Store, entry: StoredEncoder, where: str | None, size: int) -> Iterator[Block]:
    import pyarrow as pa

    there = f"{entry.column} IS NOT NULL" + (f" AND ({where})" if where else "")
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in store.rows(["id", entry.column], there, batch=min(size, 8192)):
        waiting.append(batch)
        rows += len(batch)
        while rows >= size:
            table = pa.Table.from_batches(waiting)
            yield _block(table[:size], entry)
            waiting, rows = table[size:].to_batches(), rows - size
    if rows:
        yield _block(pa.Table.from_batches(waiting), entry)


def _block(table: pa.Table, entry: StoredEncoder) -> Block:
    halves = [chunk.flatten().to_numpy() for chunk in table[entry.column].chunks if len(chunk)]
    vectors = widened(np.concatenate(halves).reshape(-1, entry.dimension))
    return Block(ids=table["id"].combine_chunks(), vectors=vectors)
