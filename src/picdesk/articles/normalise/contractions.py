"""Contractions written out."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from picdesk.articles.normalise.normaliser import ENGLISH, Normaliser

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTRACTED = re.compile(
    r"\b(?P<start>[a-z]+?)(?P<end>n['’]t|(?:['’](?:ve|re|ll|d|m|s|t|all))+)\b(?=(?P<next>\s+\w+)?)", re.IGNORECASE
)


class _Table(NamedTuple):
    whole: Mapping[str, str]
    endings: Mapping[str, str]
    is_words: frozenset[str]
    participles: frozenset[str]


@cache
def _table() -> _Table:
    table = tomllib.loads(files(__package__).joinpath("contractions.toml").read_text(encoding="utf-8"))
    return _Table(table["whole"], table["endings"], frozenset(table["is"]), frozenset(table["participles"]))


def _written_out(text: str, _: str) -> str:
    return _CONTRACTED.sub(_long, text)


def _long(match: re.Match[str]) -> str:
    """One contraction in full; a possessive ("the mayor's") stays as it is."""
    table = _table()
    start, end = match["start"], match["end"].replace("’", "'")
    short = start + end
    if short.lower() in table.whole:
        return _cased(table.whole[short.lower()], short)
    if end.lower() == "n't":
        return f"{start} not"
    words = [start]
    for ending in re.findall(r"'\w+", end.lower()):
        if ending == "'s":
            if start.lower() not in table.is_words:
                return match[0]
            words.append("has" if (match["next"] or "").strip().lower() in table.participles else "is")
        elif ending in table.endings:
            words.append(table.endings[ending])
        else:
            return match[0]
    return " ".join(words)


def _cased(words: str, short: str) -> str:
    if short.isupper():
        return words.upper()
    return words[0].upper() + words[1:] if short[0].isupper() else words


expand_contractions = Normaliser("contractions", "contractions written out", _written_out, ENGLISH)
