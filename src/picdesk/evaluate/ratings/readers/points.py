"""Points as people write them."""

from __future__ import annotations

import math

LEAST, MOST = 0.0, 5.0


def points(cell: object) -> float | None:
    """Points of a cell; ``None`` where it says nothing.

    Raises:
        ValueError: it says something that is no number from 0 to 5.
    """
    if cell is None or (isinstance(cell, str) and cell.strip().casefold() in {"", "n/a", "nan", "-"}):
        return None
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        raise ValueError(f"{cell!r} is no rating")
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is no rating") from None
    if not math.isfinite(value) or not LEAST <= value <= MOST:
        raise ValueError(f"{cell!r} is no rating from {LEAST:g} to {MOST:g}")
    return value
