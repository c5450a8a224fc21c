"""Names of a story in what is said about a photo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.articles.names.gazetteer import folded

if TYPE_CHECKING:
    from picdesk.records import Photo, Query

_WORD = re.compile(r"[\w'-]+")


def names_met(query: Query, photo: Photo) -> tuple[str, ...]:
    """The names of a query that are whole in one field of a photo's own words; accents and case do not matter."""
    fields = [photo.caption, photo.headline, *photo.keywords, *photo.people, photo.place, photo.file_words]
    said = [f" {' '.join(words_of(field))} " for field in fields if field]
    met = (name.text for name in query.names if (words := words_of(name.text)) and _stands(words, said))
    return tuple(dict.fromkeys(met))


def same_person(one: str, other: str) -> bool:
    """Whether two names can mean one person: the words of the shorter are all in the longer, in their order.

    >>> same_person("Merkel", "Angela Merkel"), same_person("Angela Merkel", "Angela Davis")
    (True, False)
    """
    short, long = sorted((words_of(one), words_of(other)), key=len)
    rest = iter(long)
    return bool(short) and all(word in rest for word in short)


def words_of(text: str) -> list[str]:
    """The words of a text, without accents and case."""
    return _WORD.findall(folded(text))


def _stands(words: list[str], said: list[str]) -> bool:
    name = f" {' '.join(words)} "
    return any(name in field for field in said)
