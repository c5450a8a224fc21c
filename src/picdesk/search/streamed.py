"""The vectors of an archive, block by block: read, widened and normalised while the block before is compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from picdesk.archive.neighbours.widen import widened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.search.shards import Rows

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True, eq=False)
class HalfBlock:
    """Some photos of an archive, as they are there.

    Attributes:
        ids: ``(n,)`` strings.
        halves: ``(n, d)`` float16.
    """

    ids: pa.Array
    halves: NDArray[np.float16]


def vector_blocks(store: Rows, entry: StoredEncoder, where: str | None, size: int) -> Iterator[Block]:
    """The photos that a filter leaves and that have a vector, ``size`` at a time, in no promised order.

    Args:
        store: the archive.
        entry: the encoder whose vectors are read.
        where: SQL over the archive's columns.
        size: photos a block; the last one is smaller.

    Raises:
        FilterError: the filter makes no sense.
    """
    # One block ahead: Lance and FAISS work outside the interpreter, beside the product of the block that was yielded.
    return one_ahead(_widened(half_blocks(store, entry, where, size)))


def _widened(blocks: Iterable[HalfBlock]) -> Iterator[Block]:
    import faiss

    # Of the thread that this runs in alone. The other cores multiply: FAISS would wait for them, and busily.
    faiss.omp_set_num_threads(1)
    for block in blocks:
        yield Block(ids=block.ids, vectors=widened(block.halves))


def one_ahead(items: Iterable[T]) -> Iterator[T]:
    """The same, each made in a thread while the reader is at the one before."""
    left = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="vectors") as reader:
        coming = reader.submit(next, left, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, left, None)
            yield item


def half_blocks(store: Rows, entry: StoredEncoder, where: str | None, size: int) -> Iterator[HalfBlock]:
    """The same photos with their vectors as the archive has them; nothing is read before it is asked for.

    Raises:
        FilterError: the filter makes no sense.
    """
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


def _block(table: pa.Table, entry: StoredEncoder) -> HalfBlock:
    halves = [chunk.flatten().to_numpy() for chunk in table[entry.column].chunks if len(chunk)]
    return HalfBlock(table["id"].combine_chunks(), np.concatenate(halves).reshape(-1, entry.dimension))
