"""Filters of a search, and the SQL that the archive understands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import FilterError
from picdesk.search.filters.fields import AI_MADE, ORIENTATIONS, RIGHTS, says
from picdesk.search.filters.parse import filter_sql

if TYPE_CHECKING:
    from picdesk.search.filters.used import PhotosUsed

__all__ = ["ORIENTATIONS", "Filters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which photos may be in an answer; every condition given must hold.

    A photo that does not say (no date, no rights) does not pass a condition on it.

    Attributes:
        rights: words that stand in the rights, the usage terms or the instructions, upper or lower case.
        credit: words that stand in the credit line.
        place: words that stand in the place.
        people: words that stand in the name of a person shown.
        after: taken on this day or later.
        before: taken on this day or earlier.
        orientation: ``landscape``, ``portrait`` or ``square``.
        width: pixels at least.
        height: pixels at least.
        ai: whether pictures made by AI, wholly or in part, are wanted alone (True) or not at all (False).
        not_used: only photos that were not used in the last so many days.
        filter: conditions joined by ``and``, ``or``, ``not`` and parentheses, see ``filter_sql``.
        where: SQL over the archive's columns.
    """

    rights: str | None = None
    credit: str | None = None
    place: str | None = None
    people: str | None = None
    after: dt.date | None = None
    before: dt.date | None = None
    orientation: str | None = None
    width: int | None = None
    height: int | None = None
    ai: bool | None = None
    not_used: int | None = None
    filter: str | None = None
    where: str | None = None

    def sql(self, photos_used: PhotosUsed | None = None) -> str | None:
        """The condition, or None where there is none.

        Args:
            photos_used: the archive's log of uses, as `Uses.photos_used`, for filters that ask what was used.

        Raises:
            FilterError: an unknown orientation, dates that exclude each other, or conditions that cannot be read.
        """
        conditions = [
            *self._texts(),
            *self._dates(),
            *(f"{name} >= {least:d}" for name in ("width", "height") if (least := getattr(self, name)) is not None),
        ]
        if self.orientation:
            if self.orientation not in ORIENTATIONS:
                raise FilterError(
                    f"unknown orientation '{self.orientation}'", f"Use one of: {', '.join(ORIENTATIONS)}."
                )
            conditions.append(ORIENTATIONS[self.orientation])
        if self.ai is not None:
            conditions.append(AI_MADE if self.ai else f"NOT ({AI_MADE})")
        if self.not_used is not None:
            conditions.append(filter_sql(f"not used:{self.not_used:d}d", photos_used))
        if self.filter:
            conditions.append(filter_sql(self.filter, photos_used))
        if self.where:
            conditions.append(self.where)
        return " AND ".join(f"({condition})" for condition in conditions) or None

    def _texts(self) -> list[str]:
        asked = {RIGHTS: self.rights, ("credit",): self.credit, ("place",): self.place, ("people",): self.people}
        return [says(columns, words) for columns, words in asked.items() if words]

    def _dates(self) -> list[str]:
        if self.after and self.before and self.after > self.before:
            raise FilterError(f"no day is after {self.after} and before {self.before}", "Swap --after and --before.")
        conditions = []
        if self.after:
            conditions.append(f"taken >= timestamp '{self.after.isoformat()}'")
        if self.before and self.before < dt.date.max:
            conditions.append(f"taken < timestamp '{(self.before + dt.timedelta(days=1)).isoformat()}'")
        return conditions
