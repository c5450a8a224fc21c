"""The ids of photos that go by, as long as any answer may need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

IDS_AT_ONCE = 1_000_000
"""Ids that are held before those that fell out of every answer are forgotten."""


class KeptIds:
    """Ids by the number of their photo; photos are counted as they come.

    Memory: the ids of all answers, and as many again or `IDS_AT_ONCE`.
    """

    def __init__(self) -> None:
        self._numbers: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._ids: pa.Array | None = None
        self._waiting: list[pa.Array] = []
        self._waits = 0
        self._met = 0

    def add(self, ids: pa.Array) -> bool:
        """Hold the ids of a block; whether there are so many by now that `keep` should be called."""
        self._waiting.append(ids)
        self._waits += len(ids)
        self._met += len(ids)
        return self._waits >= max(IDS_AT_ONCE, len(self._numbers))

    def keep(self, photos: NDArray[np.int64]) -> None:
        """Forget all but the ids of these photos ``(p,)``, numbers that rise, each known."""
        import pyarrow as pa

        parts = [] if self._ids is None else [self._ids.take(np.flatnonzero(np.isin(self._numbers, photos)))]
        first = self._met - self._waits
        for ids in self._waiting:
            used = photos[(photos >= first) & (photos < first + len(ids))] - first
            parts.append(ids.take(used).cast(pa.large_string()))
            first += len(ids)
        # Blocks follow one another, so that the numbers of those held come before all that wait.
        self._ids = pa.concat_arrays(parts) if parts else None
        self._numbers, self._waiting, self._waits = photos, [], 0

    def answers(self, photos: NDArray[np.int64]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Answers ``(n, k)`` of photos' numbers as indices into the ids kept, and these; -1 stays -1."""
        places = np.where(photos < 0, -1, np.searchsorted(self._numbers, photos))
        return places, () if self._ids is None else tuple(self._ids.to_pylist())
