"""Names found by their capitals, in languages that write nothing else with one inside a sentence."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.articles.names.title_case import is_title, tokens
from picdesk.encoders.sentences import sentences
from picdesk.records import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SENTENCE_CASE = frozenset(
    (
        *("bg", "ca", "cs", "cy", "da", "el", "en", "es", "et", "eu", "fi", "fr", "ga", "gl", "hr", "hu", "hy", "id"),
        *("is", "it", "lt", "lv", "mk", "ms", "no", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "sw"),
        *("tl", "tr", "uk", "vi"),
    )
)
"""Languages in which a capital inside a sentence marks a name. German and Luxembourgish capitalise every noun."""

_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")


def capitalised_names(headline: str, body: str, language: str | None) -> list[Name]:
    """Runs of capitalised words ("Warren Buffett", "Bank of England"), each once, in order.

    A sentence's first word counts only where it cannot be an ordinary word: it stands with a capital inside a sentence
    elsewhere, or another capitalised word follows it and it is no word of grammar and nowhere in lower case. Title Case
    headlines and lines in capitals are passed over; a headline in sentence case is read like a sentence.

    Args:
        headline: one line.
        body: paragraphs.
        language: ISO 639-1 code; without one, and in languages that capitalise more than names, nothing is found.
    """
    if language not in SENTENCE_CASE:
        return []
    # A sentence of a body may be all names ("Merkel met Macron in Paris."), so a body is judged as a whole.
    parts = [[headline], sentences(body)]
    read = [
        line
        for part in ([tokens(line) for line in lines] for lines in parts)
        if not is_title([word for line in part for word in line])
        for line in part
    ]
    inside = {word for line in read for word in line[1:] if word[:1].isupper()}
    lower = {word for line in read for word in line if word.islower()}
    found: dict[str, Name] = {}
    for line in read:
        for run in _runs(line, inside, lower, language):
            kind, text = _kind(run), " ".join(_without_titles(run))
            found.setdefault(text, Name(text=text, kind=kind, source="capitalised"))
    return _without_parts(found.values())


def _runs(line: list[str], inside: set[str], lower: set[str], language: str) -> Iterator[list[str]]:
    """Runs of capitalised words of one sentence, particles ("of", "de", "van") inside them included."""
    marks = _marks()
    never = set(marks["never"].get(language, ())) | set(marks["never"]["every"])
    run: list[str] = []
    waiting: list[str] = []
    for number, token in enumerate([*line, "."]):
        capital = token[:1].isupper() and token.rstrip(".").lower() not in never
        if capital and number == _first_word(line) and not _certain(token, line[number + 1 :], inside, lower):
            capital = False
        if capital:
            run += [*waiting, token] if run else [token]
            waiting = []
        elif run and token in marks["particles"] and len(waiting) < 2:
            waiting.append(token)
        else:
            if run:
                yield run
            run, waiting = [], []
        if run and _ends_run(token, marks["abbreviated"]):
            yield [*run[:-1], _POSSESSIVE.sub("", run[-1]).rstrip(".")]
            run, waiting = [], []


def _first_word(line: list[str]) -> int:
    return next((number for number, token in enumerate(line) if token[0].isalpha()), -1)


def _certain(word: str, after: list[str], inside: set[str], lower: set[str]) -> bool:
    """Whether the first word of a sentence is part of a name."""
    if word in inside:
        return True
    if word.lower() in lower or word.lower() in _marks()["openings"]:
        return False
    return bool(after) and after[0][:1].isupper()


def _ends_run(word: str, abbreviated: list[str]) -> bool:
    """Whether nothing of the same name can follow: a possessive, or the full stop of the sentence."""
    if _POSSESSIVE.search(word):
        return True
    return word.endswith(".") and "." not in word[:-1] and len(word) > 2 and word.lower() not in abbreviated


def _kind(run: list[str]) -> str:
    marks = _marks()
    if run[0].rstrip(".") in marks["titles"] and len(run) > 1:
        return "person"
    if any(word.rstrip(".") in marks["organisations"] for word in run):
        return "organisation"
    return "other"


def _without_titles(run: list[str]) -> list[str]:
    titles = _marks()["titles"]
    while len(run) > 1 and run[0].rstrip(".") in titles:
        run = run[1:]
    return run


def _without_parts(names: Iterable[Name]) -> list[Name]:
    """Leave out "Buffett" beside "Warren Buffett": it says nothing more. A town in a club's name says where it is."""
    names = [name for name in names if len(name.text) > 1]
    wholes = [set(name.text.split()) for name in names if name.kind != "organisation"]
    return [name for name in names if not any(set(name.text.split()) < whole for whole in wholes)]


@cache
def _marks() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("capitalised.toml").read_text(encoding="utf-8"))
