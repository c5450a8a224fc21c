"""Check every promise of an archive against what is on disk, and name what is broken."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from picdesk.archive.schema import PHOTO_COLUMNS, StoredEncoder, matrix_of, photos_schema
from picdesk.errors import PhotoError, PicdeskError
from picdesk.photos.fingerprint import content_id
from picdesk.photos.locate import read_bytes, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from picdesk.archive.store import Store

UNIT_TOLERANCE = 0.002
"""How far float16 may move the length of a unit vector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A broken promise.

    Attributes:
        promise: which one, in a word or two: ``identity``, ``original``, ``vector``, ``words``, ``table``, ``removed``.
        item: the photo, the file or the column it is about.
        what: what was found.
    """

    promise: str
    item: str
    what: str


def verify(store: Store, *, originals: bool = True, progress: Callable[[int], None] = lambda _: None) -> list[Problem]:
    """Every broken promise of an archive; an empty list is the proof.

    Args:
        store: the archive.
        originals: read every original again and compare its hash; without it, originals are not looked at.
        progress: called with the number of originals read so far.
    """
    problems = list(_schema(store))
    try:
        problems += [*_identity(store), *_vectors(store), *_words(store), *_kept_out(store)]
        if originals:
            problems += _originals(store, progress)
    except PicdeskError:
        raise
    except Exception as error:  # LanceDB reports a torn file with whatever its reader raised
        problems.append(Problem(promise="table", item=str(store.folder), what=str(error).splitlines()[0]))
    return problems


def _schema(store: Store) -> Iterator[Problem]:
    for field in photos_schema(store.language):
        there = store.photos.schema.field(field.name) if field.name in store.photos.schema.names else None
        if there is None or there.type != field.type:
            yield Problem(promise="table", item=field.name, what=f"column should be {field.type}, is {there}")


def _identity(store: Store) -> Iterator[Problem]:
    counted: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for batch in store.rows(PHOTO_COLUMNS):
        counted.update(batch.column("id").to_pylist())
        places.update(batch.column("uri").to_pylist())
        places.update(batch.column("copy_uris").flatten().to_pylist())
    for photo_id, count in counted.items():
        if count > 1:
            yield Problem(promise="identity", item=photo_id, what=f"has {count} rows instead of one")
        if len(photo_id) != 64 or any(digit not in "0123456789abcdef" for digit in photo_id):
            yield Problem(promise="identity", item=photo_id, what="is no SHA-256")
    for uri, count in places.items():
        if count > 1:
            yield Problem(promise="identity", item=shown(uri), what=f"is claimed by {count} photos")


def _vectors(store: Store) -> Iterator[Problem]:
    import numpy as np

    for entry in store.encoders():
        for batch in store.rows(["id", entry.column]):
            matrix = _matrix(batch, entry)
            lengths = np.linalg.norm(matrix, axis=1)
            absent = np.asarray(batch.column(entry.column).is_null())
            wrong = ~absent & ~(np.abs(lengths - 1) < UNIT_TOLERANCE)
            for place in np.flatnonzero(wrong):
                yield Problem(
                    promise="vector",
                    item=batch.column("id")[int(place)].as_py(),
                    what=f"vector of '{entry.name}' has length {lengths[place]:.4f} instead of 1",
                )


def _matrix(batch: pa.RecordBatch, entry: StoredEncoder) -> Any:
    import pyarrow as pa

    return matrix_of(pa.chunked_array([batch.column(entry.column)]), entry.dimension)


def _words(store: Store) -> Iterator[Problem]:
    if not store.has_word_index():
        yield Problem(promise="words", item="word index", what="is missing; the next `picdesk add` makes it")


def _kept_out(store: Store) -> Iterator[Problem]:
    rows = store.refused.search().where("id IS NOT NULL").select(["id"]).to_arrow().column("id").to_pylist()
    for photo_id in sorted(store.by_ids(rows, ["id"])):
        yield Problem(promise="removed", item=photo_id, what="was removed on request and is still there")


def _originals(store: Store, progress: Callable[[int], None]) -> Iterator[Problem]:
    places = (
        (row["id"], uri)
        for batch in store.rows(["id", "uri", "copy_uris"])
        for row in batch.to_pylist()
        for uri in (row["uri"], *row["copy_uris"])
    )
    read = 0
    with ThreadPoolExecutor() as pool:
        while part := list(islice(places, 256)):
            yield from filter(None, pool.map(_original, part))
            read += len(part)
            progress(read)


def _original(place: tuple[str, str]) -> Problem | None:
    photo_id, uri = place
    try:
        found = content_id(read_bytes(uri))
    except PhotoError as error:
        return Problem(promise="original", item=shown(uri), what=error.message)
    if found != photo_id:
        return Problem(promise="original", item=shown(uri), what="holds other bytes than when it was added")
    return None
