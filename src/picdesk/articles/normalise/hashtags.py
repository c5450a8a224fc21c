"""Hashtags as words."""

from __future__ import annotations

import re

from picdesk.articles.normalise.normaliser import Normaliser
from picdesk.articles.normalise.word_counts import segment

_HASHTAG = re.compile(r"(?<![\w&/#])[#＃](\w+)")
_LETTERS_WITH_NUMBER = re.compile(r"[A-Z]{1,3}\d{1,3}")
_LONGEST = 60
"""Letters; beyond that a word is no hashtag that someone would read, and dividing it takes long."""


def split_joined(word: str, *, segment: bool = True) -> str:
    """Words that are written as one, apart: at capitals and numbers first, then by how often words are used.

    >>> split_joined("BlackLivesMatter")
    'Black Lives Matter'

    Args:
        word: without its "#" or "@".
        segment: divide what is all in lower case, or all in capitals, by word counts (English).
    """
    if _LETTERS_WITH_NUMBER.fullmatch(word):  # G20, F1, U21
        return word
    parts = [part for piece in word.split("_") for part in _parts(piece)]
    if len(parts) == 1 and segment and parts[0].isascii() and parts[0].isalpha() and len(word) <= _LONGEST:
        return _segmented(parts[0])
    return " ".join(parts)


def _parts(word: str) -> list[str]:
    """Divided where a capital follows a small letter, before the last of several capitals, and beside numbers."""
    parts, start = [], 0
    for at in range(1, len(word)):
        before, here, after = word[at - 1], word[at], word[at + 1 : at + 2]
        # "MPsVote": the "s" belongs to the capitals before it.
        plural = after == "s" and not word[at + 2 : at + 3].islower()
        new_word = here.isupper() and (not before.isupper() or (after.islower() and not plural))
        if new_word or before.isdigit() != here.isdigit():
            parts.append(word[start:at])
            start = at
    return [*parts, word[start:]] if word else []


def _segmented(word: str) -> str:
    words = segment(word.lower())
    if len(words) == 1:
        return word
    return " ".join(words).upper() if word.isupper() else " ".join(words)


def _split(text: str, _: str) -> str:
    return _HASHTAG.sub(lambda tag: split_joined(tag[1]), text)


split_hashtags = Normaliser("hashtags", "hashtags split into words", _split)
