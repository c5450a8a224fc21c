"""The best photos of many queries, kept while blocks of scores go by."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

    Exact = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]

AT_ONCE = 1 << 20
"""Scores that a core looks at together: what it notes of them stays in its cache."""

IDS_AT_ONCE = 1_000_000
"""Ids that are held before those that fell out of every answer are forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The best photos of each query.

    Attributes:
        photos: ``(n, k)`` int64, indices into ``ids``, best first, equal scores by id; -1 where there are fewer.
        scores: ``(n, k)`` float64; -inf where there is no photo.
        ids: of the photos that are in any answer.
    """

    photos: NDArray[np.int64]
    scores: NDArray[np.float64]
    ids: tuple[str, ...]

    def of(self, query: int) -> dict[str, float]:
        """Photo id -> score of one query, best first."""
        there = self.photos[query] >= 0
        found = zip(self.photos[query][there].tolist(), self.scores[query][there].tolist(), strict=True)
        return {self.ids[photo]: score for photo, score in found}


def in_order(photos: NDArray[np.int64], scores: NDArray[np.float64], ids: tuple[str, ...]) -> Nearest:
    """Answers in the order of the house: score, then id; what has no score, -inf, comes last."""
    by_id = np.empty(len(ids) + 1, dtype=np.int64)
    by_id[np.argsort(np.asarray(ids, dtype=object), kind="stable")] = np.arange(len(ids))
    by_id[-1] = len(ids)  # that of empty places
    order = np.lexsort((by_id[photos], -scores), axis=1)
    return Nearest(np.take_along_axis(photos, order, axis=1), np.take_along_axis(scores, order, axis=1), ids)


class BestPhotos:
    """The ``k`` best photos of each query so far, in no order until the end.

    A query has room for ``2 k`` places. A photo gets one where its score is over the query's floor; where the room is
    full, the worse half goes and the floor rises to the ``k``-th best. So all but the first photos cost one comparison.

    Args:
        queries: how many.
        k: photos a query.
    """

    def __init__(self, queries: int, k: int) -> None:
        self._k = k
        self._scores = np.full((queries, 2 * k), -np.inf)
        self._photos = np.full((queries, 2 * k), -1, dtype=np.int64)
        self._used = np.zeros(queries, dtype=np.int64)
        self._floor = np.full(queries, -np.inf)
        self._met = 0
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="best")
        self._numbers: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._ids: list[str] = []
        self._waiting: list[tuple[int, pa.Array]] = []

    def meet(
        self,
        ids: pa.Array,
        scores: NDArray[np.float32],
        exact: Exact | None = None,
        blur: float = 0.0,
    ) -> None:
        """Take the best of a block in.

        Args:
            ids: ``(c,)`` of the block's photos.
            scores: ``(n, c)`` float32.
            exact: the scores at ``(rows, columns)``, where ``scores`` are rounded.
            blur: how far the rounded ones may be from those.
        """
        start = 0
        while start < len(ids):
            # A floor lets about k ln(1 + c / met) of c photos pass: fewer than k, where no more than were met come.
            stop = min(len(ids), start + max(2 * self._k, self._met))
            part = slice(start, stop)
            sort_in = partial(self._sort_in, scores=scores, part=part, exact=exact, blur=blur)
            self._in_threads(sort_in, stop - start)
            self._met += stop - start
            start = stop
        self._remember(ids)

    def nearest(self) -> Nearest:
        """What was found, best first, filled up to ``k``."""
        self._in_threads(lambda rows: self._drop_worse(np.arange(rows.start, rows.stop)), 2 * self._k)
        self._pool.shutdown()
        self._forget()
        photos, scores = self._photos[:, : self._k], self._scores[:, : self._k]
        numbers = np.where(photos < 0, -1, np.searchsorted(self._numbers, photos))
        return in_order(numbers, scores, tuple(self._ids))

    def _in_threads(self, work: Callable[[slice], None], width: int) -> None:
        """Do something for all queries, some rows on each core; nothing is shared between rows."""
        step = max(1, AT_ONCE // width)
        parts = [slice(top, min(top + step, len(self._used))) for top in range(0, len(self._used), step)]
        if len(parts) == 1:
            work(parts[0])
        else:
            list(self._pool.map(work, parts))

    def _sort_in(self, rows: slice, scores: NDArray[np.float32], part: slice, exact: Exact | None, blur: float) -> None:
        """Take in, of some queries' scores of a part of the block, those over the query's floor."""
        numbers = np.arange(rows.start, rows.stop)
        width = part.stop - part.start
        seen = scores[rows, part]
        over = seen > self._floor_below(numbers, blur)
        places = np.flatnonzero(over)
        counts = np.bincount(places // width, minlength=len(numbers))
        crowded = np.flatnonzero(self._used[rows] + counts > 2 * self._k)
        if len(crowded):
            self._drop_worse(numbers[crowded])
            over[crowded] = seen[crowded] > self._floor_below(numbers[crowded], blur)
            # Photos that come in rising order pass every floor; of those, the part's own best are enough.
            still = crowded[np.count_nonzero(over[crowded], axis=1) > self._k]
            if len(still):
                best = np.argpartition(seen[still], -self._k, axis=1)[:, -self._k :]
                over[still] = False
                over[still[:, None], best] = True
            places = np.flatnonzero(over)
        queries, columns = np.divmod(places, width)
        queries += rows.start
        columns += part.start
        values = exact(queries, columns) if exact else scores[queries, columns]
        self._enter(queries, self._met - part.start + columns, values)

    def _floor_below(self, queries: NDArray[np.int64], blur: float) -> NDArray[np.float32]:
        return (self._floor[queries] - blur).astype(np.float32)[:, None]

    def _enter(self, rows: NDArray[np.int64], photos: NDArray[np.int64], scores: NDArray[np.floating]) -> None:
        """Give photos the next free places; ``rows`` rise."""
        queries, firsts, counts = np.unique(rows, return_index=True, return_counts=True)
        places = np.arange(len(rows)) - np.repeat(firsts - self._used[queries], counts)
        self._scores[rows, places] = scores
        self._photos[rows, places] = photos
        self._used[queries] += counts

    def _drop_worse(self, queries: NDArray[np.int64]) -> None:
        """Keep the best ``k`` of these queries, and raise their floors."""
        scores = self._scores[queries]
        best = np.argpartition(scores, -self._k, axis=1)[:, -self._k :]
        kept = np.take_along_axis(scores, best, axis=1)
        photos = np.take_along_axis(self._photos[queries], best, axis=1)
        for values, chosen, empty in ((self._scores, kept, -np.inf), (self._photos, photos, -1)):
            values[queries, : self._k] = chosen
            values[queries, self._k :] = empty
        self._used[queries] = self._k
        self._floor[queries] = kept.min(axis=1)

    def _remember(self, ids: pa.Array) -> None:
        """Hold the ids of a block, until there are far more than are in any answer."""
        self._waiting.append((self._met - len(ids), ids))
        if sum(len(part) for _, part in self._waiting) >= IDS_AT_ONCE:
            self._forget()

    def _forget(self) -> None:
        """Keep only the ids of photos that are in an answer."""
        photos = np.unique(self._photos)
        photos = photos[photos >= 0]
        held = np.isin(photos, self._numbers, assume_unique=True)
        names = dict(zip(self._numbers.tolist(), self._ids, strict=True))
        ids = [names[number] for number in photos[held].tolist()]
        for first, part in self._waiting:
            used = photos[(photos >= first) & (photos < first + len(part))] - first
            ids += part.take(used).to_pylist()
        # Blocks follow one another, so that the numbers of those held come before all that wait.
        self._numbers, self._ids, self._waiting = photos, ids, []
