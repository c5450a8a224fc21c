"""The organisers' spreadsheets of 2025, one a group.

A column an item: ``Run Name``, ``Run Type``, ``Task Type`` and, in the row ``ResponseId``, ``<article>_<run number>``.
Below it a row a rater, in blocks; each block is a rating team and ends with the row ``Group Average``. ``YOUR RATINGS``
are those of the group that the sheet was sent to, of its own runs. The averages in the sheet are not read.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from picdesk.errors import ExtraMissing, InputError, PhotoError
from picdesk.evaluate.ratings.readers.points import points
from picdesk.photos.locate import one_line, open_regular, printable
from picdesk.records import Rating

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from picdesk.evaluate.ratings.choice import Choice

_UNPACKED = 256 * 1024 * 1024
_HEAD = ("Group Name", "Run Name", "Task Type", "ResponseId")
_BLOCK_END, _END, _OWN = "Group Average", "Overall Average", "YOUR RATINGS"


def read_survey2025(path: Path) -> tuple[list[Rating], list[Choice]]:
    """The ratings of a sheet.

    Teams have no names there: they are ``team 1``, ``team 2`` and so on, which stand in one order in every sheet.

    Raises:
        InputError: it cannot be read, is not laid out like this, or a cell holds something that is no rating.
        ExtraMissing: openpyxl is not installed.
    """
    rows = _rows(path)
    heads: dict[str, tuple[int, Sequence[Any]]] = {}
    for number, row in enumerate(rows):
        label = _text(row[0]) if row else ""
        if label in _HEAD:
            heads.setdefault(label, (number, row))
    if len(heads) < len(_HEAD):
        missing = next(label for label in _HEAD if label not in heads)
        raise InputError(
            f"{printable(str(path))} has no row {missing!r}", "It is no sheet of the survey; ratings can be CSV too."
        )
    items = list(_items({label: row for label, (_, row) in heads.items()}))
    return list(_ratings(path, rows, heads["ResponseId"][0] + 1, items)), []


def _items(heads: dict[str, Sequence[Any]]) -> Iterator[tuple[int, str, str, str, str]]:
    """Column, article, run, task, group."""
    for column, cell in enumerate(heads["ResponseId"]):
        said = [_text(row[column]) if column < len(row) else "" for row in heads.values()]
        article, mark, _ = _text(cell).rpartition("_")
        if column and mark and article:
            named = dict(zip(heads, said, strict=True))
            yield column, article, named["Run Name"], named["Task Type"], named["Group Name"]


def _ratings(
    path: Path, rows: Sequence[Sequence[Any]], start: int, items: Sequence[tuple[int, str, str, str, str]]
) -> Iterator[Rating]:
    team, own_raters = 1, 0
    for number, row in enumerate(rows[start:], start + 1):
        label = _text(row[0]) if row else ""
        if label == _END:
            return
        if label == _BLOCK_END:
            team += 1
        elif label:
            own = label == _OWN
            own_raters += own
            for column, article, run, task, group in items:
                try:
                    value = points(row[column] if column < len(row) else None)
                except ValueError as error:
                    raise InputError(
                        f"{printable(str(path))}, row {number}, column {column + 1}: {one_line(error)}",
                        "Correct the cell, or leave it empty.",
                    ) from None
                if value is not None:
                    rater = f"{group} {own_raters}" if own else label
                    name = f"team {team}"
                    yield Rating(run=run, task=task, article=article, rater=rater, team=name, value=value, own=own)


def _rows(path: Path) -> list[tuple[Any, ...]]:
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise ExtraMissing(
            "spreadsheets need openpyxl, which is not installed",
            "Install it with: pip install 'picdesk[ratings]', or save the sheet as CSV.",
        ) from None
    try:
        with open_regular(path) as file:
            with zipfile.ZipFile(file) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > _UNPACKED:
                raise InputError(
                    f"{printable(str(path))} is larger than any sheet of the survey", "Is it another file?"
                )
            book = load_workbook(file, read_only=True, data_only=True)
            try:
                return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
            finally:
                book.close()
    except PhotoError as error:
        raise InputError(f"{printable(str(path))} cannot be read: {error.message}", "Check the path.") from error
    except InputError:
        raise
    except Exception as error:  # hostile spreadsheets are met with every kind of exception
        raise InputError(
            f"{printable(str(path))} is no spreadsheet that can be read: {one_line(error)}", "Save it anew as .xlsx."
        ) from error


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
