"""What the workers of a cluster do with photos: list them, read and decode them, encode them.

A worker decides nothing and writes nothing. What goes wrong with one photo is a refusal, as in one process; what goes
wrong with a source, an encoder or a node travels along as a failure, and ends the run where its turn comes.
"""

from __future__ import annotations

import socket
from collections import deque
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from picdesk.archive.prepare import Prepared, vectors_of
from picdesk.archive.take import Taken, take
from picdesk.encoders import load_encoder
from picdesk.errors import EncoderMismatch, EncoderMissing, MissingError, PicdeskError
from picdesk.photos.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from picdesk.archive.known import Known
    from picdesk.encoders import Encoder
    from picdesk.photos.sources import Found, Source

LISTED = 256
"""Photos that are listed in one piece of work, when there are many: few enough to be read again where a node is lost,
enough that a hundred million of them do not fill the memory of whoever keeps the books."""
READING = 4
"""Photos that a worker reads at a time: an object store takes tens of milliseconds to answer."""


NOTHING = Prepared()


@dataclass(frozen=True, slots=True)
class InputMaker:
    """What of an encoder makes its input ready, without the weights.

    Attributes:
        image_side: pixels of the larger edge of the input image.
        prepare: resizes and cuts one image: ``(3, h, w)`` uint8.
    """

    image_side: int | None
    prepare: Callable[[Image.Image], NDArray[np.uint8]]

    def prepare_image(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut one image."""
        return self.prepare(image)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An encoder as a worker is told of it.

    Attributes:
        name: of a model of the catalogue, or of its folder.
        location: its folder on the machine that asks.
        fingerprint: of its files; another one of the same name is not used.
    """

    name: str
    location: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What every worker is told.

    Attributes:
        known: what the archive had at the start: a reference to a `Known` in the cluster's memory.
        inputs: vector column -> what makes its encoder's input ready.
        encoders: vector column -> its encoder.
        together: photos that are encoded together.
    """

    known: Any
    inputs: Mapping[str, InputMaker]
    encoders: Mapping[str, Wanted]
    together: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some photos on their way through the cluster.

    Attributes:
        node: the machine that dealt with them last.
        found: those that nobody has read yet.
        prepared: what is known of the others.
        failure: why the run cannot go on behind these.
    """

    node: str
    found: tuple[Found, ...] = ()
    prepared: Prepared = NOTHING
    failure: PicdeskError | None = None


def list_photos(source: Source, orders: Orders) -> Iterator[Part]:
    """The photos of a source that are not known yet, in its order; small parts first, so that all have work soon."""
    found: list[Found] = []
    seen = already = given = 0
    failure = None
    known = known_of(orders.known)
    try:
        for photo in source:
            seen += 1
            if photo.stamp in known.stamps:
                already += 1
            else:
                found.append(photo)
            if len(found) >= _share(given, orders.together) or already >= LISTED:
                yield Part(node=_node(), found=tuple(found), prepared=Prepared(seen=seen, already=already))
                given += len(found)
                found, seen, already = [], 0, 0
    except PicdeskError as error:
        failure = type(error)(f"{error.message} (seen from the cluster's node {_node()})", error.hint)
    yield Part(node=_node(), found=tuple(found), prepared=Prepared(seen=seen, already=already), failure=failure)


def take_photos(part: Part, orders: Orders) -> Iterator[Part]:
    """Read and decode: as many photos a part as are encoded together; what else the part says goes with the first."""
    work = partial(take, known=known_of(orders.known), encoders=orders.inputs)
    results = ahead(work, part.found, threads=READING, reach=2 * READING)
    parts = deque([replace(part.prepared, results=tuple(islice(results, orders.together)))])
    while some := tuple(islice(results, orders.together)):
        yield Part(node=_node(), prepared=parts.popleft())
        parts.append(Prepared(results=some))
    yield Part(node=_node(), prepared=parts.popleft(), failure=part.failure)


def _share(given: int, together: int) -> int:
    return min(LISTED, max(together, given // 64))


class Encoding:
    """Encodes decoded photos; holds the encoders, which are loaded for the first of them.

    Args:
        orders: what every worker is told.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._encoders: dict[str, Encoder] | None = None

    def __call__(self, part: Part) -> Part:
        """The same photos with their vectors, each photo once, and without their pixels."""
        results = part.prepared.results
        taken = {result.id: result for result in results if isinstance(result, Taken) and result.lacks}
        if not taken:
            return replace(part, prepared=replace(part.prepared, vectors={}))
        try:
            if self._encoders is None:
                self._encoders = {column: load_wanted(one) for column, one in self._orders.encoders.items()}
            vectors = vectors_of(list(taken.values()), self._encoders)
        except PicdeskError as error:
            return Part(node=_node(), failure=error)
        light = tuple(replace(result, pixels={}) if isinstance(result, Taken) else result for result in results)
        return replace(part, prepared=replace(part.prepared, results=light, vectors=vectors))


def load_wanted(wanted: Wanted) -> Encoder:
    """An encoder on this node: in the folder where it lies on the asking machine, else by its name.

    Raises:
        EncoderMissing: it is in neither place.
        EncoderMismatch: what is there is another one.
    """
    where = f"on the cluster's node {_node()}"
    try:
        encoder = _loaded(wanted.location, wanted.name)
    except MissingError as error:
        raise EncoderMissing(
            f"the encoder {wanted.name} is not {where}: {error.message}",
            f"Put its folder there as {wanted.location}, or fetch it there: picdesk models get {wanted.name}",
        ) from None
    if encoder.fingerprint != wanted.fingerprint:
        raise EncoderMismatch(
            f"the encoder {wanted.name} {where} is another one: {encoder.fingerprint[:12]}, "
            f"not {wanted.fingerprint[:12]}",
            f"Put the same files there: {encoder.location}",
        )
    return encoder


def _loaded(location: str, name: str) -> Encoder:
    try:
        return load_encoder(location)
    except MissingError:
        if name == location:
            raise
        return load_encoder(name)


def runs_on_a_gpu(encoders: Sequence[Wanted]) -> bool:
    """Whether a node with a GPU has what these encoders need to use it; opens them."""
    try:
        return any("cuda" in load_wanted(wanted).runtime for wanted in encoders)
    except PicdeskError:
        return False  # who encodes says what is wrong


@lru_cache(maxsize=1)
def known_of(reference: Any) -> Known:
    """What the archive had, fetched once a process."""
    import ray

    known: Known = ray.get(reference)
    return known


def _node() -> str:
    return socket.gethostname()
