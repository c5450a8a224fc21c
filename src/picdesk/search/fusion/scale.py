"""What the raw values of a signal are measured in, for one query."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How a signal's raw values lie, for one query.

    Attributes:
        least: the smallest raw value that there can be: 0 for BM25, -1 for a cosine.
        mean: of the raw values of all photos of the archive.
        deviation: their standard deviation, over 0.
        dense: whether the signal says something of every photo, and named the best alone. A photo that it did not name
            is then taken to be as good as the last one named. Of a sparse signal such as BM25, a photo that was not
            named has nothing.
    """

    least: float = 0.0
    mean: float = 0.0
    deviation: float = 1.0
    dense: bool = False
