"""A filter as people write it, ``credit:AP and not ai and (place:Berlin or people:Merkel)``, to SQL.

::

    filter    = both { "or" both }
    both      = condition { "and" condition }
    condition = "not" condition | "(" filter ")" | flag | "has" ":" field | field operator value
    operator  = ":" | "=" | "!=" | ">=" | "<=" | ">" | "<"
    value     = text without spaces and parentheses | "text in quotes", where "" stands for one quote
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import FilterError
from picdesk.photos.locate import printable
from picdesk.search.filters.fields import FIELDS, FLAGS
from picdesk.search.filters.used import used_field

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Set

    from picdesk.search.filters.fields import Field
    from picdesk.search.filters.used import PhotosUsed

LONGEST = 10_000
"""Characters of a filter."""
DEEPEST = 15
"""Parentheses and nots inside each other; the database's own parser goes no deeper than 50 of its own steps."""
MOST = 200
"""Conditions; the database's own parser falls over thousands."""

_JOINERS = ("and", "or", "not")
_TOKEN = re.compile(
    r"\s*(?:(?P<bracket>[()])|(?P<operator>[<>!]=|[:=<>])|(?P<word>[^\W\d]\w*)|(?P<other>\S))", re.UNICODE
)
_VALUE = re.compile(r"""\s*(?:"(?P<double>(?:[^"]|"")*)"|'(?P<single>(?:[^']|'')*)'|(?P<bare>[^\s()"'][^\s()]*))""")
_EXAMPLE = "Write it like this: credit:AP and not ai and (place:Berlin or people:Merkel) and width>=2000"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def filter_sql(text: str, photos_used: PhotosUsed | None = None) -> str:
    """The SQL of a filter, for ``Store``'s ``where``.

    ``:`` asks whether the words stand in the field, ``=`` whether they are the field, or one of its elements; case
    does not count. Dates are days, months or years, in UTC. What a photo does not say is not so: ``credit:AP`` fails
    for a photo without credit, and ``not credit:AP`` holds. Uses are looked up now: ask again for another answer.

    Args:
        text: the filter.
        photos_used: an archive's log of uses, as `Uses.photos_used`; without it nobody knows what was used.

    >>> filter_sql("width>=2000 and not square")
    '(width >= 2000) AND (NOT (width = height))'

    Raises:
        FilterError: it cannot be read; the message shows the place.
    """
    if len(text) > LONGEST:
        raise FilterError(f"the filter has {len(text):,} characters, more than {LONGEST:,}", "Write a shorter one.")
    fields = {**FIELDS, "used": used_field(photos_used or _unknown_uses)}
    reader = _Reader(text, fields)
    sql = reader.either(0)
    left = reader.next()
    if left.kind != "end":
        raise reader.refusal(left, "and, or, or the end belongs here", "Put words of several parts in quotes. ")
    return sql


def check_filter(text: str) -> None:
    """Make sure that a filter can be read, where no archive is at hand.

    Raises:
        FilterError: it cannot; the message shows the place.
    """
    filter_sql(text, lambda since, until: frozenset())  # noqa: ARG005 - as `PhotosUsed`


class _Reader:
    """Reads a filter from left to right."""

    def __init__(self, text: str, fields: Mapping[str, Field]) -> None:
        self._text = text
        self._fields = fields
        self._at = 0
        self._conditions = 0

    def either(self, depth: int) -> str:
        """Conditions joined by ``or``."""
        return self._joined("or", "OR", self._both, depth)

    def _both(self, depth: int) -> str:
        return self._joined("and", "AND", self._condition, depth)

    def _joined(self, word: str, sql: str, read: Callable[[int], str], depth: int) -> str:
        parts = [read(depth)]
        while self._peek().text.lower() == word:
            self.next()
            parts.append(read(depth))
        return parts[0] if len(parts) == 1 else f" {sql} ".join(f"({part})" for part in parts)

    def _condition(self, depth: int) -> str:
        token = self.next()
        word = token.text.lower()
        if depth > DEEPEST:
            raise self.refusal(token, f"more than {DEEPEST} parentheses and nots stand inside each other")
        if word == "not":
            return f"NOT ({self._condition(depth + 1)})"
        if token.text == "(":
            inner = self.either(depth + 1)
            closing = self.next()
            if closing.text != ")":
                raise self.refusal(closing, f"the parenthesis of character {token.at + 1} is not closed")
            return inner
        self._conditions += 1
        if self._conditions > MOST:
            raise self.refusal(token, f"there are more than {MOST} conditions")
        if token.kind != "word" or word in _JOINERS:
            raise self.refusal(token, "a condition belongs here")
        return self._asked(token, word)

    def _asked(self, token: _Token, word: str) -> str:
        if self._peek().kind != "operator":
            if word in FLAGS:
                return FLAGS[word]
            if word in self._fields:
                raise self.refusal(self._peek(), f"'{word}' needs a value: {word}{self._fields[word].operators[0]}...")
            raise self._unknown(token, word)
        operator = self.next()
        if word == "has" and operator.text in ":=":
            return self._has()
        if word in FLAGS:
            raise self.refusal(operator, f"'{word}' takes no value", f"Write {word}, or not {word}. ")
        if word not in self._fields:
            raise self._unknown(token, word)
        field = self._fields[word]
        if operator.text not in field.operators:
            raise self.refusal(operator, f"'{word}' takes {' '.join(field.operators)}")
        at, value = self._value()
        try:
            return field.sql(operator.text, value)
        except ValueError as error:
            raise self.refusal(_Token("value", value, at), f"'{word}' wants {error}") from None

    def _has(self) -> str:
        field = self.next()
        known = {name: entry.present for name, entry in self._fields.items() if entry.present}
        if field.text.lower() not in known:
            raise self.refusal(field, f"has takes one of {', '.join(known)}")
        present = known[field.text.lower()]
        return present if isinstance(present, str) else present()

    def _value(self) -> tuple[int, str]:
        start = len(self._text) - len(self._text[self._at :].lstrip())
        match = _VALUE.match(self._text, self._at)
        if match is None:
            open_quote = self._text[start : start + 1] in ("'", '"')
            said = "the quote is not closed" if open_quote else "a value belongs here"
            raise self.refusal(_Token("value", "", start), said)
        self._at = match.end()
        if match["bare"] is not None:
            return start, match["bare"]
        double = match["double"]
        return start, double.replace('""', '"') if double is not None else match["single"].replace("''", "'")

    def next(self) -> _Token:
        """The next token, which is taken."""
        token, self._at = self._read()
        return token

    def _peek(self) -> _Token:
        return self._read()[0]

    def _read(self) -> tuple[_Token, int]:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            return _Token("end", "", len(self._text)), len(self._text)
        kind = match.lastgroup or ""
        return _Token(kind, match[kind], match.start(kind)), match.end()

    def _unknown(self, token: _Token, word: str) -> FilterError:
        known = (*self._fields, *FLAGS)
        close = difflib.get_close_matches(word[:40], known, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        return self.refusal(token, f"'{word}' is nothing that can be asked", f"{meant}Known: {', '.join(known)}, has. ")

    def refusal(self, token: _Token, said: str, hint: str = "") -> FilterError:
        """The error at a token, with the filter's text and a mark under the place."""
        before = printable(self._text[max(0, token.at - 60) : token.at])
        after = printable(self._text[token.at : token.at + 40])
        return FilterError(
            f"the filter cannot be read at character {token.at + 1}: {said}\n  {before}{after}\n  {' ' * len(before)}^",
            f"{hint}{_EXAMPLE}",
        )


def _unknown_uses(since: dt.datetime | None, until: dt.datetime | None) -> Set[str]:  # noqa: ARG001 - as `PhotosUsed`
    raise FilterError("a filter asks which photos were used, and no archive says it", "Ask an archive.")
