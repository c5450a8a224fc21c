"""LanceDB builds its index of a column, and it is measured."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import numpy as np

from picdesk.archive.lance_index.judge import QUERIES, TableJudge, queries_of_table
from picdesk.archive.lance_index.pointer import LanceIndex, config_of, write_pointer, write_queries
from picdesk.archive.lance_index.standing import keep_standing
from picdesk.archive.locks import indexing
from picdesk.archive.neighbours.build import PHOTO_QUERIES, checked
from picdesk.archive.neighbours.measure import measure
from picdesk.archive.neighbours.protocol import Progress
from picdesk.errors import ArchiveError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from picdesk.archive.schema import StoredEncoder
    from picdesk.archive.store import Store

    Floats = NDArray[np.float32]

KIND = "rq"
LEAST = 1000
"""Photos from which an index is built; fewer are compared one by one in a moment."""
FIRST = 32
"""Part of the lists that are looked at to begin with, and all in the end: a list is one request, a photo is another."""
NUMBERS = 8
"""A vector's length must be a multiple of it for codes of one bit a number."""


def build_lance_index(
    store: Store,
    entry: StoredEncoder,
    *,
    queries: Floats | None = None,
    asked: str = "",
    seed: int = 0,
    progress: Callable[[Progress], None] = lambda _: None,
) -> LanceIndex:
    """Build the index of a vector column, measure it, and put it in the place of the one that was there.

    While it is measured, photos are compared one by one. One that cannot be built leaves the old one as it was.

    Args:
        store: the archive.
        entry: the encoder that made the vectors.
        queries: ``(m, d)`` unit rows, such as of articles' texts, of which fifty are drawn; without them, vectors
            of photos with noise.
        asked: what the queries are, in words.
        seed: draws queries.
        progress: called now and then.

    Raises:
        ArchiveBusy: another process is building, or adding.
        InputError: too few photos, vectors of a length that is no multiple of 8, or queries of another length.
        StorageUnavailable: the store does not answer.
    """
    generator = np.random.default_rng(seed)
    drawn = None if queries is None else _drawn(checked(queries, entry), generator)
    with indexing(store.folder):
        start = time.monotonic()
        photos = store.count(f"{entry.column} IS NOT NULL")
        if photos < LEAST:
            raise InputError(f"{photos:,} photos have a vector of '{entry.name}'", "Fewer than 1,000 need no index.")
        if entry.dimension % NUMBERS:
            said = f"vectors of '{entry.name}' have {entry.dimension:,} numbers"
            raise InputError(said, "LanceDB indexes vectors whose number of numbers divides by 8.")
        lists = max(1, round(photos**0.5))
        name = f"{entry.column}-{time.time_ns():x}"
        progress(Progress("build", 0, photos))
        _put(store, entry, name, lists)
        seconds = round(time.monotonic() - start, 2)
        version, standing = int(store.photos.version), keep_standing(store, entry)
        if drawn is None:
            drawn = queries_of_table(store, entry, generator)
            asked = PHOTO_QUERIES.format(count=len(drawn))
        elif queries is not None and len(queries) > len(drawn):
            asked = f"{len(drawn)} of the {asked}"
        judge = TableJudge.of(store, entry, drawn, lambda done: progress(Progress("measure", done, photos)))
        measured = measure(judge, photos, lists, first=max(1, lists // FIRST), most=lists)
        config = config_of(store, name)
        if config is None:
            raise ArchiveError(f"the index of '{entry.name}' was dropped while it was measured", "Build it again.")
        built = LanceIndex(
            column=entry.column,
            encoder=entry.name,
            fingerprint=entry.fingerprint,
            dimension=entry.dimension,
            kind=KIND,
            factory=f"LanceDB IVF{lists},RQ",
            lists=lists,
            photos=photos,
            version=version,
            when=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            seconds=seconds,
            memory=None,
            probes=measured.probes,
            candidates=measured.candidates,
            wider=measured.wider,
            queries=asked,
            recall=measured.rows,
            name=name,
            size=int(config.size_bytes),
            silent=standing.silent,
        )
        write_queries(store, entry.column, drawn)
        write_pointer(store, built)
        return built


def _put(store: Store, entry: StoredEncoder, name: str, lists: int) -> None:
    """LanceDB builds it under a new name; those that were there leave then."""
    from lancedb.index import IvfRq

    with store.adding():
        old = [index.name for index in store.photos.list_indices() if entry.column in index.columns]
        config = IvfRq(distance_type="dot", num_partitions=lists, num_bits=1)
        store.write(lambda: store.photos.create_index(entry.column, config=config, name=name))
        for other in old:
            store.write(lambda other=other: store.photos.drop_index(other))  # type: ignore[misc] # of this round


def _drawn(queries: Floats, generator: np.random.Generator) -> Floats:
    """As many of some queries as are asked."""
    if len(queries) <= QUERIES:
        return queries
    return np.asarray(queries[np.sort(generator.choice(len(queries), QUERIES, replace=False))])
