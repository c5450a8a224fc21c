"""What is wrong with an archive's indexes: every byte of their files, and every row against the archive's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.archive.neighbours import files
from picdesk.archive.neighbours.opened import Neighbours
from picdesk.errors import ArchiveDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.archive.store import Store


def problems_of_indexes(store: Store) -> Iterator[tuple[str, str]]:
    """The file or column, and what is wrong with it; nothing where every index holds what it promises."""
    entries = store.vector_columns()
    home = files.home_of(store)
    if home is None:
        return
    for column in files.all_built(home):
        if column not in entries:
            yield column, "has an index and is no column any more; `picdesk compact` drops the index"
            continue
        try:
            if (built := files.read_built(home, column)) is not None:
                for name in built.files:
                    files.check_file(home, built, name, whole=True)
            neighbours = Neighbours.open(store, entries[column])
            if neighbours is not None:
                yield from _rows(store, neighbours)
        except ArchiveDamaged as error:
            yield column, f"{error.message}; build it again: `picdesk index`"


def _rows(store: Store, neighbours: Neighbours) -> Iterator[tuple[str, str]]:
    neighbours.refresh(int(store.photos.version))
    wrong = neighbours.count_wrong()
    if wrong:
        column = neighbours.entry.column
        yield column, f"the index has other vectors of {wrong:,} photos; build it again: `picdesk index`"
