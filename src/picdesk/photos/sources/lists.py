"""A list of photos: a table (CSV, TSV, JSON Lines, Parquet) with a column that says where each photo is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from picdesk.errors import PhotoError, SourceError
from picdesk.objects import ObjectPath
from picdesk.objects.address import is_address
from picdesk.photos.ahead import ahead
from picdesk.photos.locate import one_line, printable, to_place, to_uri
from picdesk.photos.sources.columns import given, have, match_columns, text
from picdesk.photos.sources.found import found_file, refused
from picdesk.photos.sources.rows import count_rows, read_columns, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from picdesk.objects import Place
    from picdesk.photos.sources.found import Found
    from picdesk.records import PhotoMetadata

LIST_ENDINGS = frozenset({".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet"})
THREADS = 32
"""Objects that a store is asked about at a time: an answer takes tens of milliseconds, and nothing else."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:(?=/)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PhotoList:
    """The photos that a list names, in its order.

    A relative path counts from the list's own folder; an absolute path, a ``file:`` URI or an address in an object
    store is taken as it is.

    Attributes:
        path: the list.
        matched: field -> column.
    """

    path: Place
    matched: Mapping[str, str]

    @property
    def label(self) -> str:
        """What messages call the source."""
        return printable(str(self.path))

    def __iter__(self) -> Iterator[Found]:
        rows = read_rows(self.path, self.matched.values())
        try:
            first = list(islice(rows, 1))
            if any(self._is_remote(row) for _, row in first):
                yield from ahead(self._row, chain(first, rows), threads=THREADS, reach=4 * THREADS)
            else:
                yield from map(self._row, chain(first, rows))
        except OSError as error:  # of the list itself; a photo's own are said when it is read
            raise SourceError(f"the list cannot be read: {printable(str(self.path))}: {one_line(error)}") from error

    def count(self) -> int:
        """How many rows; no photo is looked at."""
        return count_rows(self.path)

    def _is_remote(self, row: Mapping[str, Any] | str) -> bool:
        where = "" if isinstance(row, str) else row.get(self.matched["path"])
        return isinstance(self.path, ObjectPath) or (isinstance(where, str) and is_address(where))

    def _row(self, numbered: tuple[int, Mapping[str, Any] | str]) -> Found:
        line, row = numbered
        uri = to_uri(self.path, f"line={line}")
        return refused(uri, row) if isinstance(row, str) else self._found(uri, line, row)

    def _found(self, uri: str, line: int, row: Mapping[str, Any]) -> Found:
        where = row.get(self.matched["path"])
        name = text(row.get(self.matched["name"])) if "name" in self.matched else ""
        said = given(row, self.matched)
        if not isinstance(where, str) or not where.strip():
            return refused(uri, f"line {line} names no file", name=name, given=said)
        return _at(self.path.parent, where.strip(), name or None, said)


def open_list(where: Place, columns: Mapping[str, str]) -> PhotoList:
    """A list as a source.

    Raises:
        SourceError: it cannot be read, or has no column that says where the photos are, or not one of ``columns``.
    """
    present = read_columns(where)
    matched = match_columns(present, columns)
    if "path" not in matched:
        raise SourceError(f"no column says where the photos are: {printable(str(where))}", have(present))
    return PhotoList(where, matched)


def _at(folder: Place, where: str, name: str | None, said: PhotoMetadata) -> Found:
    scheme = _SCHEME.match(where)
    if not scheme:
        return found_file(_beside(folder, where), name=name, given=said)
    if scheme[0].lower() in {"http:", "https:"}:
        reason = "remote pictures are not fetched; download them first"
        return refused(printable(where), reason, name=name or "", given=said)
    try:
        path, member = to_place(where)
    except PhotoError as error:
        return refused(printable(where), error.message, name=name or "", given=said)
    return found_file(path, member=member, name=name, given=said)


def _beside(folder: Place, where: str) -> Place:
    if isinstance(folder, Path):
        return _without_dots(folder / where)
    place = Path(where) if where.startswith("/") else folder
    for part in where.split("/") if isinstance(place, ObjectPath) else ():
        place = place.parent if part == ".." else place / part if part not in {"", "."} else place
    return place


def _without_dots(path: Path) -> Path:
    """The path without ``..``, so that one file has one URI; through the file system, since links change its sense."""
    try:
        return path.parent.resolve() / path.name if ".." in path.parts else path
    except (OSError, RuntimeError, ValueError):
        return path
