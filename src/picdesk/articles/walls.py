"""What stands in the place of a story: a refusal, a consent wall, a teaser before a paywall, a menu."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from picdesk.articles.page import Found

MIN_WORDS = 12
"""A page with less text than a sentence (or, where words have no spaces between them, 48 letters) holds no story."""

_SENTENCE = re.compile(r"""[.!?…。！？؟।:]["'”’»」』)\]]*$""")
_LONG_LINE = 15  # words; menus have none as long
_SENTENCE_WORDS = 6
_UNSPACED = 40  # letters, in scripts without spaces between words
_PAID_WORDS = 120  # what a page that says it must be paid for gives away
_EDGE_WORDS, _PHRASE_SHARE = 30, 0.4  # a line above or below a story is a wall's where a wall's phrase is much of it
_LONGEST, _LETTERS = 4, 8
"""A wall is at most this many times as long as its kind's `words`; a word has this many letters at most, on average."""


@dataclass(frozen=True, slots=True)
class Wall:
    """One kind of wall.

    Attributes:
        name: as messages call it.
        words: a longer text is a story about such things.
        summary: whether the page's Open Graph description may stand for the story behind it.
        phrases: what such walls say.
    """

    name: str
    words: int
    summary: bool
    phrases: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a text is no story.

    Attributes:
        reason: for the reader.
        summary: whether the page's Open Graph description may stand for the story.
        weight: the heavier of two reasons is the one to tell.
    """

    reason: str
    summary: bool
    weight: int


@cache
def walls() -> tuple[Wall, ...]:
    """Every kind of wall, from ``walls.toml``."""
    table = tomllib.loads(files("picdesk.articles").joinpath("walls.toml").read_text(encoding="utf-8"))
    return tuple(
        Wall(
            name=entry["name"],
            words=entry["words"],
            summary=entry["summary"],
            phrases=re.compile("|".join(f"(?:{phrase})" for phrase in entry["phrases"]), re.IGNORECASE),
        )
        for entry in table["wall"]
    )


def complaint(headline: str, found: Found, *, paid: bool, prose: bool = True) -> Complaint | None:
    """Why what a step found is no story; ``None`` where it is one.

    Args:
        headline: the page's.
        found: the text.
        paid: the page says that its story is not free.
        prose: whether there must be sentences.
    """
    said = "\n".join([headline, *found.lines]).replace("’", "'")
    for wall in walls():
        phrase = wall.phrases.search(said) if found.letters <= _LETTERS * _LONGEST * wall.words else None
        if phrase and _within(found, wall, said):
            return Complaint(f"the page holds no story but {wall.name}: {phrase[0]!r}", wall.summary, weight=3)
    if paid and prose and found.words < _PAID_WORDS and found.letters < 5 * _PAID_WORDS:
        return Complaint("the page holds no story but a teaser before a paywall", summary=False, weight=3)
    if found.words < MIN_WORDS and found.letters < 4 * MIN_WORDS:
        return Complaint("no story could be found in the page", summary=True, weight=1)
    if prose and not any(map(is_prose, found.lines)):
        return Complaint("no story could be found in the page, only a menu", summary=True, weight=2)
    return None


def _within(found: Found, wall: Wall, said: str) -> bool:
    """Whether a text is short enough for a wall; lawyers' walls are long, and say the same several times over."""
    words = wall.words * min(sum(1 for _ in wall.phrases.finditer(said)), _LONGEST)
    return found.words <= words and found.letters <= _LETTERS * words


def is_prose(line: str) -> bool:
    """Whether a line is written in sentences: a menu's lines are short and end without a stop."""
    words = len(line.split())
    if words >= _LONG_LINE or (words >= _SENTENCE_WORDS and _SENTENCE.search(line.rstrip())):
        return True
    # Chinese, Japanese, Thai and their like have no spaces: few "words", many letters.
    return len(line) >= _UNSPACED and len(line) > 12 * words


def without_walls(lines: tuple[str, ...]) -> tuple[str, ...]:
    """A story's lines without what walls say above and below it ("This article is for subscribers only")."""

    def is_wall(line: str) -> bool:
        if len(line.split()) > _EDGE_WORDS:
            return False
        found = (wall.phrases.search(line.replace("’", "'")) for wall in walls())
        return any(phrase and len(phrase[0]) >= _PHRASE_SHARE * len(line) for phrase in found)

    first, last = 0, len(lines)
    while first < last and is_wall(lines[first]):
        first += 1
    while last > first and is_wall(lines[last - 1]):
        last -= 1
    return lines[first:last]
