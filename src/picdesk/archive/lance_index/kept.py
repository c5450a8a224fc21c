"""The neighbour indexes of an archive in an object store: LanceDB has them in its tables, and files say which."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from picdesk.archive.lance_index.build import LEAST, build_lance_index
from picdesk.archive.lance_index.check import problems_of
from picdesk.archive.lance_index.opened import LanceNeighbours
from picdesk.archive.lance_index.pointer import config_of, pointed_columns, pointer_of, read_pointer, read_queries
from picdesk.archive.lance_index.standing import keep_standing, read_standing
from picdesk.archive.store import LOOK_AGAIN
from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.archive.lance_index.pointer import LanceIndex
    from picdesk.archive.neighbours.protocol import Progress
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

FEW_PARTS = 4
"""Parts up to which compacting leaves an index as it is; each addition of photos makes one, and LanceDB joins none."""


class IndexesInTables:
    """See `picdesk.archive.neighbours.protocol.KeptIndexes`.

    Args:
        store: the archive.
    """

    memory: int | None = None
    least = LEAST

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked: dict[str, tuple[float, str | None]] = {}

    def columns(self) -> list[str]:
        """Columns that have an index, readable or not."""
        return pointed_columns(self._store)

    def built(self, column: str) -> LanceIndex | None:
        """The index of a column."""
        return read_pointer(self._store, column)

    def stamp(self, column: str) -> str | None:
        """The store's mark of what is said of a column's index; looked at once a second, as tables are."""
        looked, tag = self._looked.get(column, (float("-inf"), None))
        now = time.monotonic()
        if now - looked >= LOOK_AGAIN.total_seconds():
            try:
                tag = pointer_of(self._store, column).stat().tag  # type: ignore[union-attr] # it lies in a store
            except FileNotFoundError:
                tag = None
            self._looked[column] = now, tag
        return tag

    def open(self, entry: StoredEncoder) -> LanceNeighbours | None:
        """Open the index of a column."""
        return LanceNeighbours.open(self._store, entry)

    def build(
        self,
        entry: StoredEncoder,
        *,
        memory: int | None = None,
        kind: str | None = None,
        queries: NDArray[np.float32] | None = None,
        asked: str = "",
        seed: int = 0,
        device: str | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> LanceIndex:
        """Build the index of a column.

        Raises:
            InputError: a kind, a memory or a device is given: LanceDB asks for none.
        """
        for option, given in (("--kind", kind), ("--memory", memory), ("--device", device)):
            if given is not None:
                raise InputError(
                    f"{self._store.folder} lies in object storage: its index is LanceDB's own, of one kind, built on "
                    "processors and read as it is needed",
                    f"Leave {option} out; it is for archives on a disk.",
                )
        return build_lance_index(self._store, entry, queries=queries, asked=asked, seed=seed, progress=progress)

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with the indexes."""
        return problems_of(self._store)

    def settle(self) -> None:
        """Drop what is said of columns that left, and keep what searches would ask of a whole column."""
        entries = self._store.vector_columns()
        for column in self.columns():
            if column not in entries:
                pointer_of(self._store, column).unlink()  # LanceDB's own index left with the column
                continue
            known = read_standing(self._store, entries[column])
            if known is None or known.version != int(self._store.photos.version):
                keep_standing(self._store, entries[column])

    def renew(self) -> None:
        """Build those again that additions have left in many parts, and measure them on what they were measured on."""
        entries = self._store.vector_columns()
        for column in self.columns():
            built = read_pointer(self._store, column)
            config = config_of(self._store, built.name) if built else None
            if built and config and config.num_segments > FEW_PARTS:
                queries = read_queries(self._store, column)
                asked = built.queries if queries is not None else ""
                build_lance_index(self._store, entries[column], queries=queries, asked=asked)
