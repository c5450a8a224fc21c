"""What is wrong with an archive's indexes in its tables: whether all of each can be read, and what it finds today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.lance_index.judge import TableJudge, queries_of_table
from picdesk.archive.lance_index.opened import LanceNeighbours
from picdesk.archive.lance_index.pointer import pointed_columns
from picdesk.errors import ArchiveDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

LESS = 0.9
"""Share of the promised recall that an index must find: the queries are others than those that it was measured on."""


def problems_of(store: Store) -> Iterator[tuple[str, str]]:
    """The column, and what is wrong with its index; nothing where every index holds what it promises."""
    entries = store.vector_columns()
    for column in pointed_columns(store):
        if column not in entries:
            yield column, "has an index and is no column any more; `picdesk compact` drops the index"
            continue
        try:
            yield from _found(store, entries[column])
        except ArchiveDamaged as error:
            yield column, f"{error.message}; build it again: `picdesk index`"


def _found(store: Store, entry: StoredEncoder) -> Iterator[tuple[str, str]]:
    neighbours = LanceNeighbours.open(store, entry)
    promised = neighbours.built.chosen if neighbours else None
    if neighbours is None or promised is None:
        return
    built = neighbours.built
    judge = TableJudge.of(store, entry, queries_of_table(store, entry, np.random.default_rng(0)))
    judge.recall(built.lists, built.candidates)  # reads every list
    found = judge.recall(built.probes, built.candidates).at_100
    if found < LESS * promised.at_100:
        said = f"the index finds {found:.0%} of the hundred nearest photos instead of {promised.at_100:.0%}"
        yield entry.column, f"{said}; build it again: `picdesk index`"
