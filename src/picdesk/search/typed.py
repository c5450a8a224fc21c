"""What people type into a search: words to leave out, and words that belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.records import Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.records import Article, Query

# A minus is meant where it stands before a word and after nothing: not in "re-elected", "-5 degrees" or "a - b".
_PART = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*\w[^"]*)"|(?<=-)(?P<word>[^\W\d][^\s"]*))')


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A line that somebody typed, taken apart.

    Attributes:
        text: what is looked for, the phrases among it.
        phrases: what stood in quotation marks.
        without: words and phrases that stood after a minus.
    """

    text: str
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def take_apart(line: str) -> Typed:
    """The parts of a line; straight quotation marks hold words together, a minus leaves out.

    >>> take_apart('beach "old pier" -people -"Kansas City"')
    Typed(text='beach old pier', phrases=('old pier',), without=('people', 'Kansas City'))
    >>> take_apart("Re-elected mayor: -5 degrees - and a fire")
    Typed(text='Re-elected mayor: -5 degrees - and a fire', phrases=(), without=())
    """
    phrases: list[str] = []
    without: list[str] = []

    def taken(part: re.Match[str]) -> str:
        phrase, word = part["phrase"], part["word"]
        if part["minus"]:
            without.append(" ".join((phrase or word).split()))
            return ""
        if phrase:
            phrases.append(" ".join(phrase.split()))
            return str(phrase)
        return part[0]

    text = _PART.sub(taken, line)
    return Typed(text=" ".join(text.split()), phrases=tuple(phrases), without=tuple(without))


def typed_query(line: Article, read: Callable[[Article], Query]) -> Query:
    """The query of a line; what is left out of it, and what belongs together in it, is no part of its words.

    Args:
        line: as its headline.
        read: makes a query of a story.

    Raises:
        InputError: nothing is left to look for.
    """
    typed = take_apart(line.headline)
    if typed.without and not typed.text:
        raise InputError("there is nothing to search for", "Put a word without a minus beside what to leave out.")
    query = read(replace(line, headline=typed.text))
    together = tuple(Name(text=phrase, source="typed") for phrase in typed.phrases)
    return replace(query, article=line, names=(*query.names, *together), without=typed.without)
