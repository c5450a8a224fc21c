"""No punctuation."""

from __future__ import annotations

import re
import unicodedata

from picdesk.articles.normalise.normaliser import Normaliser

_SIGNS = re.compile(r"[^\w\s]|_")
_INSIDE = re.compile(r"(?<=\w)['’.,:-](?=\w)")


def _without(text: str, _: str) -> str:
    """Without punctuation and symbols of any script; "3.5", "U.S" and "well-known" keep theirs between letters.

    A sign between two letters or digits belongs to the word, as NLTK's tokenizer has it.
    """
    inside = {match.start() for match in _INSIDE.finditer(text)}
    return _SIGNS.sub(lambda sign: sign[0] if sign.start() in inside or _marks(sign[0]) else " ", text)


def _marks(sign: str) -> bool:
    """Whether a sign is part of a letter: combining accents, vowel signs of Devanagari, joiners."""
    return unicodedata.category(sign)[0] == "M" or sign in "\u200c\u200d"


drop_punctuation = Normaliser("punctuation", "punctuation left out", _without)
