"""The best photos of many queries, kept while blocks of scores go by."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.search.kept_ids import KeptIds

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

    Floats64 = NDArray[np.float64]
    Exact = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]

AT_ONCE = 1 << 20
"""Scores that a core looks at together: what it notes of them stays in its cache."""


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
    order = np.argsort(-scores, axis=1, kind="stable")
    photos, scores = np.take_along_axis(photos, order, axis=1), np.take_along_axis(scores, order, axis=1)
    equal = np.zeros(photos.shape, dtype=bool)
    equal[:, 1:] = (scores[:, 1:] == scores[:, :-1]) & (photos[:, 1:] >= 0)
    equal[:, :-1] |= equal[:, 1:]
    rows = np.flatnonzero(equal.any(axis=1))
    # Ids are long, and there may be millions: only those of equal scores are compared.
    numbers = np.unique(photos[equal])
    by_id = np.zeros(len(ids) + 1, dtype=np.int64)
    by_id[numbers[np.argsort([ids[number] for number in numbers.tolist()], kind="stable")]] = np.arange(len(numbers))
    by_id[-1] = len(ids)  # that of empty places
    again = np.lexsort((by_id[photos[rows]], -scores[rows]), axis=1)
    photos[rows] = np.take_along_axis(photos[rows], again, axis=1)
    return Nearest(photos, scores, ids)


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
        self._ids = KeptIds()

    def meet(
        self,
        ids: pa.Array,
        scores: NDArray[np.float32],
        exact: Exact | None = None,
        blur: float | Floats64 = 0.0,
    ) -> None:
        """Take the best of a block in.

        Args:
            ids: ``(c,)`` of the block's photos.
            scores: ``(n, c)`` float32.
            exact: the scores at ``(rows, columns)``, where ``scores`` are rounded.
            blur: how far the rounded ones may be from those: of all queries, or ``(n,)``.
        """
        blurs = np.broadcast_to(blur, len(self._used))
        self._in_threads(lambda rows: self.take(rows, self._met, scores[rows], exact, blurs[rows]), len(ids))
        if self.add(ids):
            self.forget()

    def take(
        self,
        rows: slice,
        first: int,
        scores: NDArray[np.float32],
        exact: Exact | None = None,
        blur: Floats64 | None = None,
    ) -> None:
        """Take the best in of some queries' scores; other queries may meet the same photos at the same time.

        Args:
            rows: the queries.
            first: number of the first photo, counted as they are added.
            scores: ``(r, c)`` float32 of those queries.
            exact: as for `meet`.
            blur: as for `meet`, ``(r,)``.
        """
        if blur is None:
            blur = np.zeros(len(scores))
        start, width = 0, scores.shape[1]
        while start < width:
            # A floor lets about k ln(1 + c / met) of c photos pass: fewer than k, where no more than were met come.
            stop = min(width, start + max(2 * self._k, first + start))
            step = max(1, AT_ONCE // (stop - start))
            for top in range(0, len(scores), step):
                seen = scores[top : top + step, start:stop]
                self._sort_in(rows.start + top, first, seen, start, exact, blur[top : top + step])
            start = stop

    def add(self, ids: pa.Array) -> bool:
        """Hold the ids of a block ``(c,)``; whether it is time to `forget`, as soon as all queries have met it."""
        self._met += len(ids)
        return self._ids.add(ids)

    def forget(self) -> None:
        """Hold the ids of photos that are in an answer alone."""
        photos = np.unique(self._photos)
        self._ids.keep(photos[photos >= 0])

    def nearest(self) -> Nearest:
        """What was found, best first, filled up to ``k``."""
        self._in_threads(lambda rows: self._drop_worse(np.arange(rows.start, rows.stop)), 2 * self._k)
        self._pool.shutdown()
        self.forget()
        places, ids = self._ids.answers(self._photos[:, : self._k])
        return in_order(places, self._scores[:, : self._k], ids)

    def _in_threads(self, work: Callable[[slice], None], width: int) -> None:
        """Do something for all queries, some rows on each core; nothing is shared between rows."""
        step = max(1, AT_ONCE // max(1, width))
        parts = [slice(top, min(top + step, len(self._used))) for top in range(0, len(self._used), step)]
        if len(parts) == 1:
            work(parts[0])
        else:
            list(self._pool.map(work, parts))

    def _sort_in(
        self, top: int, first: int, seen: NDArray[np.float32], start: int, exact: Exact | None, blur: Floats64
    ) -> None:
        """Take in, of scores of the queries from ``top`` on and the photos from ``start`` on, those over the floor."""
        limits = self._limits(slice(top, top + len(seen)), blur)
        places = np.flatnonzero(seen > limits[:, None])
        rows, columns = np.divmod(places, seen.shape[1])
        counts = np.bincount(rows, minlength=len(seen))
        crowded = np.flatnonzero(self._used[top : top + len(seen)] + counts > 2 * self._k)
        if len(crowded):
            self._drop_worse(top + crowded)
            limits[crowded] = self._limits(top + crowded, blur[crowded])
            kept = seen[rows, columns] > limits[rows]
            rows, columns = rows[kept], columns[kept]
            counts = np.bincount(rows, minlength=len(seen))
            # Photos that come in rising order pass every floor; of those, the part's own best are enough.
            still = np.flatnonzero((counts > self._k) & (self._used[top : top + len(seen)] + counts > 2 * self._k))
            if len(still):
                rows, columns = self._thinned(rows, columns, seen, still, top, start, exact, blur)
                counts[still] = self._k
        values = exact(top + rows, start + columns) if exact else seen[rows, columns]
        self._enter(slice(top, top + len(seen)), counts, first + start + columns, values)

    def _thinned(
        self,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        seen: NDArray[np.float32],
        still: NDArray[np.int64],
        top: int,
        start: int,
        exact: Exact | None,
        blur: Floats64,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns, of which rows ``still`` have too many: only the ``k`` best of each of those."""
        best = self._best_of(seen[still], top + still, start, exact, blur[still])
        others = ~np.isin(rows, still)
        rows = np.concatenate([rows[others], np.repeat(still, self._k)])
        columns = np.concatenate([columns[others], best.ravel()])
        order = np.argsort(rows, kind="stable")
        return rows[order], columns[order]

    def _best_of(
        self, seen: NDArray[np.float32], queries: NDArray[np.int64], start: int, exact: Exact | None, blur: Floats64
    ) -> NDArray[np.int64]:
        """Columns ``(r, k)`` of the best scores ``(r, c)``, rising."""
        if exact is None:
            return np.sort(np.argpartition(seen, -self._k, axis=1)[:, -self._k :], axis=1)
        # One that belongs to the best may look worse than the k-th by the blur of both.
        last = np.partition(seen, -self._k, axis=1)[:, -self._k, None]
        rows, columns = np.nonzero(seen >= last - 2 * blur[:, None])
        values = np.full(seen.shape, -np.inf)
        values[rows, columns] = exact(queries[rows], start + columns)
        return np.sort(np.argpartition(values, -self._k, axis=1)[:, -self._k :], axis=1)

    def _limits(self, queries: slice | NDArray[np.int64], blur: Floats64) -> NDArray[np.float32]:
        limits = (self._floor[queries] - blur).astype(np.float32)
        # Rounding to float32 must not raise the limit of rounded scores, nor let equal ones pass that of exact ones.
        return np.where(blur > 0, np.nextafter(limits, np.float32(-np.inf)), limits)

    def _enter(
        self, queries: slice, counts: NDArray[np.int64], photos: NDArray[np.int64], scores: NDArray[np.floating]
    ) -> None:
        """Give photos the next free places: ``counts`` of them to each of the queries, in turn."""
        before = np.cumsum(counts) - counts
        firsts = np.arange(queries.start, queries.stop) * (2 * self._k) + self._used[queries]
        places = np.arange(len(photos)) + np.repeat(firsts - before, counts)
        self._scores.reshape(-1)[places] = scores
        self._photos.reshape(-1)[places] = photos
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
