"""The neighbour indexes of an archive, opened when they are first asked for and kept up to date."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from picdesk.errors import ArchiveDamaged

if TYPE_CHECKING:
    from picdesk.archive.neighbours.opened import Neighbours
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Stamp = tuple[int, int]

MANY_NEW = 20_000
"""Photos newer than the index from which an answer says so: they take as long as a search of the index."""


class Indexes:
    """Indexes by column. One that cannot be used costs a note, not the answer.

    Args:
        store: the archive.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[Stamp, Neighbours | None, str]] = {}
        self._lock = threading.Lock()

    def of(self, entry: StoredEncoder, version: int) -> Neighbours | None:
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
        again = "build it again: picdesk index ARCHIVE"
        usable, fresh = neighbours.refresh(version), neighbours.covered.fresh
        if not usable or fresh is None:
            return (f"the neighbour index of '{entry.name}' is not used, for too many photos are newer; {again}",)
        if len(fresh) > MANY_NEW:
            return (f"{len(fresh):,} photos are newer than the neighbour index of '{entry.name}'; {again}",)
        return ()

    def opened(self) -> list[Neighbours]:
        """Those that were asked for and can be used."""
        known = [neighbours for _, neighbours, _ in list(self._known.values())]
        return [one for one in known if one is not None and one.covered.fresh is not None and one.covered.version >= 0]

    def _open(self, entry: StoredEncoder) -> tuple[Neighbours | None, str]:
        from picdesk.archive.neighbours.files import home_of, pointer_of

        try:
            home = home_of(self._store)
            status = None if home is None else pointer_of(home, entry.column).stat()
        except OSError:
            status = None
        if status is None:
            self._known.pop(entry.column, None)
            return None, ""
        stamp = status.st_mtime_ns, status.st_ino
        with self._lock:
            known = self._known.get(entry.column)
            if known is None or known[0] != stamp:
                known = stamp, *self._read(entry)
                self._known[entry.column] = known
        return known[1], known[2]

    def _read(self, entry: StoredEncoder) -> tuple[Neighbours | None, str]:
        from picdesk.archive.neighbours.opened import Neighbours

        try:
            return Neighbours.open(self._store, entry), ""
        except ArchiveDamaged as error:
            return None, f"{error.message}; photos are compared one by one, build it again: picdesk index ARCHIVE"
