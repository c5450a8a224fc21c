"""What is said of an article that could not be read, where many are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadArticle:
    """An article that could not be read.

    Attributes:
        id: what its source calls it; empty where the source gives none.
        place: where it stands: the line of a list, the name of a file, an address.
        reason: why, in one line.
    """

    id: str
    place: str
    reason: str
