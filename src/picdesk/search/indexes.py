"""The neighbour indexes of an archive, opened when they are first asked for and kept up to date."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from picdesk.errors import ArchiveDamaged

if TYPE_CHECKING:
    from collections.abc import Hashable

    from picdesk.archive.neighbours.protocol import KeptIndexes, NeighbourIndex
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store


class Indexes:
    """Indexes by column. One that cannot be used costs a note, not the answer.

    Args:
        store: the archive.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[Hashable, NeighbourIndex | None, str]] = {}
        self._lock = threading.Lock()

    def of(self, entry: StoredEncoder, version: int) -> NeighbourIndex | None:
        """The index of an encoder at a version of the table of photos; ``None`` where none can be used."""
        neighbours = self._open(entry)[0]
        return neighbours if neighbours is not None and neighbours.refresh(version) else None

    def about(self, entry: StoredEncoder, version: int) -> tuple[str, ...]:
        """What the reader of an answer should know of an encoder's index: damaged, or outgrown."""
        neighbours, trouble = self._open(entry)
        if trouble:
            return (trouble,)
        if neighbours is None:
            return ()
        neighbours.refresh(version)
        return neighbours.remarks()

    def opened(self) -> list[NeighbourIndex]:
        """Those that were asked for and know where photos are."""
        known = [neighbours for _, neighbours, _ in list(self._known.values())]
        return [one for one in known if one is not None and one.knows_places]

    @cached_property
    def _kept(self) -> KeptIndexes:
        from picdesk.archive.neighbours.kept import kept_indexes

        return kept_indexes(self._store)

    def _open(self, entry: StoredEncoder) -> tuple[NeighbourIndex | None, str]:
        stamp = self._kept.stamp(entry.column)
        if stamp is None:
            self._known.pop(entry.column, None)
            return None, ""
        with self._lock:
            known = self._known.get(entry.column)
            if known is None or known[0] != stamp:
                known = stamp, *self._read(entry)
                self._known[entry.column] = known
        return known[1], known[2]

    def _read(self, entry: StoredEncoder) -> tuple[NeighbourIndex | None, str]:
        try:
            return self._kept.open(entry), ""
        except ArchiveDamaged as error:
            return None, f"{error.message}; photos are compared one by one, build it again: picdesk index ARCHIVE"
