"""An archive compared in parts by several workers; the best of all parts are the best of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from picdesk.search.best import Nearest, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from picdesk.archive.schema import StoredEncoder

T = TypeVar("T")


class Rows(Protocol):
    """What vectors are read from: an archive, or a part of one."""

    def rows(self, columns: Sequence[str], where: str | None = None, batch: int = 8192) -> Iterator[pa.RecordBatch]:
        """Columns of the photos that a filter leaves."""

    def count(self, where: str | None = None) -> int:
        """How many photos a filter leaves."""


class Shards(Protocol):
    """Workers who compare an archive's photos in parts."""

    def __call__(
        self,
        work: Callable[[Rows, str | None], T],
        store: Rows,
        entry: StoredEncoder,
        where: str | None,
        *,
        block: int,
        progress: Callable[[int], None],
    ) -> Iterable[T]:
        """What the work makes of every part, of one part at least and in any order.

        Args:
            work: given the rows of a part and the device to compare on, as `nearest_photos` takes it.
            store: the archive.
            entry: the encoder whose vectors are compared.
            where: SQL over the archive's columns.
            block: photos that are compared at a time; parts hold whole blocks, so that each is the same as in one
                process, and its products to the last bit where the processor is.
            progress: called with the number of photos handed out so far.

        Raises:
            ClusterUnavailable: the workers were lost.
            FilterError: the filter makes no sense.
        """


def merged(parts: Iterable[Nearest], k: int) -> Nearest:
    """The ``k`` best of the best of every part: the same, in the same order, as those of all photos together.

    Args:
        parts: of other photos each, one at least, the same queries in all.
        k: photos a query.
    """
    left = iter(parts)
    best = next(left)
    for part in left:
        best = _better(best, part, k)
    return best


def _better(one: Nearest, other: Nearest, k: int) -> Nearest:
    photos = np.concatenate([one.photos, np.where(other.photos < 0, -1, other.photos + len(one.ids))], axis=1)
    scores = np.concatenate([one.scores, other.scores], axis=1)
    chosen = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    photos, scores = np.take_along_axis(photos, chosen, axis=1), np.take_along_axis(scores, chosen, axis=1)
    used = np.unique(photos[photos >= 0])
    ids = (*one.ids, *other.ids)
    places = np.where(photos < 0, -1, np.searchsorted(used, photos))
    return in_order(places, scores, tuple(ids[number] for number in used.tolist()))
