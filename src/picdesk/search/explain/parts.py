"""Which parts of a story's text speak for a photo: each is left out once, and the cosine's fall is what it said."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from picdesk.articles.fit import fit_query
from picdesk.articles.normalise.stop_words import stop_words
from picdesk.articles.sentences import divide_by_language
from picdesk.errors import InputError
from picdesk.search.vectors import text_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from picdesk.encoders import Encoder
    from picdesk.encoders.long_text import Fitted
    from picdesk.records import Query

MOST_PARTS = 24
"""Parts that are left out in turn; a text of more is looked at up to there, and every one costs a text to encode."""

MOST_SAID = 3
LEAST_SHARE = 1 / 3
"""Parts that are named for a photo: so many, and none whose fall is less than this of the largest one."""

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_PUNCTUATION = re.compile(r"[^\w\s'’\-]")
_LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text, and what it says for a photo.

    Attributes:
        text: its words.
        fall: how much the cosine to the photo falls where the part is left out; over 0 where it speaks for the photo.
    """

    text: str
    fall: float


def speaking_parts(encoder: Encoder, query: Query, photos: NDArray[np.float32]) -> list[tuple[Part, ...]]:
    """The parts of a query's texts that speak for each photo, by leaving one out at a time.

    Leave-one-out, as in Li, Monroe & Jurafsky: Understanding Neural Networks through Representation Erasure (2016). The
    shortened texts are encoded in one batch, whatever the number of photos.

    Args:
        encoder: one with a text side.
        query: with texts.
        photos: ``(n, d)`` float32, unit rows; NaN for a photo without a vector.

    Returns:
        For each photo the parts with the largest falls, largest first; none where the text has but one part.
    """
    read = [fit.windows[0] if len(fit.windows) == 1 else text for fit, text in _fitted(query, encoder)]
    found = [(number, *part) for number, text in enumerate(read) for part in _parts(text, query.language)]
    left_out = []
    for number, start, end in found[:MOST_PARTS]:
        texts = _without(read, number, start, end)
        if _WORD.search(texts[number]):  # an encoder has no vector of nothing
            left_out.append((read[number][start:end], replace(query, texts=texts)))
    if not left_out:
        return [()] * len(photos)
    left_out, rows = _encoded(encoder, replace(query, texts=tuple(read)), left_out)
    if len(rows) < 2:
        return [()] * len(photos)
    cosines = rows @ photos.T
    falls = cosines[0] - cosines[1:]
    said = [" ".join(text.split()).strip(" ,;:-–—\"'“”‘’()") for text, _ in left_out]
    return [_largest(said, column) for column in falls.T]


def parts_of(text: str, language: str | None = None) -> list[str]:
    """The parts of a text that are left out in turn: its sentences, or the phrases of its only one.

    Phrases are words between stop words and punctuation (Rose et al.: Automatic Keyword Extraction from Individual
    Documents, 2010), at most four together; in a language without a list of stop words, punctuation alone divides.

    >>> parts_of("Fire destroys a warehouse in Kansas City", "en")
    ['Fire destroys', 'warehouse', 'Kansas City']
    """
    return [text[start:end].strip() for start, end in _parts(text, language)]


def _fitted(query: Query, encoder: Encoder) -> Iterator[tuple[Fitted, str]]:
    yield from zip(fit_query(query, encoder), query.texts, strict=True)


def _parts(text: str, language: str | None) -> list[tuple[int, int]]:
    pieces = divide_by_language(language)(text)
    ends = np.cumsum([0, *map(len, pieces)]).tolist()
    spans = [(start, end) for start, end in pairwise(ends) if _WORD.search(text[start:end])]
    return spans if len(spans) > 1 else _phrases(text, language)


def _phrases(text: str, language: str | None) -> list[tuple[int, int]]:
    stop = stop_words() if language in (None, "en") else frozenset[str]()
    phrases: list[list[tuple[int, int]]] = [[]]
    last = 0
    for word in _WORD.finditer(text):
        stops = word[0].lower().replace("’", "'") in stop
        if stops or len(phrases[-1]) == _LONGEST_PHRASE or _PUNCTUATION.search(text[last : word.start()]):
            phrases.append([])
        if not stops:
            phrases[-1].append(word.span())
        last = word.end()
    return [(words[0][0], words[-1][1]) for words in phrases if words]


def _encoded(
    encoder: Encoder, whole: Query, left_out: list[tuple[str, Query]]
) -> tuple[list[tuple[str, Query]], NDArray[np.float32]]:
    """The parts whose shortened text has a vector, and unit rows: of the whole text, then of each such text.

    A model that reads whole words has no vector of a text in which it knows none; what is left out there alone carries
    the text, and has no fall that could be measured.
    """
    try:
        return left_out, text_vectors(encoder, [whole, *(shorter for _, shorter in left_out)])
    except InputError:
        known, rows = [], [_one(encoder, whole)]
        for part in left_out:
            row = _one(encoder, part[1])
            if len(row):
                known.append(part)
                rows.append(row)
        return (known, np.concatenate(rows)) if len(rows[0]) else ([], rows[0])


def _one(encoder: Encoder, query: Query) -> NDArray[np.float32]:
    try:
        return text_vectors(encoder, [query])
    except InputError:
        return np.empty((0, encoder.dimension), dtype=np.float32)


def _without(texts: list[str], number: int, start: int, end: int) -> tuple[str, ...]:
    text = texts[number]
    shorter = f"{text[:start].rstrip()} {text[end:].lstrip()}".strip()
    return (*texts[:number], shorter, *texts[number + 1 :])


def _largest(texts: list[str], falls: NDArray[np.float32]) -> tuple[Part, ...]:
    order = [int(place) for place in np.argsort(-falls, kind="stable") if falls[place] > 0]
    least = LEAST_SHARE * float(falls[order[0]]) if order else 0.0
    return tuple(Part(texts[place], float(falls[place])) for place in order[:MOST_SAID] if falls[place] >= least)
