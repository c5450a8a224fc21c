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


def photos_of_similar(published: Published, query: Query, terms: Sequence[str]) -> dict[str, float]:
    """Photo id -> how similar the most similar published article is that it was published with: a cosine, 0 to 1.

    The article itself, by id, address or headline, counts for nothing: its own photo would always be found.

    Args:
        published: articles with their photos.
        query: what is asked.
        terms: that the word index makes of the query's words.
    """
    best: dict[str, float] = {}
    for place, cosine in published.similar(terms).items():
        if not published.is_the_same(place, query.article):
            for photo in published.photos[place]:
                best[photo] = max(cosine, best.get(photo, 0.0))
    return best


class TwoHopSignal:
    """How similar the most similar published article is that a photo was published with, see `photos_of_similar`.

    Args:
        store: the archive.
        query: what is asked.
        published: articles with their photos.
    """

    name = "two-hop"
    kind = "two-hop"

    def __init__(self, store: Store, query: Query, published: Published) -> None:
        self._store = store
        self._best = photos_of_similar(published, query, index_terms(store, query.words))

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
