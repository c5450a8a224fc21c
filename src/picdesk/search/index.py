"""Every vector column of an archive gets its neighbour index, measured on articles where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.neighbours.kept import kept_indexes
from picdesk.archive.schema import MEANING, StoredEncoder
from picdesk.errors import InputError
from picdesk.search.signals.meaning import meaning_vectors
from picdesk.search.vectors import text_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from picdesk.archive.neighbours.built import BuiltIndex
    from picdesk.archive.neighbours.protocol import Progress
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
    memory: int | None = None,
    kind: str | None = None,
    seed: int = 0,
    device: str | None = None,
    progress: Callable[[str, Progress], None] = lambda _, __: None,
) -> tuple[BuiltIndex, ...]:
    """Build the neighbour indexes of an archive, each put in place as soon as it is whole.

    Args:
        store: the archive.
        queries: recall is measured on their texts, best of articles whose photos are not in the archive; without them,
            on vectors of photos with noise.
        encoders: loaded encoders, that read the queries.
        only: build the indexes of these encoders alone, not those of the others and of captions.
        memory: bytes that all indexes together may take; 4 GiB of an archive on a disk where none is given.
        kind: ``flat``, ``pq`` or ``rabitq`` of an archive on a disk; without it the best one.
        seed: draws the samples.
        device: where lists are made: ``cpu``, ``cuda``, ``cuda:N``; ``None`` for a card where there is one.
        progress: called with the encoder's name and how far its index is.

    Raises:
        ArchiveBusy: another process is building.
        ArchiveError: an index cannot be written; the old one is as it was.
        EncoderMismatch: an encoder did not fill the archive.
        InputError: there are no vectors, no such kind, too little memory, too few queries to measure by, or a kind or
            a memory for an archive in object storage.
    """
    if 0 < len(queries) < FEWEST:
        raise InputError(f"{len(queries)} articles are too few to measure recall by", f"Give {FEWEST} or more.")
    loaded = {store.stored(StoredEncoder.of(encoder)).column: encoder for encoder in encoders}
    meaning = store.meaning()
    wanted = [entry for entry in store.encoders() if not only or entry.column in loaded]
    wanted += [meaning] if meaning is not None and not only else []
    kept = kept_indexes(store)
    there = [entry for entry in wanted if store.count(f"{entry.column} IS NOT NULL") >= kept.least]
    if not there:
        raise _nothing(kept.least)
    memory = kept.memory if memory is None else memory
    return tuple(
        kept.build(
            entry,
            memory=None if memory is None else memory // len(there),
            kind=kind,
            queries=rows,
            asked=asked,
            seed=seed,
            device=device,
            progress=lambda how, name=entry.name: progress(name, how),  # type: ignore[misc] # the name is of this round
        )
        for entry in there
        for rows, asked in [_read(store, entry, loaded.get(entry.column), queries)]
    )


def _nothing(least: int) -> InputError:
    if least > 1:
        return InputError(
            f"no encoder has vectors of {least:,} photos here, and fewer need no index in object storage",
            "They are compared one by one in a moment; add more first: picdesk add ... --encoder",
        )
    return InputError("there are no vectors to index", "Add photos with an encoder first: picdesk add ... --encoder")


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
