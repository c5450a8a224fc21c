"""How often English words are used: the unigrams and bigrams that come with wordsegment."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOADING = Lock()


def unigrams() -> Mapping[str, float]:
    """333,000 words with their counts in a trillion (Brants & Franz: Web 1T 5-gram, 2006)."""
    counts: Mapping[str, float] = _segmenter().unigrams
    return counts


@cache
def segment(word: str) -> tuple[str, ...]:
    """The most probable words that are written as one, in lower case (Norvig, in: Beautiful Data, 2009)."""
    return tuple(_segmenter().segment(word)) or (word,)


def _segmenter() -> Any:
    with _LOADING:  # 0.3 s and 100 MB: once is enough, whichever threads come first
        return _loaded()


@cache
def _loaded() -> Any:
    from wordsegment import Segmenter

    segmenter = Segmenter()
    segmenter.load()
    return segmenter
