"""LanceDB's index of a column, open: what it answers is of the archive as it is now, for LanceDB sees to that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.lance_index.ask import ask_lance
from picdesk.archive.lance_index.pointer import config_of, damaged, pointer_of, read_pointer
from picdesk.archive.lance_index.standing import read_standing, stand
from picdesk.archive.neighbours.measure import COMPARED, probes_with_filter
from picdesk.archive.neighbours.opened import MANY_NEW
from picdesk.archive.sample import vectors_below
from picdesk.errors import ArchiveDamaged, StorageUnavailable
from picdesk.objects.bucket import LOST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.archive.lance_index.pointer import LanceIndex
    from picdesk.archive.lance_index.standing import Standing
    from picdesk.archive.neighbours.protocol import Found
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Floats = NDArray[np.float32]

OUTGROWN = 2
"""An archive of more than so many times the photos that recall was measured on finds less: its lists are longer."""

MANY_PARTS = 40
"""Parts from which an answer says so; each is read by every search. Each addition of photos makes one."""


class LanceNeighbours:
    """LanceDB's index of a vector column.

    Args:
        store: the archive.
        entry: the encoder whose column it is.
        built: what is known of it.
    """

    is_exact = False
    spares_memory = False
    """A search fetches a thousand vectors; where all fit into memory, they are fetched once."""
    knows_places = False

    def __init__(self, store: Store, entry: StoredEncoder, built: LanceIndex) -> None:
        self.entry = entry
        self.built = built
        self._store = store
        self._seen = -1
        self._there = True
        self._newer = 0
        self._parts = 1
        self._known: Standing | None = None

    @classmethod
    def open(cls, store: Store, entry: StoredEncoder) -> LanceNeighbours | None:
        """Open the index of a column; ``None`` where it has none.

        Raises:
            ArchiveDamaged: what is said of it makes no sense, is of another encoder, or LanceDB has no such index.
            StorageUnavailable: the store does not answer.
        """
        built = read_pointer(store, entry.column)
        if built is None:
            return None
        pointer = pointer_of(store, entry.column)
        if (built.fingerprint, built.dimension) != (entry.fingerprint, entry.dimension):
            raise damaged(pointer, f"it is of encoder '{built.encoder}' ({built.fingerprint[:12]}), not {entry}")
        store.photos.checkout_latest()  # the file may be newer than what was last seen of the table
        if config_of(store, built.name) is None:
            raise damaged(pointer, "the table of photos has no such index, or another one is being built")
        try:  # what it reads is needed by the first search anyway
            ask_lance(store, entry, np.eye(1, entry.dimension, dtype=np.float32)[0], 1, (1, 1))
        except ArchiveDamaged as error:
            raise damaged(pointer, "LanceDB cannot read its files") from error
        except StorageUnavailable as error:
            if LOST in error.message:
                raise damaged(pointer, LOST) from error
            raise
        return cls(store, entry, built)

    def refresh(self, version: int) -> bool:
        """Whether LanceDB has the index at this version of the table."""
        if version != self._seen:
            config = config_of(self._store, self.built.name)
            self._there = config is not None
            self._newer = int(config.num_unindexed_rows) if config else 0
            self._parts = int(config.num_segments) if config else 1
            self._seen = version
        return self._there

    def remarks(self) -> tuple[str, ...]:
        """What the reader of an answer should know: that it is gone, or outgrown."""
        name, again = self.entry.name, "build it again: picdesk index ARCHIVE"
        if not self._there:
            return (f"the neighbour index of '{name}' was lost, or another one is being built; {again}",)
        if self._newer > MANY_NEW:
            return (f"{self._newer:,} photos are newer than the neighbour index of '{name}'; {again}",)
        if self._parts > MANY_PARTS:
            parts = f"the neighbour index of '{name}' has {self._parts} parts, one for each addition of photos"
            return (f"{parts}; join them: picdesk compact ARCHIVE",)
        if (photos := self._store.count()) > OUTGROWN * (self.built.photos + self.built.silent):
            measured = f"recall of the neighbour index of '{name}' was measured on {self.built.photos:,} photos"
            return (f"{measured}, of {photos:,} now; {again}",)
        return ()

    def nearest(
        self, query: Floats, depth: int, where: str | None = None, *, exact: bool = False, compared: int = COMPARED
    ) -> Found:
        """The ``depth`` photos nearest to a query: candidates of the index compared exactly, newer photos all.

        Where a filter leaves 20,000 photos or fewer these are all compared; else it is applied inside the index, and as
        many more lists are looked at as photos are left out.

        Args:
            query: ``(d,)`` unit vector.
            depth: how many.
            where: SQL over the archive's columns.
            exact: compare all.
            compared: photos that a filter leaves up to which all of them are.

        Raises:
            FilterError: the filter makes no sense.
            StorageUnavailable: the store does not answer.
        """
        built = self.built
        photos = self._store.count()
        left = self._store.count(where) if where else photos
        if exact or (where and left <= compared):
            return ask_lance(self._store, self.entry, query, depth, where=where)
        probes = built.probes
        if where:
            probes = probes_with_filter(probes, left / photos, built.lists, built.wider)
        while True:
            setting = probes, max(built.candidates, depth)
            found = ask_lance(self._store, self.entry, query, depth, setting, where)
            if len(found.scores) >= min(depth, left) or probes >= built.lists:
                return found
            probes = min(4 * probes, built.lists)  # the near lists hold fewer photos than were asked for

    def lacking(self, where: str | None = None) -> int:
        """How many photos of those that a filter leaves have no vector."""
        silent = self._standing().silent
        return self._store.count(f"{self.entry.column} IS NULL AND ({where})") if silent and where else silent

    def below(self, bound: str) -> Floats:
        """Unit rows ``(m, d)`` of the photos whose id is below a bound: a random sample, for ids are hashes."""
        known = self._standing()
        return known.sample if known.bound == bound else vectors_below(self._store, self.entry, bound)

    def ids_at(self, addresses: Sequence[int]) -> list[str | None]:
        """Nothing is known: ids are in the table, at the store."""
        return [None] * len(addresses)

    def _standing(self) -> Standing:
        """What is kept of the column, read from the table where that is of another version."""
        if self._known is None or self._known.version != self._seen:
            kept = read_standing(self._store, self.entry)
            self._known = kept if kept and kept.version == self._seen else stand(self._store, self.entry)
        return self._known
