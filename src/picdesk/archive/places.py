"""Where photos lie changes: files are renamed, copied, touched and overwritten. A photo's identity does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.archive.schema import metadata_row, sql_text
from picdesk.errors import PhotoError
from picdesk.photos.fingerprint import content_id
from picdesk.photos.locate import read_bytes, to_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from picdesk.archive.store import Store
    from picdesk.photos.sources import Found
    from picdesk.records import PhotoMetadata

PLACE_COLUMNS = ("id", "name", "uri", "stamp", "file_words", "copy_uris", "copy_names", "copy_stamps")


def places_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Every URI where a photo lies."""
    return (row["uri"], *row["copy_uris"])


def met_again(row: Mapping[str, Any], found: Found, metadata: PhotoMetadata) -> dict[str, Any]:
    """The new values of a photo's row after its bytes were met in ``found``.

    A place that is the row's own, or that replaces one which is gone, brings its words along; any other is a copy.
    """
    changed = {name: row[name] for name in PLACE_COLUMNS}
    copies = {
        uri: (name, stamp)
        for uri, name, stamp in zip(row["copy_uris"], row["copy_names"], row["copy_stamps"], strict=True)
    }
    if found.uri == row["uri"] or (found.uri not in copies and not _exists(row["uri"])):
        own = {"uri": found.uri, "name": found.name, "stamp": found.stamp, "file_words": found.file_words}
        return changed | own | metadata_row(metadata)
    copies[found.uri] = (found.name, found.stamp)
    return changed | _copy_columns(copies) | {name: row[name] for name in metadata_row(metadata)}


def settle(store: Store, disputed: Iterable[str]) -> int:
    """Where two photos claim one place, the bytes that lie there decide.

    A photo that loses its only place is not in its source any more and leaves the archive.

    Returns:
        how many photos left.
    """
    gone = []
    for uri in sorted(disputed):
        claim = f"uri = {sql_text(uri)} OR array_has(copy_uris, {sql_text(uri)})"
        rows = [row for batch in store.rows(PLACE_COLUMNS, claim) for row in batch.to_pylist()]
        if len(rows) < 2:
            continue
        try:
            owner = content_id(read_bytes(uri))
        except PhotoError:
            continue  # the file is gone again; `verify` names it
        for row in rows:
            if row["id"] != owner:
                kept = _without(row, uri)
                if kept:
                    _update(store, kept)
                else:
                    gone.append(row["id"])
    if gone:
        store.delete(gone)
    return len(gone)


def _without(row: Mapping[str, Any], uri: str) -> dict[str, Any] | None:
    """The row after losing a place; None where it was the only one."""
    copies = {
        other: (name, stamp)
        for other, name, stamp in zip(row["copy_uris"], row["copy_names"], row["copy_stamps"], strict=True)
        if other != uri
    }
    if row["uri"] != uri:
        return {**row, **_copy_columns(copies)}
    if not copies:
        return None
    first = next(iter(copies))
    name, stamp = copies.pop(first)
    return {**row, "uri": first, "name": name, "stamp": stamp, **_copy_columns(copies)}


def _copy_columns(copies: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    return {
        "copy_uris": list(copies),
        "copy_names": [name for name, _ in copies.values()],
        "copy_stamps": [stamp for _, stamp in copies.values()],
    }


def _update(store: Store, row: Mapping[str, Any]) -> None:
    import pyarrow as pa

    schema = pa.schema([store.photos.schema.field(name) for name in PLACE_COLUMNS])
    store.update(pa.Table.from_pylist([row], schema=schema))


def _exists(uri: str) -> bool:
    return to_path(uri)[0].exists()
