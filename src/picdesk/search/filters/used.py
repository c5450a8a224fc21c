"""When a photo was used: ``used:30d``, ``used:2026-11``, ``used<2026``, ``has:used``, and ``not`` before any of them.

Uses are a log of their own, so that a download changes no photo's row; a condition on them is a list of photos.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from picdesk.archive.schema import now, sql_list
from picdesk.search.filters.fields import Field, span

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    PhotosUsed = Callable[[dt.datetime | None, dt.datetime | None], Set[str]]
    """Ids of the photos that were used from one moment on and before another; None is no bound."""

_DAYS = {"d": 1, "w": 7}
_OPERATORS = (":", "=", "!=", ">=", "<=", ">", "<")


def used_field(photos_used: PhotosUsed) -> Field:
    """The field ``used``: a photo passes where one of its uses lies in the time that is asked for.

    Args:
        photos_used: looks into the log of uses; it is asked where a filter asks.
    """

    def sql(operator: str, value: str) -> str:
        first, end = _time(value, operator)
        times = {
            ">=": (first, None),
            "<": (None, first),
            ">": (end, None),
            "<=": (None, end),
        }
        condition = _among(photos_used(*times.get(operator, (first, end))))
        return f"NOT ({condition})" if operator == "!=" else condition

    return Field(_OPERATORS, sql, lambda: _among(photos_used(None, None)))


def _time(value: str, operator: str) -> tuple[dt.datetime, dt.datetime | None]:
    """The first moment of a span of time, and the first one after it; None where it goes on to the present."""
    lately = re.fullmatch(r"([0-9]{1,5})([dw])", value.lower())
    if lately and operator not in (":", "=", "!="):
        raise ValueError(f"a colon before {value}, or a day such as 2026-11-02")
    if lately:
        try:
            return now() - dt.timedelta(days=int(lately[1]) * _DAYS[lately[2]]), None
        except OverflowError:
            return dt.datetime.min.replace(tzinfo=dt.UTC), None
    try:
        first, end = span(value)
    except ValueError as error:
        raise ValueError(f"days or weeks up to now, such as 30d or 4w; or {error}") from None
    return _midnight(first), _midnight(end)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _among(ids: Set[str]) -> str:
    return f"id IN {sql_list(sorted(ids))}" if ids else "false"
