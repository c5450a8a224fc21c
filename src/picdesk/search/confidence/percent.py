"""Probabilities in words."""

from __future__ import annotations


def percent(share: float) -> str:
    """A share as people write it; what is not quite nothing and not quite all says so.

    >>> percent(0.624), percent(0.002), percent(0.0), percent(0.999), percent(1.0)
    ('62 %', '< 1 %', '0 %', '> 99 %', '100 %')
    """
    if 0 < share < 0.005:
        return "< 1 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    return f"{share * 100:.0f} %"
