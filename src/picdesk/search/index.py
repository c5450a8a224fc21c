"""Every vector column of an archive gets its neighbour index, measured on articles where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.neighbours.build import build_index
from picdesk.archive.neighbours.plan import MEMORY
from picdesk.archive.schema import MEANING, StoredEncoder
from picdesk.errors import InputError
from picdesk.search.signals.meaning import meaning_vectors
from picdesk.search.vectors import text_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from picdesk.archive.neighbours.build import Progress
    from picdesk.archive.neighbours.files import Built
    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder
    from picdesk.records import Query

FEWEST = 20
"""Queries from which a recall can be told."""


def index_archive(
    store: Store,
    queries: Sequence[Query] = (),
    encoders: Sequence[Encoder] = (),
    *,
    only: bool = False,
    memory: int = MEMORY,
    kind: str | None = None,
    seed: int = 0,
    progress: Callable[[str, Progress], None] = lambda _, __: None,
) -> tuple[Built, ...]:
    """Build the neighbour indexes of an archive, each put in place as soon as it is whole.

    Args:
        store: the archive, in a local folder.
        queries: recall is measured on their texts, best of articles whose photos are not in the archive; without them,
            on vectors of photos with noise.
        encoders: loaded encoders, that read the queries.
        only: build the indexes of these encoders alone, not those of the others and of captions.
        memory: bytes that all indexes together may take.
        kind: ``flat``, ``pq`` or ``rabitq``; without it the best one.
        seed: draws the samples.
        progress: called with the encoder's name and how far its index is.

    Raises:
        ArchiveBusy: another process is building.
        ArchiveError: an index cannot be written; the old one is as it was.
        EncoderMismatch: an encoder did not fill the archive.
        InputError: there are no vectors, no such kind, too little memory, or too few queries to measure by.
    """
    if 0 < len(queries) < FEWEST:
        raise InputError(f"{len(queries)} articles are too few to measure recall by", f"Give {FEWEST} or more.")
    loaded = {store.stored(StoredEncoder.of(encoder)).column: encoder for encoder in encoders}
    meaning = store.meaning()
    wanted = [entry for entry in store.encoders() if not only or entry.column in loaded]
    wanted += [meaning] if meaning is not None and not only else []
    there = [entry for entry in wanted if store.count(f"{entry.column} IS NOT NULL")]
    if not there:
        raise InputError("there are no vectors to index", "Add photos with an encoder first: picdesk add ... --encoder")
    return tuple(
        build_index(
            store,
            entry,
            memory=memory // len(there),
            kind=kind,
            queries=rows,
            asked=asked,
            seed=seed,
            progress=lambda how, name=entry.name: progress(name, how),  # type: ignore[misc] # the name is of this round
        )
        for entry in there
        for rows, asked in [_read(store, entry, loaded.get(entry.column), queries)]
    )


def _read(
    store: Store, entry: StoredEncoder, encoder: Encoder | None, queries: Sequence[Query]
) -> tuple[NDArray[np.float32] | None, str]:
    """The vectors of the queries by an encoder, and what they are; ``None`` where it reads too few of them."""
    if entry.kind == MEANING:
        _, rows = meaning_vectors(store, queries)
        rows = rows[np.isfinite(rows).all(axis=1)] if rows.size else rows[:0]
    elif encoder is not None and encoder.has_texts and any(query.texts for query in queries):
        rows = text_vectors(encoder, [query for query in queries if query.texts])
    else:
        return None, ""
    return (rows, f"texts of {len(rows):,} articles") if len(rows) >= FEWEST else (None, "")
