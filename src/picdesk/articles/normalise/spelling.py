"""Misspelt words as they are spelt."""

from __future__ import annotations

import re
from functools import lru_cache

from picdesk.articles.normalise.normaliser import ENGLISH, Normaliser
from picdesk.articles.normalise.word_counts import unigrams

_WORD = re.compile(r"(?<![\w#@'’-])[a-z]{3,24}(?![\w'’-])")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _corrected(text: str, _: str) -> str:
    """An unknown word becomes the most frequent known word that is one letter away.

    Norvig: How to Write a Spelling Corrector (2007), as ekphrasis uses it in its fast mode: a letter left out, put in,
    changed, or two neighbours swapped. A known word is never changed, though the counts, made from web pages, know
    common misspellings ("goverment"): a rule that prefers far more frequent neighbours makes "fined" into "find" and
    "flee" into "free" in real headlines before it mends those. Nor is a word with a capital: no list of words holds the
    names of the news. In a text made lower case before, names are corrected like any word, as ekphrasis does.
    """
    return _WORD.sub(lambda word: correct(word[0]), text)


@lru_cache(maxsize=65536)
def correct(word: str) -> str:
    """A lower-case word as it is spelt, or the word itself where nothing known is near.

    >>> correct("accidnet"), correct("xqzwvk")
    ('accident', 'xqzwvk')
    """
    counts = unigrams()
    if word in counts:
        return word
    near = [each for each in _one_edit_away(word) if each in counts]
    return max(near, key=lambda each: (counts[each], each)) if near else word


def in_case_of(model: str, word: str) -> str:
    """The word in capitals, with a first capital, or as it is: like its model."""
    if model.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if model[0].isupper() else word


def _one_edit_away(word: str) -> set[str]:
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    left_out = {start + end[1:] for start, end in splits if end}
    swapped = {start + end[1] + end[0] + end[2:] for start, end in splits if len(end) > 1}
    changed = {start + letter + end[1:] for start, end in splits if end for letter in _LETTERS}
    put_in = {start + letter + end for start, end in splits for letter in _LETTERS}
    return left_out | swapped | changed | put_in


correct_spelling = Normaliser("spelling", "misspelt words corrected", _corrected, ENGLISH)
