"""An archive's photos are compared by a cluster: each worker finds the best of its part, this process joins them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from picdesk.archive.schema import vectors_array
from picdesk.cluster.connect import answering
from picdesk.cluster.nodes import cores_of_a_node, gpus_of_use
from picdesk.encoders.torch.machine import has_cuda
from picdesk.photos.ahead import ahead
from picdesk.search.streamed import HalfBlock, half_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from picdesk.archive.schema import StoredEncoder
    from picdesk.search.shards import Rows


T = TypeVar("T")

PART_BYTES = 256 * 1024 * 1024
"""Vectors that a worker is given at a time: 250,000 photos of 512 numbers."""
MOST_CORES = 4
"""Of one worker: with more, the product of a block is no quicker by as much."""


class PartOfArchive:
    """Rows that were sent to a worker, with the face of an archive.

    Args:
        part: the photos.
    """

    def __init__(self, part: HalfBlock) -> None:
        self._part = part

    def rows(self, columns: Sequence[str], where: str | None = None, batch: int = 8192) -> Iterator[pa.RecordBatch]:
        """Ids and vectors, under the names that are asked for; what a filter leaves out was not sent."""
        import pyarrow as pa

        del where
        if len(self):
            vectors = vectors_array(self._part.halves)
            yield from pa.table([self._part.ids, vectors], names=list(columns)).to_batches(max_chunksize=batch)

    def count(self, where: str | None = None) -> int:
        """All of them."""
        del where
        return len(self)

    def __len__(self) -> int:
        return len(self._part.ids)


def share_among(
    ray: Any,
    work: Callable[[Rows, str | None], T],
    store: Rows,
    entry: StoredEncoder,
    where: str | None,
    *,
    block: int,
    progress: Callable[[int], None],
) -> Iterator[T]:
    """`picdesk.search.shards.Shards` on a cluster. The archive is read here and sent: no worker need see it.

    A worker that is lost has its part compared again by another one; it is kept here until its result has come.

    Args:
        ray: as `picdesk.cluster.connect.connected` gives it.
        work: given the rows of a part and the device to compare on.
        store: the archive.
        entry: the encoder whose vectors are compared.
        where: SQL over the archive's columns.
        block: photos that are compared at a time; parts hold whole blocks.
        progress: called with the number of photos sent so far.
    """
    cores = min(MOST_CORES, cores_of_a_node(ray))
    gpus = gpus_of_use(ray, has_cuda)
    share = {"num_gpus": 1, "num_cpus": 0} if gpus else {"num_cpus": cores}
    workers = int(gpus or max(1, ray.cluster_resources().get("CPU", 1) // cores))
    task = ray.remote(max_retries=-1, **share)(_work_on)
    with answering(ray):
        told = ray.put((work, None if gpus else "cpu"))

        def ask(part: HalfBlock) -> T:
            result: T = ray.get(task.remote(told, part))
            return result

        photos = photos_of_part(store.count(where), entry.dimension, block, workers)
        parts = _parts(store, entry, where, photos, progress)
        yield from ahead(ask, parts, threads=workers, reach=workers + 1)


def photos_of_part(photos: int, dimension: int, block: int, workers: int) -> int:
    """How many photos a worker is given at a time: whole blocks, a part for everybody, and no more than fit.

    Args:
        photos: all there are.
        dimension: numbers of a vector, two bytes each.
        block: photos that are compared at a time.
        workers: how many.
    """
    share = min(-(-photos // workers), PART_BYTES // (2 * dimension))
    return max(1, -(-share // block)) * block


def _parts(
    store: Rows, entry: StoredEncoder, where: str | None, photos: int, progress: Callable[[int], None]
) -> Iterator[HalfBlock]:
    """So many photos a part; one part at least, if it is empty."""
    import pyarrow as pa

    done = 0
    for part in half_blocks(store, entry, where, photos):
        yield part
        done += len(part.ids)
        progress(done)
    if not done:
        yield HalfBlock(pa.array([], pa.string()), np.empty((0, entry.dimension), dtype=np.float16))


def _work_on(told: tuple[Callable[[Rows, str | None], T], str | None], part: HalfBlock) -> T:
    work, device = told
    return work(PartOfArchive(part), device)
