"""The filters that a call can name, for `picdesk.api`: one list for all of its methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import datetime as dt


class FilterOptions(TypedDict, total=False):
    """Which photos may be in an answer, by name; `picdesk.search.filters.Filters` says what each means."""

    rights: str | None
    credit: str | None
    place: str | None
    people: str | None
    after: dt.date | None
    before: dt.date | None
    orientation: str | None
    width: int | None
    height: int | None
    ai: bool | None
    not_used: int | None
    filter: str | None
    where: str | None
