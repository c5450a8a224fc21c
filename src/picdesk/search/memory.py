"""What an open archive keeps in memory between searches, so that the next one is quick."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from picdesk.archive.schema import matrix_of
from picdesk.search.indexes import Indexes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.archive.neighbours.protocol import NeighbourIndex
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Floats = NDArray[np.float32]

PHOTOS = 300_000
"""Archives of more photos are not kept in memory."""

BYTES = 1 << 30
"""Vectors that would take more than this are not kept in memory: 500,000 of 512 numbers."""

MET = 200_000
"""Photos of earlier answers whose places are remembered."""

FILTERS = 32
"""Filters whose photos are remembered: one stays while a headline is edited, and every signal asks for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An archive at one version.

    Attributes:
        version: of the table of photos.
        ids: of its photos.
        rows: photo id -> its place in ``ids``.
        addresses: for each photo, where LanceDB has its row; no other row ever has that address.
        by_address: the other way round.
        vectors: by column, ``(n, d)`` float32 unit rows in the order of ``ids``; NaN for a photo without one.
        columns: by name, photo id -> value of small columns that were asked for.
        passed: filter -> ``(n,)`` bool, which photos it leaves.
    """

    version: int
    ids: tuple[str, ...]
    rows: dict[str, int]
    addresses: tuple[int, ...]
    by_address: dict[int, str]
    vectors: dict[str, Floats] = field(default_factory=dict)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    passed: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


class Memory:
    """What is kept of an archive as it is now.

    Its neighbour indexes are opened where there are any. Of an archive that is small enough, ids, and vectors that have
    no index, are read when it is searched a second time without a change in between: a command that searches once reads
    no more than it needs. What another process adds or removes makes a new version of the table, and these are read
    again. Several threads may search with one memory: each search takes it as it
    is `now`, and what one of them reads is read for all.

    Args:
        store: the archive.
        photos: archives of more photos are not kept.
        size: vectors of more bytes than this are not kept.
    """

    def __init__(self, store: Store, photos: int = PHOTOS, size: int = BYTES) -> None:
        self._store = store
        self._photos = photos
        self._size = size
        self._seen = -1
        self._kept: Kept | None = None
        self._lacking: dict[str, tuple[int, int]] = {}
        self._samples: dict[str, tuple[int, Floats]] = {}
        self._indexes = Indexes(store)
        self._met: dict[str, int] = {}
        self._lock = threading.RLock()

    def now(self) -> Memory:
        """This memory as the archive is now, for one search: another search that finds a change alters nothing in it.

        What it reads of the archive, this memory has read too.
        """
        with self._lock:
            self.refresh()
            return copy.copy(self)

    def refresh(self) -> None:
        """Look at the archive's version: what is kept of another one is forgotten. Once a search, before all else."""
        version = int(self._store.photos.version)
        if self._kept is not None and self._kept.version != version:
            self._kept = None
        if self._kept is None and self._seen == version and self._store.count() <= self._photos:
            self._kept = self._read(version)
        self._seen = version

    @property
    def kept(self) -> Kept | None:
        """The archive in memory; ``None`` where it is not there."""
        return self._kept

    def vectors(self, entry: StoredEncoder) -> Floats | None:
        """An encoder's vectors ``(n, d)`` in the order of ``kept.ids``; ``None`` where they are not in memory.

        Those that have an index which is as quick are not.
        """
        kept, neighbours = self._kept, self.neighbours(entry)
        spared = neighbours is not None and neighbours.spares_memory
        if kept is None or 4 * len(kept.ids) * entry.dimension > self._size or spared:
            return None
        with self._lock:
            if entry.column not in kept.vectors:
                vectors = self._read_vectors(kept, entry)
                if vectors is None:
                    return None
                kept.vectors[entry.column] = vectors
        return kept.vectors[entry.column]

    def passed(self, kept: Kept, where: str) -> NDArray[np.bool_]:
        """Which of the photos in memory a filter leaves ``(n,)``.

        Raises:
            FilterError: the filter makes no sense.
        """
        import numpy as np

        with self._lock:
            known = kept.passed.get(where)
            if known is None:
                known = np.zeros(len(kept.ids), dtype=np.bool_)
                for batch in self._store.rows(["_rowid"], where):
                    addresses = batch.column("_rowid").to_pylist()
                    known[[kept.rows[kept.by_address[one]] for one in addresses if one in kept.by_address]] = True
                while len(kept.passed) >= FILTERS:
                    del kept.passed[next(iter(kept.passed))]
                kept.passed[where] = known
        return known

    def neighbours(self, entry: StoredEncoder) -> NeighbourIndex | None:
        """The index of an encoder, as it is now; ``None`` where there is none that can be used."""
        return self._indexes.of(entry, self._seen)

    def about_index(self, entry: StoredEncoder) -> tuple[str, ...]:
        """Why an index that is there is not used, or does not have all photos, for the reader of an answer."""
        return self._indexes.about(entry, self._seen)

    def meet(self, addresses: Mapping[str, int]) -> None:
        """Remember where photos of an answer are."""
        if len(self._met) > MET:
            self._met.clear()
        self._met.update(addresses)

    @property
    def knows_places(self) -> bool:
        """Whether `ids_at` has anything to say."""
        return self._kept is not None or bool(self._indexes.opened())

    def ids_at(self, addresses: Sequence[int]) -> list[str | None]:
        """The photo at each address, as far as they are known; reading 1,000 ids takes longer than a word search."""
        kept = self._kept
        if kept is not None:
            return [kept.by_address.get(address) for address in addresses]
        found: list[str | None] = [None] * len(addresses)
        for neighbours in self._indexes.opened():
            lacking = [place for place, photo in enumerate(found) if photo is None]
            there = neighbours.ids_at([addresses[place] for place in lacking])
            for place, photo in zip(lacking, there, strict=True):
                found[place] = photo
        self.meet({photo: address for photo, address in zip(found, addresses, strict=True) if photo is not None})
        return found

    def lacking(self, entry: StoredEncoder, where: str | None = None) -> int:
        """How many photos of those that a filter leaves have no vector of an encoder."""
        neighbours = self.neighbours(entry)
        if neighbours is not None:
            return neighbours.lacking(where)
        lacks = f"{entry.column} IS NULL"
        known = self._lacking.get(entry.column)
        if known is None or known[0] != self._seen:
            # Reading a whole column of vectors to count takes longer than the search itself.
            known = self._seen, self._store.count(lacks)
            self._lacking[entry.column] = known
        return self._store.count(f"{lacks} AND ({where})") if known[1] and where else known[1]

    def sample(self, entry: StoredEncoder) -> Floats:
        """Vectors that stand for all of an encoder (see `spread.sample_vectors`)."""
        from picdesk.archive.sample import bound_of
        from picdesk.search.signals.spread import sample_vectors

        known = self._samples.get(entry.column)
        if known is None or known[0] != self._seen:
            neighbours, bound = self.neighbours(entry), bound_of(self._store.count())
            # Reading the ids of a large archive takes longer than the search itself; its index has them.
            by_index = neighbours is not None and bound
            sample = neighbours.below(bound) if neighbours and by_index else sample_vectors(self._store, entry)
            known = self._seen, sample
            self._samples[entry.column] = known
        return known[1]

    def by_ids(self, ids: Sequence[str], columns: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Rows by photo id, as `Store.by_ids` gives them; by their addresses where these are known."""
        kept = self._kept
        if kept is None:
            met = (self._met.get(photo) for photo in ids)
            addresses = [address for address in met if address is not None]
        else:
            addresses = [kept.addresses[kept.rows[photo]] for photo in ids if photo in kept.rows]
        if not addresses:
            return self._store.by_ids(ids, columns)
        found = self._store.photos.take_row_ids(addresses).select(list(columns)).to_list()
        rows = {row["id"]: row for row in found}
        # An archive that was changed in this moment has moved its rows.
        moved = [photo for photo in ids if photo not in rows]
        return rows | (self._store.by_ids(moved, columns) if moved else {})

    def column(self, name: str, ids: Sequence[str]) -> dict[str, Any]:
        """One column's values by photo id; the whole column is kept where the archive is in memory."""
        if self._kept is None:
            return {photo: row[name] for photo, row in self.by_ids(ids, ["id", name]).items()}
        columns = self._kept.columns
        with self._lock:
            if name not in columns:
                table = self._store.photos.search().select(["id", name]).to_arrow()
                columns[name] = dict(zip(table["id"].to_pylist(), table[name].to_pylist(), strict=True))
        return {photo: columns[name][photo] for photo in ids if photo in columns[name]}

    def _read(self, version: int) -> Kept | None:
        table = self._store.photos.search().select(["id"]).with_row_id(True).to_arrow()
        ids, addresses = tuple(table["id"].to_pylist()), tuple(table["_rowid"].to_pylist())
        if int(self._store.photos.version) != version:
            return None
        rows = {photo: row for row, photo in enumerate(ids)}
        return Kept(version, ids, rows, addresses, dict(zip(addresses, ids, strict=True)))

    def _read_vectors(self, kept: Kept, entry: StoredEncoder) -> Floats | None:
        """The vectors, rows in the order of the ids; None where the archive has changed meanwhile."""
        import numpy as np

        table = self._store.photos.search().select([entry.column]).with_row_id(True).to_arrow()
        addresses = table["_rowid"].to_pylist()
        if set(addresses) != kept.by_address.keys():
            return None
        vectors = unit_rows(matrix_of(table[entry.column], entry.dimension))
        order = [kept.rows[kept.by_address[address]] for address in addresses]
        if order == list(range(len(order))):
            return vectors
        placed = np.empty_like(vectors)
        placed[order] = vectors
        return placed


def unit_rows(vectors: Floats) -> Floats:
    """Rows divided by their length, in place: float16 moved it by up to 0.0005, and a photo's twin shall be at 1."""
    import numpy as np

    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
