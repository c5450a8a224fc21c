"""Photos are read, decoded and encoded by a cluster; what comes back is decided about and committed here."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from picdesk.archive.add import ENCODE_BATCH
from picdesk.archive.prepare import Prepared
from picdesk.archive.take import Refused
from picdesk.cluster.connect import answering, is_outside
from picdesk.cluster.conveyor import Conveyor, part_of
from picdesk.cluster.work import InputMaker, Orders, Wanted
from picdesk.errors import PhotoError, SourceError
from picdesk.objects.address import is_address
from picdesk.photos.locate import open_regular, shown, to_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from picdesk.archive.known import Known
    from picdesk.cluster.work import Part
    from picdesk.encoders import Encoder
    from picdesk.photos.sources import Source

ASKED = 4
"""Parts that are on their way to this process: some hundred photos without their pixels, a few kB each."""
LOOK_SECONDS = 0.5
CLOSE_SECONDS = 10.0
"""How long a pipeline may take to end by itself; after that it is ended."""
HEAD = "node:__internal_head__"
_UNSEEN = frozenset({"no such file", "not permitted to read it"})


def on_cluster(
    ray: Any,
    sources: Sequence[Source],
    known: Known,
    encoders: Mapping[str, Encoder],
    stop: Callable[[], bool],
) -> Iterator[Prepared]:
    """A `picdesk.archive.prepare.Preparer`: a cluster lists, reads, decodes and encodes.

    Args:
        ray: as `picdesk.cluster.connect.connected` gives it.
        sources: where photos come from; workers read the photos themselves.
        known: what the archive has; workers are told how it stands now.
        encoders: the encoder of each wanted vector column.
        stop: asked between parts; after a yes, what has come is given and the rest is left.

    Raises:
        ClusterUnavailable: the cluster was lost.
        EncoderMissing: an encoder is not on a node of the cluster.
        EncoderMismatch: a node has another one there.
        SourceError: a source cannot be read any further, or a node does not see photos that this machine sees.
    """
    orders = Orders(
        known=ray.put(known.for_elsewhere()),
        inputs={column: InputMaker(one.image_side, one.preparation) for column, one in encoders.items()},
        encoders={
            column: Wanted(name=one.name, location=one.location, fingerprint=one.fingerprint)
            for column, one in encoders.items()
        },
        together=ENCODE_BATCH,
    )
    conveyor = ray.remote(Conveyor).options(num_cpus=0, **_beside_us(ray)).remote(list(sources), orders)
    try:
        for part in _parts(ray, conveyor, stop):
            check_seen(part)
            yield part.prepared
            if part.failure is not None:
                raise part.failure
        if stop():
            yield Prepared(stopped=True)
    finally:
        with answering(ray):
            ray.wait([conveyor.close.remote()], timeout=CLOSE_SECONDS)
            ray.kill(conveyor)


def _parts(ray: Any, conveyor: Any, stop: Callable[[], bool]) -> Iterator[Part]:
    """Parts in their order, until the last or a stop."""
    asked = deque(conveyor.next.remote() for _ in range(ASKED))
    while not stop():
        with answering(ray):
            ready, _ = ray.wait([asked[0]], timeout=LOOK_SECONDS)
            if not ready:
                continue
            data = ray.get(asked.popleft())
        if data is None:
            return
        asked.append(conveyor.next.remote())
        yield part_of(data)


def _beside_us(ray: Any) -> dict[str, Any]:
    """This process's own node; from outside, the head node."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    if is_outside(ray):
        return {"resources": {HEAD: 0.001}}
    here = ray.get_runtime_context().get_node_id()
    return {"scheduling_strategy": NodeAffinitySchedulingStrategy(here, soft=False)}


def check_seen(part: Part) -> None:
    """A photo that this machine can open and a node cannot is no bad photo: it lies where the node does not see it.

    Raises:
        SourceError: there is one; nothing is written of this part.
    """
    for result in part.prepared.results:
        if isinstance(result, Refused) and result.reason in _UNSEEN and _is_seen_here(result.found.uri):
            raise SourceError(
                f"the cluster's node {part.node} does not see {shown(result.found.uri)}: {result.reason}",
                "Put the photos on a disk that all nodes have in the same place, or into object storage (s3://...).",
            )


def _is_seen_here(uri: str) -> bool:
    if is_address(uri):
        return False  # a store is the same from everywhere
    try:
        with open_regular(to_place(uri)[0]):
            return True
    except (PhotoError, OSError):
        return False
