"""The pipeline of Ray Data that photos run through: listed, decoded by tasks, encoded by a pool of actors, in order.

Ray decides where and how many: it starts tasks as cores are free, grows and shrinks the pool, asks the cluster's
autoscaler for more nodes, holds listing and decoding back while encoding does not follow, and does again what a lost
worker or node had done and not delivered.

It runs in an actor, because Ray Data needs a process inside the cluster, which a caller at ``ray://`` is not. That
actor lives on the caller's node; sources are listed there too, as in one process. For callers from outside it lives on
the head node.
"""

from __future__ import annotations

import gc
import os
import pickle
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from picdesk.cluster.nodes import cores_of_a_node, gpus_of_use
from picdesk.cluster.work import Encoding, Orders, Part, list_photos, runs_on_a_gpu, take_photos
from picdesk.objects import ObjectPath
from picdesk.photos.sources.shards import Shards

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    import pyarrow as pa

    from picdesk.photos.sources import Source

COLUMN = "part"
NODE = "ray.io/node-id"
"""The label of every node that says which it is."""
RESERVATION = {
    "RAY_DATA_MIN_GAP_BETWEEN_AUTOSCALING_REQUESTS": "5",
    "RAY_DATA_AUTOSCALING_REQUEST_EXPIRE_TIME_S": "12",
}
"""A pipeline reserves cores and says so again and again. Ray keeps them for three minutes after the last word; so long
would the next run wait on a small cluster after a ``kill -9`` of the one before."""
LISTING = 8
"""Sources that are listed at a time: many tars take long to walk through."""


class Conveyor:
    """Photos of some sources, part after part, as an actor hands them out.

    Args:
        sources: in their order.
        orders: what every worker is told.
    """

    def __init__(self, sources: Sequence[Source], orders: Orders) -> None:
        for name, value in RESERVATION.items():
            os.environ.setdefault(name, value)  # read when Ray Data is imported, which is now
        import ray.data

        settings = ray.data.DataContext.get_current()
        settings.enable_progress_bars = False
        settings.execution_options.preserve_order = True  # of two equal photos the first found names the place
        settings.target_max_block_size = 1  # a part is a block: what is lost with a worker is small
        settings.target_min_block_size = 0
        self._parts = _parts(sources, orders)

    def next(self) -> bytes | None:
        """The next part, pickled; ``None`` behind the last."""
        return next(self._parts, None)

    def close(self) -> None:
        """Give back what the pipeline holds; nothing more comes."""
        self._parts.close()
        gc.collect()  # Ray Data ends a pipeline when nobody has it any more


def _parts(sources: Sequence[Source], orders: Orders) -> Generator[bytes]:
    import ray

    pieces = [piece for source in sources for piece in pieces_of(source)]
    if not pieces:
        return
    cores = cores_of_a_node(ray)
    photos = ray.data.read_datasource(
        _listing(pieces, orders),
        override_num_blocks=len(pieces),
        concurrency=LISTING,
        **_lister(pieces, ray),
    )
    photos = photos.map_batches(
        partial(_each, partial(take_photos, orders=orders)),
        batch_size=None,
        batch_format="pyarrow",
        num_cpus=min(1.0, cores / 2),
        scheduling_strategy="SPREAD",  # and DEFAULT below: Ray Data would make one step of two that ask for the same
    )
    if orders.encoders:
        photos = photos.map_batches(
            _EncodingBlocks,
            fn_constructor_args=(orders,),
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(min_size=1),
            scheduling_strategy="DEFAULT",
            **_encoder_share(cores, orders, ray),
        )
    for block in photos.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=2):
        yield from block[COLUMN].to_pylist()


def pieces_of(source: Source) -> Sequence[Source]:
    """A source in the pieces that can be listed apart: every tar by itself."""
    return [replace(source, tars=(tar,)) for tar in source.tars] if isinstance(source, Shards) else [source]


def _lister(pieces: Sequence[Source], ray: Any) -> dict[str, Any]:
    """Tars in an object store are walked through anywhere; what lies on a disk, on this actor's node."""
    if all(isinstance(piece, Shards) and isinstance(piece.tars[0], ObjectPath) for piece in pieces):
        return {"num_cpus": 0.25}
    return {"num_cpus": 0, "label_selector": {NODE: ray.get_runtime_context().get_node_id()}}


def _encoder_share(cores: float, orders: Orders, ray: Any) -> dict[str, Any]:
    """What an encoder's actor takes of a node: a GPU where that is of use, else half the cores.

    A runtime on the processor uses all cores there are, and decoding needs some too.
    """
    if gpus_of_use(ray, partial(runs_on_a_gpu, list(orders.encoders.values()))):
        return {"num_gpus": 1, "num_cpus": min(1.0, cores / 2)}
    return {"num_cpus": cores / 2}


def _listing(pieces: Sequence[Source], orders: Orders) -> Any:
    from ray.data.block import BlockMetadata
    from ray.data.datasource import Datasource, ReadTask

    unknown = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)

    class Listing(Datasource):  # type: ignore[misc]  # Ray's class has no types
        """Sources as Ray Data reads them: one task a piece."""

        def estimate_inmemory_data_size(self) -> None:
            """Nobody knows before they are listed."""

        def get_read_tasks(self, *_: object, **__: object) -> list[Any]:
            """Whatever number is asked for: pieces cannot be parted further."""
            return [ReadTask(partial(_listed, piece, orders), unknown) for piece in pieces]

    return Listing()


def _listed(piece: Source, orders: Orders) -> Iterator[pa.Table]:
    return map(_block, list_photos(piece, orders))


def _each(work: Callable[[Part], Iterator[Part]], block: pa.Table) -> Iterator[pa.Table]:
    for data in block[COLUMN].to_pylist():
        yield from map(_block, work(part_of(data)))


class _EncodingBlocks:
    def __init__(self, orders: Orders) -> None:
        self._encode = Encoding(orders)

    def __call__(self, block: pa.Table) -> Iterator[pa.Table]:
        for data in block[COLUMN].to_pylist():
            yield _block(self._encode(part_of(data)))


def part_of(data: bytes) -> Part:
    """A part as it travels: between processes of one cluster, which trust each other."""
    part: Part = pickle.loads(data)  # noqa: S301
    return part


def _block(part: Part) -> pa.Table:
    import pyarrow as pa

    return pa.table({COLUMN: pa.array([pickle.dumps(part, protocol=5)], pa.large_binary())})
