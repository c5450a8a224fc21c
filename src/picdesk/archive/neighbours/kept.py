"""Where the neighbour indexes of an archive are kept: FAISS's beside a local one, LanceDB's own in an object store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.archive.neighbours import files
from picdesk.archive.neighbours.build import build_index
from picdesk.archive.neighbours.check import problems_of_indexes
from picdesk.archive.neighbours.opened import Neighbours
from picdesk.archive.neighbours.plan import MEMORY
from picdesk.archive.neighbours.settle import settle_indexes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from picdesk.archive.neighbours.files import Built
    from picdesk.archive.neighbours.protocol import KeptIndexes, Progress
    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store


def kept_indexes(store: Store) -> KeptIndexes:
    """The neighbour indexes of an archive."""
    home = files.home_of(store)
    if home is not None:
        return IndexesBeside(store, home)
    from picdesk.archive.lance_index.kept import IndexesInTables

    return IndexesInTables(store)


class IndexesBeside:
    """FAISS's indexes in a folder of the archive; see `picdesk.archive.neighbours.protocol.KeptIndexes`.

    Args:
        store: the archive, in a local folder.
        home: the folder of its indexes.
    """

    memory: int | None = MEMORY
    least = 1

    def __init__(self, store: Store, home: Path) -> None:
        self._store = store
        self._home = home

    def columns(self) -> list[str]:
        """Columns that have an index, readable or not."""
        return files.all_built(self._home)

    def built(self, column: str) -> Built | None:
        """The index of a column."""
        return files.read_built(self._home, column)

    def stamp(self, column: str) -> tuple[int, int] | None:
        """Time and number of the file that says which index a column has."""
        try:
            status = files.pointer_of(self._home, column).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    def open(self, entry: StoredEncoder) -> Neighbours | None:
        """Open the index of a column."""
        return Neighbours.open(self._store, entry)

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
    ) -> Built:
        """Build the index of a column."""
        return build_index(
            self._store,
            entry,
            memory=MEMORY if memory is None else memory,
            kind=kind,
            queries=queries,
            asked=asked,
            seed=seed,
            device=device,
            progress=progress,
        )

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong with the indexes."""
        return problems_of_indexes(self._store)

    def settle(self) -> None:
        """Write down where rows are now."""
        settle_indexes(self._store)

    def renew(self) -> None:
        """Nothing: what is newer than an index is compared beside it."""
