"""The vector signal: the cosine between a query's vector and every photo's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from picdesk.search.fusion import Scale
from picdesk.search.signals.spread import spread
from picdesk.search.vectors import cosine, search_vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from picdesk.archive.neighbours.built import Recall
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store
    from picdesk.search.memory import Memory
    from picdesk.search.signals.protocol import Signal


class VectorSignal:
    """Cosines to one encoder's vector of a query; every photo is compared, or candidates of the encoder's index are.

    Args:
        store: the archive.
        entry: the encoder.
        vector: ``(d,)`` unit vector of the query.
        memory: what is kept of the archive.
        kind: of signal, whose default weight it has.
        exact: compare every photo, whatever index there is.
    """

    def __init__(
        self,
        store: Store,
        entry: StoredEncoder,
        vector: NDArray[np.float32],
        memory: Memory,
        kind: str = "vectors",
        *,
        exact: bool = False,
    ) -> None:
        self.entry = entry
        self.kind = kind
        self.vector = vector
        self._store = store
        self._memory = memory
        self._all = exact
        self._found: dict[str, float] = {}
        self.exact = True
        self.recall: Recall | None = None

    @property
    def name(self) -> str:
        """The encoder's."""
        return self.entry.name

    def candidates(self, where: str | None, depth: int) -> dict[str, float]:
        """The photos nearest to the query; ``exact`` and ``recall`` say afterwards how they were found."""
        neighbours = self._memory.neighbours(self.entry)
        vectors = self._memory.vectors(self.entry)
        if vectors is None and neighbours is not None:
            found = neighbours.nearest(self.vector, depth, where, exact=self._all)
            self._memory.meet(found.addresses)
            self.exact = found.exact
            self.recall = None if found.exact else neighbours.built.chosen
            self._found = found.scores
            return dict(found.scores)
        kept = self._memory.kept
        if vectors is None or kept is None:
            return search_vectors(self._store, self.entry, self.vector, where, depth)
        cosines = vectors @ self.vector
        there = ~np.isnan(cosines)
        if where:
            there &= self._memory.passed(kept, where)
        cosines = np.where(there, cosines, -np.inf)
        best = np.argpartition(-cosines, depth - 1)[:depth] if depth < len(cosines) else np.arange(len(cosines))
        return {kept.ids[row]: float(cosines[row]) for row in best.tolist() if cosines[row] > -np.inf}

    def values(self, ids: Sequence[str]) -> dict[str, float | None]:
        """Cosines of photos; ``None`` for one that has no vector."""
        rest = [photo for photo in ids if photo not in self._found]
        more = self._values(rest) if rest else {}
        return {photo: self._found.get(photo, more.get(photo)) for photo in ids}

    def _values(self, ids: Sequence[str]) -> dict[str, float | None]:
        vectors = self._memory.vectors(self.entry)
        kept = self._memory.kept
        if vectors is not None and kept is not None and all(photo in kept.rows for photo in ids):
            cosines = vectors[[kept.rows[photo] for photo in ids]] @ self.vector
            return {photo: None if np.isnan(value) else float(value) for photo, value in zip(ids, cosines, strict=True)}
        rows = self._memory.by_ids(ids, ["id", self.entry.column])
        return {photo: cosine(self.vector, rows[photo], self.entry) if photo in rows else None for photo in ids}

    def scale(self) -> Scale:
        """Mean and deviation of this query's cosines over the archive."""
        means, deviations = spread(self._memory.sample(self.entry), self.vector[None])
        return Scale(least=-1.0, mean=float(means[0]), deviation=float(deviations[0]), dense=True)


def how_found(signals: Iterable[Signal]) -> tuple[bool, tuple[str, ...]]:
    """Whether all signals compared every photo, and of those that did not, how much they find of the exact answer."""
    near = [signal for signal in signals if isinstance(signal, VectorSignal) and not signal.exact]
    said = [
        f"'{signal.name}' compared the nearest photos of its index: recall@100 {_down(recall.at_100):.3f} against exact"
        for signal in near
        if (recall := signal.recall) is not None
    ]
    return not near, tuple(said)


def _down(recall: float) -> float:
    """To three digits and never up: what is not all shall not be shown as 1."""
    return math.floor(1000 * recall) / 1000
