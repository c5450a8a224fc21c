"""From where photos were found to what an archive can decide about: read, decoded and, maybe, encoded."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from picdesk.archive.take import Result, take
from picdesk.errors import InputError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.archive.known import Known
    from picdesk.archive.take import Taken
    from picdesk.encoders import Encoder
    from picdesk.photos.sources import Source

    Vectors = dict[str, dict[str, NDArray[np.float32]]]
    """Photo id -> vector column -> ``(d,)``."""

QUIET = 256
"""Files that are known already which are passed over without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Some photos, in the order in which they were found.

    Attributes:
        seen: files met.
        already: those of them that the archive knows as they lie there; they were not read.
        results: what came of the others.
        vectors: of the photos that lacked some; one that an encoder has no vector for is left out. ``None`` where
            nobody has encoded them yet.
        stopped: whether this is the last, because a stop was asked for.
    """

    seen: int = 0
    already: int = 0
    results: Sequence[Result] = ()
    vectors: Vectors | None = None
    stopped: bool = False


class Preparer(Protocol):
    """Whatever reads and decodes photos."""

    def __call__(
        self, sources: Sequence[Source], known: Known, encoders: Mapping[str, Encoder], stop: Callable[[], bool]
    ) -> Iterator[Prepared]:
        """The photos of some sources, in order and a bounded number ahead of the caller.

        Args:
            sources: where photos come from.
            known: what the archive has; it learns while this runs.
            encoders: the encoder of each wanted vector column.
            stop: asked between photos; after a yes, what is decoded is given and the rest is left.

        Raises:
            SourceError: a source cannot be read any further; what it gave before was given here before, too.
        """


def in_threads(
    sources: Sequence[Source],
    known: Known,
    encoders: Mapping[str, Encoder],
    stop: Callable[[], bool],
    *,
    workers: int | None = None,
    batch: int,
) -> Iterator[Prepared]:
    """A `Preparer` of this process: threads read and decode (Pillow and hashing let go of the interpreter).

    Nothing is encoded: that takes all cores at once, and is the caller's.

    Args:
        sources: where photos come from.
        known: what the archive has.
        encoders: the encoder of each wanted vector column.
        stop: asked between photos.
        workers: threads; one a core where it is None.
        batch: photos given at a time. Twice as many are decoded ahead: enough to keep the cores busy, few enough to
            bound memory (0.6 MB each).
    """
    seen = already = 0
    stopped = False
    failure: SourceError | None = None
    ahead: deque[Future[Result]] = deque()

    def given(count: int) -> Prepared:
        results = [ahead.popleft().result() for _ in range(count)]
        return Prepared(seen=seen, already=already, results=results, stopped=stopped)

    with ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="decode") as pool:
        try:
            for found in chain.from_iterable(sources):
                if stopped := stop():
                    break
                seen += 1
                if found.stamp in known.stamps:
                    already += 1
                else:
                    ahead.append(pool.submit(take, found, known, encoders))
                full = len(ahead) == 2 * batch
                if full or already == QUIET:
                    yield given(batch if full else 0)
                    seen = already = 0
        except SourceError as error:
            failure = error
        while ahead or seen or stopped:
            yield given(min(batch, len(ahead)))
            seen = already = 0
            stopped = stopped and bool(ahead)
        if failure:
            raise failure


def vectors_of(taken: Sequence[Taken], encoders: Mapping[str, Encoder]) -> Vectors:
    """Vectors of decoded photos, each photo once; one that an encoder has no vector for is left out."""
    try:
        return _vectors(taken, encoders)
    except InputError:
        # One picture without a direction (NaN, zero) must not cost its whole batch.
        vectors: Vectors = {}
        for result in taken:
            with suppress(InputError):
                vectors |= _vectors([result], encoders)
        return vectors


def _vectors(taken: Sequence[Taken], encoders: Mapping[str, Encoder]) -> Vectors:
    import numpy as np

    vectors: Vectors = {result.id: {} for result in taken}
    for column, encoder in encoders.items():
        lacking = [result for result in taken if column in result.pixels]
        if lacking:
            rows = encoder.encode_pixels(np.stack([result.pixels[column] for result in lacking]))
            for result, row in zip(lacking, rows, strict=True):
                vectors[result.id][column] = row
    return vectors
