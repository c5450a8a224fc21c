"""An index that is open: what it answers is of the archive as it is now."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from picdesk.archive.neighbours import files
from picdesk.archive.neighbours.addresses import ADDRESS, NOWHERE, addresses_where, id_texts, prefixes, rows_of
from picdesk.archive.neighbours.coverage import Coverage, as_written, covered_now, same_bits
from picdesk.archive.neighbours.files import ID_BYTES, IDS, INDEX, VECTORS, Built
from picdesk.archive.neighbours.left import Left, Remembered
from picdesk.archive.neighbours.measure import COMPARED, probes_with_filter
from picdesk.archive.neighbours.nearest import Vectors
from picdesk.archive.neighbours.protocol import Found
from picdesk.archive.neighbours.widen import widened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Floats = NDArray[np.float32]
    Rows = NDArray[np.int64]

FEW_GONE = 0.01
"""Share of removed photos up to which they are dropped from the candidates; over it, FAISS passes over them."""

MANY_NEW = 20_000
"""Photos newer than the index from which an answer says so: they take as long as a search of the index."""


class Neighbours:
    """The index of a vector column, open.

    Args:
        store: the archive.
        entry: the encoder whose column it is.
        built: what is known of it.
        home: the folder of the archive's indexes.
        index: FAISS's; ``None`` for a flat one.
    """

    def __init__(self, store: Store, entry: StoredEncoder, built: Built, home: Path, index: Any | None) -> None:
        self.built = built
        self.entry = entry
        self._store = store
        # Vectors are too many to be summed; they are compared with the archive's, a few of every fragment.
        small = (IDS, built.silent, built.addresses)
        checked = {name: files.check_file(home, built, name, ends=name in small) for name in (VECTORS, *small)}
        self._halves = files.mapped(checked[VECTORS], "<f2", built.photos, entry.dimension)
        self._ids = files.mapped(checked[IDS], "u1", built.photos, ID_BYTES)
        self._vectors = Vectors(self._halves, index)
        self._exact = index is None
        self._lock = threading.Lock()
        self._filters = Remembered(store)
        placed = files.mapped(checked[built.addresses], "<u8", built.photos)
        silent = files.mapped(checked[built.silent], "<u8", built.files[built.silent][0] // 8)
        self._written = placed, silent
        self._covered = as_written(placed, silent, entry.dimension)

    @classmethod
    def open(cls, store: Store, entry: StoredEncoder) -> Neighbours | None:
        """Open the index of a column; ``None`` where it has none.

        Raises:
            ArchiveDamaged: its files are not what was written, or are another encoder's.
        """
        home = files.home_of(store)
        built = files.read_built(home, entry.column) if home is not None else None
        if built is None or home is None:
            return None
        if (built.fingerprint, built.dimension) != (entry.fingerprint, entry.dimension):
            pointer = files.pointer_of(home, entry.column)
            raise files.damaged(pointer, f"it is of encoder '{built.encoder}' ({built.fingerprint[:12]}), not {entry}")
        index = None
        if built.factory:
            import faiss

            path = files.check_file(home, built, INDEX, ends=True)
            try:
                index = faiss.read_index(str(path))
            except RuntimeError as error:
                raise files.damaged(path, str(error).strip().splitlines()[0][:200]) from error
            if index.ntotal != built.photos or index.d != built.dimension:
                raise files.damaged(path, f"it holds {index.ntotal:,} vectors of {index.d} numbers")
        return cls(store, entry, built, home, index)

    # -- what it knows ------------------------------------------------------------------------------------------

    def refresh(self, version: int) -> bool:
        """Look at the archive, if it is not at this version any more.

        Returns:
            whether the index can be used: not where far more photos came since than are in it.

        Raises:
            ArchiveDamaged: the archive cannot be read.
        """
        with self._lock:
            known = self._covered.version
            # A search that began before another one's change comes with an older version, and so does a restored copy.
            if known != version and (known < version or known != int(self._store.photos.version)):
                self._covered = covered_now(self._store, self.entry, self._covered, self._ids, self._halves)
            return self._covered.fresh is not None

    @property
    def covered(self) -> Coverage:
        """What it knows of the archive, since the last `refresh`."""
        return self._covered

    @property
    def has_moved(self) -> bool:
        """Whether rows are elsewhere than its files say, or left."""
        placed, silent = self._written
        return not (np.array_equal(placed, self._covered.placed) and np.array_equal(silent, self._covered.silent))

    @property
    def is_exact(self) -> bool:
        """Whether it compares every photo."""
        return self._exact

    @property
    def spares_memory(self) -> bool:
        """Where it has codes: they answer as quickly."""
        return not self._exact

    @property
    def knows_places(self) -> bool:
        """Whether it has looked at the archive, and is used."""
        return self._covered.fresh is not None and self._covered.version >= 0

    def remarks(self) -> tuple[str, ...]:
        """What the reader of an answer should know: that it is not used, or that many photos are newer."""
        fresh, again = self._covered.fresh, "build it again: picdesk index ARCHIVE"
        if fresh is None:
            return (f"the neighbour index of '{self.entry.name}' is not used, for too many photos are newer; {again}",)
        if len(fresh) > MANY_NEW:
            return (f"{len(fresh):,} photos are newer than the neighbour index of '{self.entry.name}'; {again}",)
        return ()

    def lacking(self, where: str | None = None) -> int:
        """How many photos of those that a filter leaves have no vector."""
        silent = self._covered.silent
        if where and len(silent):
            return len(np.intersect1d(addresses_where(self._store, where), silent, assume_unique=True))
        return len(silent)

    def ids_at(self, addresses: Sequence[int]) -> list[str | None]:
        """The photo at each address; ``None`` where it is not known."""
        asked = np.asarray(addresses, dtype=np.uint64)
        rows = self._covered.rows_at(asked)
        names = iter(id_texts(self._ids[rows[rows >= 0]]))
        fresh = self._covered.fresh
        newer = dict(zip(fresh.addresses.tolist(), fresh.ids, strict=True)) if fresh else {}
        return [
            next(names) if row >= 0 else newer.get(address)
            for row, address in zip(rows.tolist(), asked.tolist(), strict=True)
        ]

    def below(self, bound: str) -> Floats:
        """Unit rows ``(m, d)`` of the photos whose id is below a bound: a random sample, for ids are hashes."""
        limit = np.uint64(int(bound.ljust(16, "0")[:16], 16))
        rows = np.flatnonzero((prefixes(self._ids) < limit) & (self._covered.placed != NOWHERE))
        fresh = self._covered.fresh
        newer = [place for place, photo in enumerate(fresh.ids) if photo < bound] if fresh else []
        sample = [self._halves[rows], *([fresh.halves[newer]] if fresh and newer else [])]
        return widened(np.concatenate(sample))

    def count_wrong(self) -> int:
        """How many photos are others, or have another vector, than the index has where they are; all are read."""
        wrong = 0
        for batch in self._store.rows([ADDRESS, "id", self.entry.column]):
            addresses, names, halves, _ = rows_of(pa.Table.from_batches([batch]), self.entry)
            rows = self._covered.rows_at(addresses)
            there = rows >= 0
            same = (self._ids[rows[there]] == names[there]).all(axis=1)
            wrong += int((~(same & same_bits(self._halves[rows[there]], halves[there]))).sum())
        return wrong

    # -- what it answers ----------------------------------------------------------------------------------------

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
        """
        covered = self._covered  # once: another thread may look at the archive meanwhile
        fresh = np.arange(len(covered.fresh)) if covered.fresh else np.empty(0, dtype=np.int64)
        left = self._filters.left_by(where, covered) if where else None
        exact = exact or self._exact or (left is not None and left.count <= compared)
        if exact:
            gone = np.flatnonzero(covered.placed != NOWHERE) if covered.gone else None
            best, cosines = self._vectors.all_of(query, depth, gone if left is None else left.rows())
        else:
            best = self._candidates(covered, query, depth, left)
            cosines = self._vectors.cosines(query, best)
        newer = fresh if left is None else left.newer
        return self._joined(covered, query, depth, best, cosines, newer, exact=exact)

    def _candidates(self, covered: Coverage, query: Floats, depth: int, left: Left | None) -> Rows:
        """Rows near to a query by their codes, among those that are left; ``depth`` where there are as many."""
        built, there = self.built, len(self._vectors) - covered.gone
        allowed, probes = None, built.probes
        if left is not None:
            there, allowed = left.count, left.allowed
            probes = probes_with_filter(probes, there / len(self._vectors), built.lists, built.wider)
        elif covered.gone > FEW_GONE * len(self._vectors):
            allowed = covered.allowed
        while True:
            rows = self._vectors.candidates(query, max(built.candidates, depth), probes, allowed)
            rows = rows[covered.placed[rows] != NOWHERE] if covered.gone else rows
            if len(rows) >= min(depth, there) or probes >= built.lists:
                return rows
            probes = min(4 * probes, built.lists)  # the near lists hold fewer photos than were asked for

    def _joined(
        self,
        covered: Coverage,
        query: Floats,
        depth: int,
        rows: Rows,
        cosines: Floats,
        newer: Rows,
        *,
        exact: bool,
    ) -> Found:
        """The best of the index's rows and of newer photos."""
        best = np.argsort(-cosines, kind="stable")[:depth]
        ids = id_texts(self._ids[rows[best]])
        scores = dict(zip(ids, cosines[best].tolist(), strict=True))
        addresses = dict(zip(ids, covered.placed[rows[best]].tolist(), strict=True))
        fresh = covered.fresh
        if fresh and len(newer):
            some, found = Vectors(fresh.halves).all_of(query, depth, newer)
            more = [fresh.ids[place] for place in some.tolist()]
            addresses |= dict(zip(more, fresh.addresses[some].tolist(), strict=True))
            scores |= dict(zip(more, found.tolist(), strict=True))
            kept = sorted(scores, key=scores.__getitem__, reverse=True)[:depth]
            scores = {photo: scores[photo] for photo in kept}
            addresses = {photo: addresses[photo] for photo in kept}
        return Found(scores=scores, exact=exact, addresses=addresses)
