"""After rows have moved, the files of the indexes are told where they are now, so that the next to open need not look.

Whoever compacts calls it. It is no promise: a reader that finds rows moved looks for them itself.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.archive.locks import indexing
from picdesk.archive.neighbours import files
from picdesk.archive.neighbours.opened import Neighbours
from picdesk.errors import ArchiveBusy, ArchiveDamaged

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.archive.store import Store


def settle_indexes(store: Store) -> None:
    """Write down where the rows of every index are now, drop indexes of columns that left, sweep up what is unused.

    An index that is damaged is left to `verify`, and one that is being built to its builder.
    """
    home = files.home_of(store)
    if home is None or not files.all_built(home):
        return
    with suppress(ArchiveBusy), indexing(home):
        entries = store.vector_columns()
        for column in files.all_built(home):
            if column not in entries:
                files.drop(home, column)
                continue
            with suppress(ArchiveDamaged):
                neighbours = Neighbours.open(store, entries[column])
                if neighbours is not None and neighbours.refresh(int(store.photos.version)):
                    _write(home, neighbours)
        files.sweep(home)


def _write(home: Path, neighbours: Neighbours) -> None:
    """New files of addresses, and a pointer that names them; the old ones stay until the next sweep."""
    built, covered = neighbours.built, neighbours.covered
    if not neighbours.has_moved:
        return
    name = f"addresses-{time.time_ns():x}.u64"
    silent = f"silent-{time.time_ns():x}.u64"
    for file, content in ((name, covered.placed), (silent, covered.silent)):
        path = built.at(home, file)
        with path.open("wb") as out:
            out.write(content.astype("<u8").tobytes())
            out.flush()
            os.fsync(out.fileno())
    files.sync_folder(built.at(home, name).parent)
    known = {file: sums for file, sums in built.files.items() if file not in (built.addresses, built.silent)}
    known |= {file: files.sums_of(built.at(home, file)) for file in (name, silent)}
    files.write_built(home, replace(built, addresses=name, silent=silent, files=known))
