"""How an answer is shown, whatever was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What becomes of the photos found, before they are an answer.

    Attributes:
        duplicates: whether photos that show the same picture are hits of their own, instead of one with siblings.
        variety: 0 keeps the order, 1 asks only that photos are unlike one another.
        explain: whether each hit says why it is there.
        risk: the probability of a misfit that is accepted; that of the archive's calibration where none is given.
        reading: how the article became the query, see `picdesk.search.confidence.calibration.reading_id`; empty where
            that is not known.
    """

    duplicates: bool = False
    variety: float = 0.0
    explain: bool = False
    risk: float | None = None
    reading: str = ""
