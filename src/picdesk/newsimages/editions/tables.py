"""The organisers' tables, as they really are: with and without header, in two encodings, with quotes that mean nothing.

A table is read whole: the largest of an edition has some megabytes.
"""

from __future__ import annotations

import codecs
import csv
import io
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from picdesk.errors import InputError, PhotoError
from picdesk.photos.locate import one_line, open_regular, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_LARGEST = 256 * 1024 * 1024
_LONGEST_FIELD = 16 * 1024 * 1024
_ENOUGH = ("title", "photo", "photo_file", "hash")
_NOTHING = frozenset({"n/a", "#n/a", "nan", "null"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an edition.

    Attributes:
        path: its file.
        fields: field of ``columns.toml`` -> place in a row.
        header: whether it says its columns itself.
        rows: line from 1, and cells, as many as there are columns; ``N/A`` and its like are empty.
        notes: what is doubtful -> lines.
    """

    path: Path
    fields: Mapping[str, int]
    header: bool
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    notes: Mapping[str, tuple[int, ...]]


def read_table(path: Path, headerless: Sequence[str] = ()) -> Table | None:
    """Read a table.

    UTF-8 with or without a byte order mark, UTF-16, else Windows-1252. Where quotes do not come in pairs they are
    letters. A row that is too short is read as far as it goes; one that is too long is left out; both are noted.

    Args:
        path: the file: separated by tabs, commas or semicolons.
        headerless: fields in their order, for a table whose first line is a row already.

    Returns:
        The table; ``None`` for a file that has no header of an edition and is not ``headerless``.

    Raises:
        InputError: it cannot be read.
    """
    text, notes = _decoded(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator, names = _separator(path, first)
    fields = _known(names)
    header = _is_header(fields)
    if not header:
        if not headerless or not first:
            return None
        fields = {name: place for place, name in enumerate(headerless) if place < len(names)}
    rows, width = _rows(text, separator, len(names), notes)
    cells = tuple(_cleaned(rows[1:] if header else rows, width, notes))
    return Table(path, fields, header, cells, {what: tuple(lines) for what, lines in notes.items()})


@cache
def _synonyms() -> Mapping[str, str]:
    """Column as it is compared -> field."""
    listed = tomllib.loads(files(__package__).joinpath("columns.toml").read_text(encoding="utf-8"))
    return {_plain(column): name for name, columns in listed.items() for column in columns}


def _plain(column: str) -> str:
    return "".join(letter for letter in column.casefold() if letter not in "# _-\t\ufeff\"'")


def _known(names: Sequence[str]) -> dict[str, int]:
    fields: dict[str, int] = {}
    for place, name in enumerate(names):
        known = _synonyms().get(_plain(name))
        if known:
            fields.setdefault(known, place)
    return fields


def _is_header(fields: Mapping[str, int]) -> bool:
    return len(fields) > 1 and any(name in fields for name in _ENOUGH)


def _separator(path: Path, line: str) -> tuple[str, list[str]]:
    """What separates the cells, and the first line's cells. A header decides; tags are full of semicolons."""
    order = ",;\t" if path.suffix.lower() == ".csv" else "\t,;"
    parsed = {sign: next(csv.reader([line], delimiter=sign), []) for sign in order}
    by_header = next((sign for sign in order if _is_header(_known(parsed[sign]))), None)
    sign = by_header or next((sign for sign in order if len(parsed[sign]) > 1), order[0])
    return sign, parsed[sign]


def _decoded(path: Path) -> tuple[str, dict[str, list[int]]]:
    try:
        with open_regular(path) as file:
            data = file.read(_LARGEST + 1)
    except PhotoError as error:
        raise InputError(f"{printable(str(path))} cannot be read: {error.message}", "Check the path.") from error
    except OSError as error:
        raise InputError(f"{printable(str(path))} cannot be read: {one_line(error)}", "Check the path.") from error
    if len(data) > _LARGEST:
        raise InputError(f"{printable(str(path))} is larger than any table of the benchmark", "Is it another file?")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), {}
    try:
        return data.decode("utf-8-sig"), {}
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        text = data.decode("cp1252", "replace")
        notes = {"tables that are not UTF-8 and were read as Windows-1252": [line]}
        lost = [number for number, row in enumerate(text.split("\n"), 1) if "\ufffd" in row]
        return text, notes | ({"lines with a letter that no encoding knows": lost} if lost else {})


def _rows(
    text: str, separator: str, width: int, notes: dict[str, list[int]]
) -> tuple[list[tuple[int, list[str]]], int]:
    """Rows with cells, blank lines left out, and how many columns there are."""
    quoted = list(_parsed(text, separator, csv.QUOTE_MINIMAL))
    misfits = sum(len(cells) != width for _, cells in quoted)
    if misfits or any("\n" in cell for _, cells in quoted for cell in cells):
        # A lone quote at the start of a cell swallows lines; the reading that leaves fewer odd rows is the right one.
        literal = list(_parsed(text, separator, csv.QUOTE_NONE))
        odd = [line for line, cells in literal if len(cells) != width]
        if len(odd) < misfits or (len(odd) == misfits and len(literal) > len(quoted) and not odd):
            notes["tables whose quotes do not pair and were read as letters"] = [1]
            return literal, width
    return quoted, width


def _parsed(text: str, separator: str, quoting: Literal[0, 3]) -> Iterator[tuple[int, list[str]]]:
    if csv.field_size_limit() < _LONGEST_FIELD:
        csv.field_size_limit(_LONGEST_FIELD)  # of the whole process, alas: only ever raised
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator, quoting=quoting)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            line = reader.line_num + 1  # a single field beyond the limit: its row is odd in every reading
            continue
        if cells is None:
            return
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _cleaned(
    rows: Sequence[tuple[int, list[str]]], width: int, notes: dict[str, list[int]]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    def note(what: str, line: int) -> None:
        notes.setdefault(what, []).append(line)

    for line, raw in rows:
        cells = [cell.strip() for cell in raw]
        if not any(cells):
            note("rows that are blank", line)
            continue
        if any(cells[width:]):
            note("rows with more cells than columns, left out", line)
            continue
        if len(cells) < width:
            note("rows with fewer cells than columns, read as far as they go", line)
        said_nothing = [cell.casefold() in _NOTHING for cell in cells]
        if any(said_nothing):
            note("rows with cells that say N/A, read as empty", line)
        kept = ["" if nothing else cell for cell, nothing in zip(cells, said_nothing, strict=True)][:width]
        yield line, tuple(kept + [""] * (width - len(kept)))
