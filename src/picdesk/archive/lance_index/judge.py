"""How much of the exact answer LanceDB's index finds."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from picdesk.archive.lance_index.ask import ask_lance
from picdesk.archive.neighbours.measure import DEPTH, near_photos, recall_of
from picdesk.archive.schema import matrix_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from picdesk.archive.neighbours.built import Recall
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Floats = NDArray[np.float32]

QUERIES = 50
"""Each is asked at every setting, and each time the store is, some dozens of times."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableJudge:
    """Asks the index of a column of the table of photos.

    Attributes:
        store: the archive.
        entry: the encoder whose column it is.
        queries: ``(m, d)`` unit rows.
        truth: for each, ids of the hundred nearest, best first.
        share: of the photos, that are left.
        where: which they are; ``None`` for all.
    """

    store: Store
    entry: StoredEncoder
    queries: Floats
    truth: list[list[str]]
    share: float = 1.0
    where: str | None = None

    @classmethod
    def of(
        cls,
        store: Store,
        entry: StoredEncoder,
        queries: Floats,
        progress: Callable[[int], None] = lambda _: None,
    ) -> TableJudge:
        """Find the exact answers, in one pass over all photos; ``progress`` is called with those compared so far."""
        truth = nearest_of_table(store, entry, queries, progress=progress)
        return cls(store=store, entry=entry, queries=queries, truth=truth)

    def recall(self, probes: int, candidates: int) -> Recall:
        """What is found where so many lists are looked at and so many photos compared."""
        found, seconds = [], []
        for query in self.queries:
            start = time.perf_counter()
            near = ask_lance(self.store, self.entry, query, DEPTH, (probes, candidates), self.where).scores
            seconds.append(time.perf_counter() - start)
            found.append(list(near))
        return recall_of(found, self.truth, seconds, probes=probes, candidates=candidates, share=self.share)

    def left(self, share: float) -> TableJudge:
        """The same where photos with ids below a bound are left: ids are hashes."""
        where = f"id < '{int(share * (1 << 32)):08x}'"
        truth = nearest_of_table(self.store, self.entry, self.queries, where)
        photos = max(1, self.store.count())
        return replace(self, truth=truth, share=round(self.store.count(where) / photos, 4), where=where)


def queries_of_table(store: Store, entry: StoredEncoder, generator: np.random.Generator) -> Floats:
    """Made-up queries ``(m, d)``, unit rows: vectors of photos and noise of half their length."""
    there = f"{entry.column} IS NOT NULL"
    # Ids are hashes: those between two bounds are a sample.
    width = min(1.0, QUERIES / max(1, store.count(there)))
    begin = generator.random() * (1 - width)
    low, high = (f"{int(bound * ((1 << 32) - 1)):08x}" for bound in (begin, begin + width))
    batches = list(store.rows([entry.column], f"{there} AND id >= '{low}' AND id <= '{high}g'"))
    rows = matrix_of(pa.Table.from_batches(batches)[entry.column], entry.dimension)
    return near_photos(np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32), generator)


def nearest_of_table(
    store: Store,
    entry: StoredEncoder,
    queries: Floats,
    where: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> list[list[str]]:
    """For each query, the ids of the hundred nearest photos that a filter leaves, best first, from one pass."""
    there = f"{entry.column} IS NOT NULL" + (f" AND {where}" if where else "")
    best: list[list[tuple[float, str]]] = [[] for _ in queries]
    done = 0
    for batch in store.rows(["id", entry.column], there):
        vectors = np.asarray(batch.column(entry.column).flatten(), dtype=np.float32).reshape(-1, entry.dimension)
        cosines = queries @ (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).T
        ids = batch.column("id").to_pylist()
        size = min(DEPTH, len(ids))
        places = np.argpartition(-cosines, size - 1, axis=1)[:, :size]
        for row, (scores, near) in enumerate(zip(cosines, places, strict=True)):
            fresh = ((float(scores[place]), ids[place]) for place in near)
            best[row] = sorted([*best[row], *fresh], key=lambda one: (-one[0], one[1]))[:DEPTH]
        done += len(ids)
        progress(done)
    return [[photo for _, photo in row] for row in best]
