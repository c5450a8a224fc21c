"""A gazetteer: the people, places and keywords that an archive knows, found in any text at once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.articles.names.title_case import is_title, tokens
from picdesk.records import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHORTEST = 2
_LONGEST = 80
"""Characters of an entry; a longer keyword is a sentence."""

_RANKS = ("person", "organisation", "place", "other")
"""What a text is taken for that several columns hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Gazetteer:
    """Names that are looked up in texts, all in one pass (Aho & Corasick, 1975).

    Attributes:
        size: how many names it holds.
    """

    size: int
    _automaton: Any

    @classmethod
    def of(
        cls,
        *,
        people: Iterable[str] = (),
        places: Iterable[str] = (),
        organisations: Iterable[str] = (),
        keywords: Iterable[str] = (),
    ) -> Gazetteer:
        """Make one from what an archive says of its photos, repetitions included.

        Args:
            people: persons shown.
            places: "Kansas City, Missouri, USA": the parts count as names, too.
            organisations: companies, clubs, authorities.
            keywords: of any kind. One that is always written in lower case ("fire") names nothing and is left out.
        """
        entries: dict[str, tuple[str, str]] = {}
        parts = (part.strip() for place in set(places) for part in (place, *place.split(",")))
        columns = {"person": people, "organisation": organisations, "place": parts, "other": keywords}
        for kind in reversed(_RANKS):
            for text in set(columns[kind]):
                name = " ".join(text.split())
                if _is_name(name, kind):
                    entries[folded(name)] = (name, kind)
        return cls(len(entries), _automaton_of(entries))

    def find(self, text: str) -> list[Name]:
        """The names in a text, each once, in order of their first place.

        Only whole words match; of names that overlap the one that begins first wins, of those the longest. Accents,
        apostrophes and case do not matter, with two exceptions. A name of one word must be written with a capital in a
        line that has both cases: "May" is a name, "may" is not. And in a Title Case line, where every word has one, a
        keyword of one word names nothing, unless its capitals are its own ("NATO").
        """
        if not self.size:
            return []
        found: dict[str, Name] = {}
        for line in text.split("\n"):
            for name in self._in_line(line):
                found.setdefault(name.text, name)
        return list(found.values())

    def _in_line(self, line: str) -> Iterator[Name]:
        end_of_last = 0
        caseless = not any(map(str.islower, line)) or not any(map(str.isupper, line))
        title = not caseless and is_title(tokens(line))
        for start, end, (name, kind) in self._places(line):
            if start < end_of_last or not (caseless or _written_as_name(line[start:end], name)):
                continue
            if title and kind == "other" and " " not in name and not _own_capitals(line[start:end], name):
                continue
            end_of_last = end
            yield Name(text=name, kind=kind, source="gazetteer")

    def _places(self, text: str) -> list[tuple[int, int, tuple[str, str]]]:
        """Where whole names stand: start, end, entry; by start, the longest first."""
        plain = folded(text)
        places = []
        for last, entry in self._automaton.iter(plain):
            end, start = last + 1, last + 1 - len(entry[0])
            if _is_border(plain, start) and _is_border(plain, end):
                places.append((start, end, (entry[1], entry[2])))
        return sorted(places, key=lambda place: (place[0], -place[1]))


def _automaton_of(entries: dict[str, tuple[str, str]]) -> Any:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for plain, (name, kind) in entries.items():
        automaton.add_word(plain, (plain, name, kind))
    automaton.make_automaton()
    return automaton


def _is_name(text: str, kind: str) -> bool:
    if not _SHORTEST <= len(text) <= _LONGEST or not any(map(str.isalpha, text)):
        return False
    return kind != "other" or not text.islower()


def _written_as_name(written: str, name: str) -> bool:
    """Whether a passage is written as a name: with a capital, in a script without case, or as the archive has it."""
    return " " in name or written[:1].isupper() or not any(sign.islower() for sign in written) or written == name


def _own_capitals(written: str, name: str) -> bool:
    return written == name and any(map(str.isupper, name[1:]))


def _is_border(text: str, at: int) -> bool:
    """Whether a word may begin or end here. Scripts that put no space between words have a border everywhere."""
    if at in (0, len(text)):
        return True
    before, after = text[at - 1], text[at]
    if not (before.isalnum() and after.isalnum()):
        return True
    return _unspaced(before) or _unspaced(after)


def _unspaced(sign: str) -> bool:
    """Chinese, Japanese, Thai, Lao, Khmer, Burmese."""
    return (
        "\u0e00" <= sign <= "\u0eff"
        or "\u1000" <= sign <= "\u109f"
        or "\u1780" <= sign <= "\u17ff"
        or "\u3040" <= sign <= "\u30ff"
        or "\u3400" <= sign <= "\u9fff"
        or "\uf900" <= sign <= "\ufaff"
        or "\U00020000" <= sign <= "\U0003ffff"
    )


class _Folding(dict[int, str]):
    """One sign to one sign, so that places in the folded text are places in the text: no accent, lower case."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        letter = unicodedata.normalize("NFD", sign)[0].lower()
        plain = "'" if sign in "’ʼ‘`´" else " " if sign.isspace() else "-" if sign in "‐‑" else letter
        self[code] = plain if len(plain) == 1 else sign
        return self[code]


_FOLDING = _Folding()


def folded(text: str) -> str:
    """A text without case and accents, every sign in its place."""
    return text.translate(_FOLDING)
