"""Whether a line's capitals say anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALL_WORDS = frozenset(
    (
        *("about", "above", "after", "against", "along", "amid", "among", "around", "before", "behind", "below"),
        *("between", "beyond", "down", "during", "from", "into", "like", "near", "onto", "over", "past", "since"),
        *("than", "that", "through", "till", "toward", "towards", "under", "until", "upon", "when", "while", "with"),
        *("within", "without"),
    )
)
"""English words of four letters and more that Title Case leaves small in some newspapers."""

_TOKEN = re.compile(r"[^\W\d_]+(?:['’.-][^\W_]+)*['’]?\.?(?=\W|$)|\d+|[^\w\s]")
_LONG = 4


def tokens(line: str) -> list[str]:
    """Words, numbers and signs of a line; a word keeps the full stop, apostrophe and hyphens that belong to it."""
    return [token[0] for token in _TOKEN.finditer(line)]


def is_title(line: Sequence[str]) -> bool:
    """Whether the tokens of a line are written In Title Case, or in capitals: no longer word of it is small.

    >>> is_title(tokens("Mayor Opens Bridge with Speech")), is_title(tokens("Mayor opens bridge in Leipzig"))
    (True, False)
    """
    return not any(word.islower() and len(word) >= _LONG and word.rstrip(".") not in SMALL_WORDS for word in line)
