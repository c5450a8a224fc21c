"""What a filter can ask about a photo: each field, its columns, and the SQL of a question about it.

Every condition is true or false, never unknown: ``not`` then means what it says, also for photos that say nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.archive.schema import sql_list, sql_text
from picdesk.photos.locate import valid_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

RIGHTS = ("rights", "usage_terms", "instructions")

ORIENTATIONS = {"landscape": "width > height", "portrait": "width < height", "square": "width = height"}

AI_SOURCES = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic")
"""IPTC digital source types of pictures that generative AI made, wholly or in part."""

AI_MADE = f"(digital_source_type IN {sql_list(AI_SOURCES)}) IS TRUE"

FLAGS: Mapping[str, str] = {**ORIENTATIONS, "ai": AI_MADE}
"""Questions that need no value."""

_LISTS = frozenset({"keywords", "people"})
_BETWEEN = "\x1f"
"""Stands between the elements of a list when it is read as one text; no value may hold it."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that can be asked about a photo.

    Attributes:
        operators: those that make sense.
        sql: of an operator and a value; raises ``ValueError`` with what would have been right.
        present: SQL of whether the photo says it; "" where every photo does. Called where it takes looking up.
    """

    operators: tuple[str, ...]
    sql: Callable[[str, str], str]
    present: str | Callable[[], str] = ""


def says(columns: Sequence[str], words: str) -> str:
    """Words stand in one of some columns, upper or lower case."""
    wanted = sql_text(_plain(words).lower())
    return " OR ".join(f"contains({_lowered(column)}, {wanted}) IS TRUE" for column in columns)


def _is(columns: Sequence[str], words: str) -> str:
    """One of some columns, or one element of it, is this text, upper or lower case."""
    wanted = _plain(words).lower()
    around = [
        f"contains(concat({sql_text(_BETWEEN)}, {_lowered(column)}, {sql_text(_BETWEEN)}), "
        f"{sql_text(_BETWEEN + wanted + _BETWEEN)})"
        if column in _LISTS
        else f"{_lowered(column)} = {sql_text(wanted)}"
        for column in columns
    ]
    return " OR ".join(f"({condition}) IS TRUE" for condition in around)


def _lowered(column: str) -> str:
    return f"lower(array_to_string({column}, {sql_text(_BETWEEN)}))" if column in _LISTS else f"lower({column})"


def _plain(words: str) -> str:
    return valid_text(words).replace(_BETWEEN, " ")


def _text(*columns: str) -> Field:
    def sql(operator: str, value: str) -> str:
        return {":": says, "=": _is, "!=": _is_not}[operator](columns, value)

    given = [f"array_length({name}) > 0" if name in _LISTS else f"{name} != ''" for name in columns]
    return Field((":", "=", "!="), sql, " OR ".join(f"({condition}) IS TRUE" for condition in given))


def _is_not(columns: Sequence[str], words: str) -> str:
    return f"NOT ({_is(columns, words)})"


def _number(expression: str) -> Field:
    def sql(operator: str, value: str) -> str:
        if not re.fullmatch(r"[0-9]{1,15}", value):
            raise ValueError("a whole number, such as 2000")
        return f"{expression} {'=' if operator == ':' else operator} {int(value)}"

    return Field((":", "=", "!=", ">=", "<=", ">", "<"), sql)


def _day(column: str) -> Field:
    def sql(operator: str, value: str) -> str:
        first, end = span(value)
        start, stop = (f"timestamp '{day.isoformat()}'" for day in (first, end))
        inside = f"{column} >= {start} AND {column} < {stop}"
        conditions = {
            ":": inside,
            "=": inside,
            ">=": f"{column} >= {start}",
            "<": f"{column} < {start}",
            ">": f"{column} >= {stop}",
            "<=": f"{column} < {stop}",
        }
        if operator == "!=":
            return f"NOT (({inside}) IS TRUE)"
        return f"({conditions[operator]}) IS TRUE"

    return Field((":", "=", "!=", ">=", "<=", ">", "<"), sql, f"{column} IS NOT NULL")


def span(text: str) -> tuple[dt.date, dt.date]:
    """The first day of a year, a month or a day, and the first day after it."""
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", text)
    try:
        if match is None:
            raise ValueError
        year, month, day = (int(part) if part else None for part in match.groups())
        first = dt.date(year or 0, month or 1, day or 1)
        if day:
            return first, first + dt.timedelta(days=1)
        return first, dt.date(first.year + (month in (None, 12)), (month or 12) % 12 + 1, 1)
    except (ValueError, OverflowError):
        raise ValueError("a day, a month or a year, such as 2024-05-17, 2024-05 or 2024") from None


def _orientation(operator: str, value: str) -> str:
    if value.lower() not in ORIENTATIONS:
        raise ValueError(f"one of {', '.join(ORIENTATIONS)}")
    condition = ORIENTATIONS[value.lower()]
    return f"NOT ({condition})" if operator == "!=" else condition


FIELDS: Mapping[str, Field] = {
    "rights": _text(*RIGHTS),
    "terms": _text("usage_terms", "instructions"),
    "credit": _text("credit"),
    "creator": _text("creator"),
    "caption": _text("caption", "headline"),
    "keywords": _text("keywords"),
    "people": _text("people"),
    "place": _text("place"),
    "name": _text("name"),
    "file": _text("file_words"),
    "format": _text("format"),
    "source": _text("digital_source_type"),
    "taken": _day("taken"),
    "added": _day("added"),
    "width": _number("width"),
    "height": _number("height"),
    "shorter": _number("least(width, height)"),
    "longer": _number("greatest(width, height)"),
    "bytes": _number("bytes"),
    "orientation": Field((":", "=", "!="), _orientation),
}
"""What can be asked, by the name it has in a filter."""
