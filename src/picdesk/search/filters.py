"""Filters of a search, and the SQL that the archive understands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from picdesk.archive.schema import sql_text
from picdesk.errors import FilterError
from picdesk.photos.locate import valid_text

ORIENTATIONS = {"landscape": "width > height", "portrait": "width < height", "square": "width = height"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which photos may be in an answer; every condition given must hold.

    Attributes:
        rights: words that stand in the rights, the usage terms or the instructions, upper or lower case.
        credit: words that stand in the credit line.
        after: taken on this day or later.
        before: taken on this day or earlier.
        orientation: ``landscape``, ``portrait`` or ``square``.
        where: SQL over the archive's columns.
    """

    rights: str | None = None
    credit: str | None = None
    after: dt.date | None = None
    before: dt.date | None = None
    orientation: str | None = None
    where: str | None = None

    def sql(self) -> str | None:
        """The condition, or None where there is none. A photo that does not say (no date, no rights) does not pass.

        Raises:
            FilterError: an unknown orientation, or dates that exclude each other.
        """
        conditions = []
        if self.rights:
            fields = ("rights", "usage_terms", "instructions")
            conditions.append(" OR ".join(_says(field, self.rights) for field in fields))
        if self.credit:
            conditions.append(_says("credit", self.credit))
        if self.after:
            conditions.append(f"taken >= timestamp '{self.after.isoformat()}'")
        if self.before and self.before < dt.date.max:
            conditions.append(f"taken < timestamp '{(self.before + dt.timedelta(days=1)).isoformat()}'")
        if self.after and self.before and self.after > self.before:
            raise FilterError(f"no day is after {self.after} and before {self.before}", "Swap --after and --before.")
        if self.orientation:
            if self.orientation not in ORIENTATIONS:
                raise FilterError(
                    f"unknown orientation '{self.orientation}'", f"Use one of: {', '.join(ORIENTATIONS)}."
                )
            conditions.append(ORIENTATIONS[self.orientation])
        if self.where:
            conditions.append(self.where)
        return " AND ".join(f"({condition})" for condition in conditions) or None


def _says(field: str, words: str) -> str:
    return f"contains(lower({field}), {sql_text(valid_text(words.lower()))})"
