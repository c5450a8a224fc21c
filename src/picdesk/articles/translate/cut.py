"""A sentence that is longer than a model reads, in parts that it can read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Where a sentence is cut, the best places first: after a clause, after a comma, at a space, anywhere.
_PLACES = (
    re.compile(r"(?<=[;:.!?؛؟。！？；：…])\s*|(?<=\s[–—])\s+"),
    re.compile(r"(?<=[,،、，])\s*"),
    re.compile(r"(?<=\s)(?=\S)"),
    re.compile(r""),
)


def cut(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Cut a text into parts that fit, at the ends of clauses where it can be, else at commas, spaces, anywhere.

    Args:
        text: a sentence, or what passes for one.
        fits: whether a part is short enough; a single character is taken to be.

    Returns:
        The parts in order, as few as each kind of place allows; joined they are the text again.
    """
    return _cut(text, fits, 0)


def _cut(text: str, fits: Callable[[str], bool], level: int) -> list[str]:
    if len(text) <= 1 or fits(text):
        return [text]
    parts: list[str] = []
    units = _units(text, level)
    start = 0
    while start < len(units):
        taken = _most(units[start:], fits)
        if taken:
            parts.append("".join(units[start : start + taken]))
        else:
            taken = 1
            parts += _cut(units[start], fits, level + 1) if level + 1 < len(_PLACES) else [units[start]]
        start += taken
    return parts


def _units(text: str, level: int) -> list[str]:
    places = [match.end() for match in _PLACES[level].finditer(text) if 0 < match.end() < len(text)]
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True) if end > start]


def _most(units: list[str], fits: Callable[[str], bool]) -> int:
    """How many of the first units fit together: doubled while they do, then halved between."""
    if not fits(units[0]):
        return 0
    low, high = 1, 2
    while high <= len(units) and fits("".join(units[:high])):
        low, high = high, 2 * high
    high = min(high, len(units) + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits("".join(units[:middle])) else (low, middle)
    return low
