"""The date signal: how near a photo was taken to the day of the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.search.fusion import Scale

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from picdesk.search.memory import Memory

HALF_LIFE = 30.0
"""Days after which a photo is worth half."""


def nearness(days: float, half_life: float = HALF_LIFE) -> float:
    """1 on the day, halved every ``half_life`` days, before the event as after it.

    >>> nearness(0), nearness(-30), nearness(60)
    (1.0, 0.5, 0.25)
    """
    return float(2.0 ** (-abs(days) / half_life))


class DateSignal:
    """Nearness of the day a photo was taken to a day; it names no candidates, but weighs those of other signals.

    Args:
        day: of the event.
        memory: what is kept of the archive.
        half_life: days after which a photo is worth half.
    """

    name = "date"
    kind = "date"

    def __init__(self, day: dt.date, memory: Memory, half_life: float = HALF_LIFE) -> None:
        self._day = day
        self._memory = memory
        self._half_life = half_life

    def candidates(self, where: str | None, depth: int) -> dict[str, float]:  # noqa: ARG002
        """None of its own."""
        return {}

    def values(self, ids: Sequence[str]) -> dict[str, float | None]:
        """Nearness, 0 to 1; ``None`` for a photo without a date."""
        taken = self._memory.column("taken", ids)
        return {
            photo: nearness((taken[photo].date() - self._day).days, self._half_life) if taken.get(photo) else None
            for photo in ids
        }

    def scale(self) -> Scale:
        """From 0, for a photo taken ages ago."""
        return Scale()
