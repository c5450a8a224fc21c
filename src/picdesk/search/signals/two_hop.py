"""The two-hop signal: from an article to similar ones that are published, and on to their photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.archive.schema import sql_list
from picdesk.search.fusion import Scale, in_order
from picdesk.search.words import index_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.archive.store import Store
    from picdesk.records import Query
    from picdesk.search.published import Published


class TwoHopSignal:
    """How similar the most similar published article is that a photo was published with.

    The article itself, by id, address or headline, counts for nothing: its own photo would always be found.

    Args:
        store: the archive.
        query: what is asked.
        published: articles with their photos.
    """

    name = "two-hop"
    kind = "two-hop"

    def __init__(self, store: Store, query: Query, published: Published) -> None:
        self._store = store
        self._best: dict[str, float] = {}
        for place, cosine in published.similar(index_terms(store, query.words)).items():
            if not published.is_the_same(place, query.article):
                for photo in published.photos[place]:
                    self._best[photo] = max(cosine, self._best.get(photo, 0.0))

    def candidates(self, where: str | None, depth: int) -> dict[str, float]:
        """The photos of the most similar articles."""
        best = in_order(self._best)
        if where and best:
            there = {
                photo
                for start in range(0, len(best), depth)
                for batch in self._store.rows(["id"], f"({where}) AND id IN {sql_list(best[start : start + depth])}")
                for photo in batch.column("id").to_pylist()
            }
            best = [photo for photo in best if photo in there]
        return {photo: self._best[photo] for photo in best[:depth]}

    def values(self, ids: Sequence[str]) -> dict[str, float | None]:
        """Cosines, 0 to 1; ``None`` for a photo that no similar article was published with."""
        return {photo: self._best.get(photo) for photo in ids}

    def scale(self) -> Scale:
        """From 0, nothing in common."""
        return Scale()
