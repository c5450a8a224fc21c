"""Check every promise of an archive against what is on disk, and name what is broken."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from picdesk.archive.captions import TEXT_FIELDS, Captions, caption_text, caption_vectors
from picdesk.archive.neighbours.kept import kept_indexes
from picdesk.archive.places import places_of
from picdesk.archive.schema import PHOTO_COLUMNS, StoredEncoder, matrix_of, photos_schema
from picdesk.errors import ArchiveDamaged, PhotoError
from picdesk.photos.fingerprint import content_id
from picdesk.photos.locate import read_bytes, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from picdesk.archive.log import Log
    from picdesk.archive.store import Store

UNIT_TOLERANCE = 0.002
"""How far float16 may move the length of a unit vector."""

MEANING_TOLERANCE = 0.005
"""How far another batch, runtime or machine may move the vector of a caption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A broken promise.

    Attributes:
        promise: which one, in a word or two: ``identity``, ``original``, ``vector``, ``meaning``, ``words``, ``table``,
            ``removed``, ``choices``, ``uses``, ``neighbours``.
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
        problems += [*_identity(store), *_vectors(store), *_meanings(store), *_words(store), *_kept_out(store)]
        problems += _neighbours(store)
        if originals:
            problems += _originals(store, progress)
    except ArchiveDamaged as error:
        problems.append(Problem(promise="table", item=str(store.folder), what=error.message))
    return [*problems, *_log(store.choices.log), *_log(store.uses.log)]


def _schema(store: Store) -> Iterator[Problem]:
    for field in photos_schema(store.language):
        there = store.photos.schema.field(field.name) if field.name in store.photos.schema.names else None
        if there is None or there.type != field.type:
            yield Problem(promise="table", item=field.name, what=f"column should be {field.type}, is {there}")


def _identity(store: Store) -> Iterator[Problem]:
    for _ in store.rows(PHOTO_COLUMNS):  # a torn file shows when it is read
        pass
    for photo_id, count in _repeated(lambda: (row["id"] for row in _identities(store))):
        yield Problem(promise="identity", item=photo_id, what=f"has {count} rows instead of one")
    for place, count in _repeated(lambda: (uri for row in _identities(store) for uri in places_of(row))):
        yield Problem(promise="identity", item=shown(place), what=f"is claimed by {count} photos")
    for row in _identities(store):
        if len(row["id"]) != 64 or any(digit not in "0123456789abcdef" for digit in row["id"]):
            yield Problem(promise="identity", item=row["id"], what="is no SHA-256")


def _identities(store: Store) -> Iterator[dict[str, Any]]:
    for batch in store.rows(["id", "uri", "copy_uris"]):
        yield from batch.to_pylist()


def _repeated(texts: Callable[[], Iterator[str]]) -> list[tuple[str, int]]:
    """Texts that come more than once; only a 64-bit number of each is held."""
    import numpy as np

    numbers, counts = np.unique(np.fromiter(map(hash, texts()), dtype=np.int64), return_counts=True)
    twice = set(numbers[counts > 1].tolist())
    counted = Counter(text for text in texts() if hash(text) in twice) if twice else Counter()
    return [(text, count) for text, count in counted.items() if count > 1]


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


def _meanings(store: Store) -> Iterator[Problem]:
    """Captions are read again, and compared with what is kept of them."""
    import numpy as np

    entry, model = store.meaning(), Captions(store).model()
    if entry is None or model is None or model.fingerprint != entry.fingerprint:
        return
    complete = store.meanings_complete()
    for batch in store.rows(["id", *TEXT_FIELDS, entry.column]):
        rows = batch.select(["id", *TEXT_FIELDS]).to_pylist()
        wanted, kept = caption_vectors(model, list(map(caption_text, rows))), _matrix(batch, entry)
        near = (wanted * kept).sum(axis=1) > 1 - MEANING_TOLERANCE
        silent, absent = np.isnan(wanted[:, 0]), np.isnan(kept[:, 0])
        for place in np.flatnonzero(~near & ~(silent & absent) & ~(absent & (not complete))):
            what = "has no vector; `picdesk compact` makes it" if absent[place] else "is that of other words"
            yield Problem(promise="meaning", item=rows[place]["id"], what=f"meaning of its caption {what}")


def _matrix(batch: pa.RecordBatch, entry: StoredEncoder) -> Any:
    import pyarrow as pa

    return matrix_of(pa.chunked_array([batch.column(entry.column)]), entry.dimension)


def _words(store: Store) -> Iterator[Problem]:
    if not store.has_word_index():
        yield Problem(promise="words", item="word index", what="is missing; the next `picdesk add` makes it")


def _kept_out(store: Store) -> Iterator[Problem]:
    removed = [row["id"] for row in store.refusals() if row["id"]]
    for photo_id in sorted(store.by_ids(removed, ["id"])):
        yield Problem(promise="removed", item=photo_id, what="was removed on request and is still there")


def _log(log: Log) -> Iterator[Problem]:
    """Rows of a log can be read, each is there once, and what is taken back was there."""
    try:
        rows = log.rows()
    except ArchiveDamaged as error:
        yield Problem(promise=log.name, item=f"table {log.name}", what=error.message)
        return
    if rows and rows[0].keys() != set(log.schema.names):
        yield Problem(promise=log.name, item=f"table {log.name}", what=f"should have {', '.join(log.schema.names)}")
        return
    counts = Counter(row["id"] for row in rows)
    for row_id, count in counts.items():
        if count > 1:
            yield Problem(promise=log.name, item=row_id, what=f"has {count} rows instead of one")
    for row in rows:
        if row["undoes"] and row["undoes"] not in counts:
            yield Problem(promise=log.name, item=row["id"], what=f"takes back {row['undoes']}, which is not there")


def _neighbours(store: Store) -> Iterator[Problem]:
    for item, what in kept_indexes(store).problems():
        yield Problem(promise="neighbours", item=item, what=what)


def _originals(store: Store, progress: Callable[[int], None]) -> Iterator[Problem]:
    places = ((row["id"], uri) for row in _identities(store) for uri in places_of(row))
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
