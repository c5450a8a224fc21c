"""Elongated words ("goooal") as they are spelt."""

from __future__ import annotations

import re

from picdesk.articles.normalise.normaliser import ENGLISH, Normaliser
from picdesk.articles.normalise.spelling import in_case_of
from picdesk.articles.normalise.word_counts import unigrams

_ELONGATED = re.compile(r"\b[A-Za-z]*([A-Za-z])\1\1[A-Za-z]*\b")
_RUN = re.compile(r"(.)\1+")
_MOST = 6
"""Runs of letters whose lengths are tried, two for each."""


def _shortened(text: str, _: str) -> str:
    """A word with a letter three times in a row gets the most frequent spelling with each of its runs once or twice.

    As ekphrasis does it (Baziotis et al., SemEval 2017), which takes the commonest of all its shortenings. What is no
    word at any length keeps two letters of each run of three.
    """
    return _ELONGATED.sub(lambda word: in_case_of(word[0], _best(word[0].lower())), text)


def _best(word: str) -> str:
    if set(word) == {"w"}:  # www
        return word
    counts = unigrams()
    known = [each for each in _spellings(word) if each in counts]
    return max(known, key=lambda each: (counts[each], each)) if known else re.sub(r"(.)\1{2,}", r"\1\1", word)


def _spellings(word: str) -> list[str]:
    spellings, at = [""], 0
    for number, run in enumerate(_RUN.finditer(word)):
        between = word[at : run.start()]
        lengths = (1, 2) if number < _MOST else (1,)
        spellings = [each + between + run[1] * length for each in spellings for length in lengths]
        at = run.end()
    return [each + word[at:] for each in spellings]


shorten_elongated = Normaliser("elongated", "elongated words shortened", _shortened, ENGLISH)
