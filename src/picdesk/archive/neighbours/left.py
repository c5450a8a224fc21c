"""What a filter leaves of an index, remembered while the archive stays as it is.

Among ten million photos it takes LanceDB seconds to say which of them a filter leaves; the next question with the same
filter takes a bit for each photo.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.neighbours.addresses import addresses_where
from picdesk.archive.neighbours.measure import COMPARED, bitmap_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.archive.neighbours.coverage import Coverage
    from picdesk.archive.store import Store

    Rows = NDArray[np.int64]

KEPT = 16
"""Filters that are remembered: 1.3 MB each for ten million photos."""


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """What a filter leaves.

    Attributes:
        count: rows of the index.
        allowed: a bit for each row of the index, the lowest first.
        newer: places of the newer photos that it leaves.
        few: the rows that it leaves, where they are few enough to be compared each time.
    """

    count: int
    allowed: NDArray[np.uint8]
    newer: Rows
    few: Rows | None

    def rows(self) -> Rows:
        """All rows that it leaves, rising."""
        return np.flatnonzero(np.unpackbits(self.allowed, bitorder="little")) if self.few is None else self.few


class Remembered:
    """The last filters that were asked for.

    Args:
        store: the archive.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._covered: Coverage | None = None
        self._known: OrderedDict[str, Left] = OrderedDict()

    def left_by(self, where: str, covered: Coverage) -> Left:
        """What a filter leaves of an index that knows so much of the archive.

        Raises:
            FilterError: the filter makes no sense.
        """
        with self._lock:
            if self._covered is not covered:
                self._covered = covered
                self._known.clear()
            known = self._known.get(where)
            if known is not None:
                self._known.move_to_end(where)
                return known
        left = _left(self._store, where, covered)
        with self._lock:
            if self._covered is covered:
                self._known[where] = left
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        return left


def _left(store: Store, where: str, covered: Coverage) -> Left:
    addresses = addresses_where(store, where)
    rows = covered.rows_at(addresses)
    rows = np.sort(rows[rows >= 0])
    newer = covered.fresh.addresses if covered.fresh else covered.silent[:0]
    return Left(
        count=len(rows),
        allowed=bitmap_of(rows, len(covered.placed)),
        newer=np.flatnonzero(np.isin(newer, addresses)),
        few=rows if len(rows) <= COMPARED else None,
    )
