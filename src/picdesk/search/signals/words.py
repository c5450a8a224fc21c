"""The word signal: BM25 over what is said about the photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.archive.schema import sql_list
from picdesk.search.fusion import Scale
from picdesk.search.words import search_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from picdesk.archive.store import Store
    from picdesk.records import Query
    from picdesk.search.memory import Memory

    Known = Callable[[Sequence[int]], Sequence[str | None]]


class WordSignal:
    """BM25 of a query's words and names.

    Args:
        store: the archive.
        query: what is asked.
        memory: what is kept of the archive.
    """

    name = "words"
    kind = "words"

    def __init__(self, store: Store, query: Query, memory: Memory) -> None:
        self._store = store
        self._query = query
        self._memory = memory
        self._named: dict[str, float] = {}
        self._all = False

    def candidates(self, where: str | None, depth: int) -> dict[str, float]:
        """The photos whose words meet the query's best."""
        self._named = self._search(where, depth, self._memory.ids_at if self._memory.knows_places else None)
        self._all = len(self._named) < depth
        return self._named

    def values(self, ids: Sequence[str]) -> dict[str, float | None]:
        """BM25 of photos; ``None`` where no word meets."""
        asked = [photo for photo in ids if photo not in self._named]
        more: dict[str, float] = {}
        if asked and not self._all:
            more = self._search(f"id IN {sql_list(asked)}", len(asked))
        return {photo: self._named.get(photo, more.get(photo)) for photo in ids}

    def scale(self) -> Scale:
        """BM25 counts from 0."""
        return Scale()

    def _search(self, where: str | None, depth: int, known: Known | None = None) -> dict[str, float]:
        query = self._query
        return search_words(
            self._store,
            query.words,
            where,
            depth,
            query.names,
            without=query.without,
            known=known,
        )
