"""YFCC100M's tables, row by row: tab-separated (plain, bzip2 or gzip, in one part or in ten), or SQLite."""

from __future__ import annotations

import bz2
import gzip
import re
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, cast

from picdesk.errors import PhotoError, SourceError
from picdesk.objects import ObjectPath
from picdesk.photos.locate import one_line, open_regular, printable
from picdesk.photos.sources.yfcc100m.item import FIELDS, LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from picdesk.objects import Place

    Row = tuple[int, Mapping[str, bytes] | str]
    """Line from 1, and the row, or one line saying why it cannot be used."""

NAME = re.compile(r"yfcc100m_dataset(-\d+)?(\.(tsv|txt|bz2|gz|sql|sqlite|db))*")
"""Names of tables: ``yfcc100m_dataset.bz2``, ``yfcc100m_dataset-0.bz2`` to ``-9``, ``yfcc100m_dataset.sql``."""

TABLE = "yfcc100m_dataset"
_SQLITE, _BZIP2, _GZIP = b"SQLite format 3\0", b"BZh", b"\x1f\x8b"
_LONGEST = 16 * 1024 * 1024  # bytes of a line; a longer one is no row of this table


def read_table(path: Place) -> Iterator[Row]:
    """The rows of a table, streamed, in its order.

    Raises:
        SourceError: unreadable, damaged, or no such table.
    """
    try:
        with open_regular(path) as file:
            start = file.read(len(_SQLITE))
            file.seek(0)
            if start != _SQLITE:
                yield from _lines(path, _unpacked(file, start))
                return
    except PhotoError as error:
        raise _unread(path, error.message) from error
    yield from _records(path)


def _unpacked(file: IO[bytes], start: bytes) -> IO[bytes]:
    if start.startswith(_BZIP2):
        return cast("IO[bytes]", bz2.BZ2File(file))
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if start.startswith(_GZIP) else file


def _lines(path: Place, file: IO[bytes]) -> Iterator[Row]:
    number = 0
    try:
        while line := file.readline(_LONGEST):
            number += 1
            values = line.rstrip(b"\r\n").split(b"\t")
            layout = LAYOUTS.get(len(values))
            if layout:
                yield number, dict(zip(layout, values, strict=True))
            elif line.strip():
                known = " or ".join(map(str, LAYOUTS))
                yield number, f"line {number} has {len(values)} columns where there are {known}"
    except (OSError, EOFError, ValueError) as error:
        raise _unread(path, f"after line {number:,}: {one_line(error)}") from error


def _records(path: Place) -> Iterator[Row]:
    if isinstance(path, ObjectPath):
        raise _unread(path, "SQLite cannot be read over the network", "Download the file, or name the .bz2.")
    wanted = ", ".join(FIELDS)
    with _database(path) as database:
        known = {row[0] for row in database.execute("SELECT name FROM pragma_table_info(?)", (TABLE,))}
        if missing := [name for name in FIELDS if name.encode() not in known]:
            raise _unread(path, f"no table {TABLE} with the columns {', '.join(missing)}")
        for number, row in enumerate(database.execute(f"SELECT {wanted} FROM {TABLE}"), 1):  # noqa: S608 - constants
            yield number, dict(zip(FIELDS, map(_as_bytes, row), strict=True))


@contextmanager
def _database(path: Any) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            database.text_factory = bytes
            yield database
    except sqlite3.Error as error:
        raise _unread(path, one_line(error)) from error


def _as_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b"" if value is None else str(value).encode()


def _unread(path: Place, reason: str, hint: str = "Download it again.") -> SourceError:
    return SourceError(f"the table cannot be read: {printable(str(path))}: {reason}", hint)
