"""Where photos lie changes: files are renamed, copied, touched and overwritten. A photo's identity does not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.archive.captions import Captions
from picdesk.archive.schema import METADATA_FIELDS, metadata_row, sql_list
from picdesk.errors import PhotoError
from picdesk.photos.fingerprint import content_id
from picdesk.photos.locate import is_there, read_bytes, to_place, valid_text
from picdesk.photos.words import file_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from picdesk.archive.store import Store
    from picdesk.photos.sources import Found

CHANGEABLE = ("id", "name", "uri", "stamps", "file_words", "copy_uris", "copy_names", *METADATA_FIELDS)
"""Columns that change when a photo's bytes are met again."""

KEPT_STAMPS = 8
"""Stamps remembered of a photo: its places, as each source that names them sees them."""


def places_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Every URI where a photo lies."""
    return (row["uri"], *row["copy_uris"])


def met_again(row: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """The new values of a photo's row after its bytes were met in ``found``.

    What the source says there overwrites; where it is silent, what was said stays. A place that replaces one which is
    gone brings its name and words along. Any other is a copy: it only fills what nobody has said.
    """
    said = {name: value for name, value in metadata_row(found.given).items() if value}
    changed: dict[str, Any] = {name: row[name] for name in CHANGEABLE}
    changed["stamps"] = [*(stamp for stamp in row["stamps"] if stamp != found.stamp), found.stamp][-KEPT_STAMPS:]
    if found.uri == row["uri"]:
        named = {"name": found.name} if found.name != _plain_name(found.uri) else {}
        worded = {"file_words": found.file_words} if found.file_words else {}
        return changed | said | named | worded
    if found.uri not in row["copy_uris"] and not is_there(row["uri"]):
        given_name = row["name"] != _plain_name(row["uri"]) and found.name == _plain_name(found.uri)
        name = row["name"] if given_name else found.name
        return changed | said | {"name": name, "uri": found.uri, "file_words": found.file_words}
    copies = dict(zip(row["copy_uris"], row["copy_names"], strict=True)) | {found.uri: found.name}
    silent = {name: value for name, value in said.items() if not row[name]}
    return changed | silent | _copy_columns(copies)


def update_rows(store: Store, rows: Sequence[Mapping[str, Any]], captions: Captions) -> None:
    """Write the changed rows of photos that are there, the meaning of their words with them: one commit."""
    import pyarrow as pa

    meanings = captions.columns(rows)  # may make the column, so that the schema comes after
    schema = store.photos.schema
    table = pa.Table.from_pylist(list(rows), schema=pa.schema([schema.field(name) for name in CHANGEABLE]))
    for name, vectors in meanings.items():
        table = table.append_column(schema.field(name), vectors)
    store.update(table)


def settle(store: Store, disputed: Iterable[str]) -> int:
    """Where two photos claim one place, the bytes that lie there decide.

    A photo that loses its only place is not in its source any more and leaves the archive.

    Returns:
        how many photos left.
    """
    gone = []
    uris = sorted(disputed)
    for part in (set(uris[start : start + 500]) for start in range(0, len(uris), 500)):
        rows = list(_claiming(store, part))
        claims = Counter(uri for row in rows for uri in places_of(row) if uri in part)
        contested = {uri: owner for uri, count in claims.items() if count > 1 and (owner := _owner(uri))}
        for row in rows:
            lost = {uri for uri in places_of(row) if contested.get(uri, row["id"]) != row["id"]}
            if lost and not _lose(store, row, lost):
                gone.append(row["id"])
    store.delete(gone)
    return len(gone)


def prune(store: Store) -> list[str]:
    """Forget places where no file lies any more.

    Returns:
        ids of the photos that lie nowhere now; they are still there.
    """
    nowhere = []
    for row in _rows(store):
        dead = {uri for uri in places_of(row) if not is_there(uri)}
        if dead and not _lose(store, row, dead):
            nowhere.append(row["id"])
    return nowhere


def _rows(store: Store, where: str | None = None) -> Iterator[dict[str, Any]]:
    for batch in store.rows(CHANGEABLE, where):
        yield from batch.to_pylist()


def _claiming(store: Store, uris: set[str]) -> Iterator[dict[str, Any]]:
    """The photos that lie at one of some places."""
    yield from _rows(store, f"uri IN {sql_list(uris)}")
    for row in _rows(store, f"array_length(copy_uris) > 0 AND uri NOT IN {sql_list(uris)}"):
        if uris.intersection(row["copy_uris"]):
            yield row


def _owner(uri: str) -> str | None:
    try:
        return content_id(read_bytes(uri))
    except PhotoError:
        return None  # the file is gone again; `verify` names it


def _lose(store: Store, row: Mapping[str, Any], lost: set[str]) -> bool:
    """Take places from a photo; False, and nothing done, where none would be left."""
    copies = {uri: name for uri, name in zip(row["copy_uris"], row["copy_names"], strict=True) if uri not in lost}
    # Without stamps the next run reads its places again and brings their own words.
    changed: dict[str, Any] = {"stamps": []}
    if row["uri"] in lost:
        if not copies:
            return False
        uri, name = next(iter(copies.items()))
        del copies[uri]
        changed |= {"uri": uri, "name": name, "file_words": file_words(_last_part(uri))}
    update_rows(store, [{**row, **changed, **_copy_columns(copies)}], Captions(store))
    return True


def _copy_columns(copies: Mapping[str, str]) -> dict[str, Any]:
    return {"copy_uris": list(copies), "copy_names": list(copies.values())}


def _last_part(uri: str) -> str:
    path, member = to_place(uri)
    return valid_text(Path(member).name if member else path.name)


def _plain_name(uri: str) -> str:
    """The name that a source gives a file where it has no better one."""
    return Path(_last_part(uri)).stem
