"""The days that a story speaks of: written out, or told from its day of publication."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from picdesk.records import Article

_YEARS = range(1800, 2200)
_WEEK = 7
_HALF_YEAR = dt.timedelta(days=183)
_ISO = re.compile(r"(?<![\d-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])")
_POINTS = re.compile(r"(?<![\d.])(?P<day>\d\d?)\.\s?(?P<month>\d\d?)\.\s?(?P<year>\d{4})(?!\d)")
_CJK = re.compile(r"(?:(?P<year>\d{4})\s?[年년]\s?)?(?<!\d)(?P<month>\d\d?)\s?[月월]\s?(?P<day>\d\d?)\s?[日일]")


@dataclass(frozen=True, slots=True)
class EventDate:
    """A day that a story names.

    Attributes:
        day: the day.
        text: the words that name it.
        sure: whether the text says day, month and year itself; else the day of publication helped.
    """

    day: dt.date
    text: str
    sure: bool


@dataclass(frozen=True, slots=True)
class _Words:
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    relative: Mapping[str, int]
    coming: frozenset[str]
    pattern: re.Pattern[str]


def event_dates(article: Article, language: str | None = None) -> tuple[EventDate, ...]:
    """The days that headline and lead name, each once, in order.

    A day without a year is the one nearest to publication; a weekday is the last one up to publication, or the next one
    behind a word such as "next"; "yesterday" is the day before. Without a day of publication those are passed over.

    Args:
        article: the story.
        language: ISO 639-1 code; without a known one only numbers are read ("2024-03-05", "5.3.2024", "3月5日").
    """
    text = f"{article.headline}\n{article.lead}"
    found = sorted(_found(text, article.published, language), key=lambda place: place[0])
    days: dict[dt.date, EventDate] = {}
    for _, date in found:
        days.setdefault(date.day, date)
    return tuple(days.values())


def _found(text: str, published: dt.date | None, language: str | None) -> Iterator[tuple[int, EventDate]]:
    for pattern in (_ISO, _POINTS, _CJK):
        for match in pattern.finditer(text):
            day = _day(match["year"], int(match["month"]), int(match["day"]), published)
            if day:
                yield match.start(), EventDate(day, match[0], sure=match["year"] is not None)
    words = _words().get(language or "")
    if not words:
        return
    for match in words.pattern.finditer(text.lower()):
        date = _of_words(match, words, text, published)
        if date:
            yield match.start(), date


def _of_words(match: re.Match[str], words: _Words, text: str, published: dt.date | None) -> EventDate | None:
    written = text[match.start() : match.end()] if len(text) == len(text.lower()) else match[0]
    month = match["month"] or match["month2"]
    if month:
        year = match["year"] or match["year2"]
        day = _day(year, words.months[month], int(match["day"] or match["day2"]), published)
        return EventDate(day, written, sure=year is not None) if day else None
    if published is None:
        return None
    if match["relative"]:
        return _shifted(published, words.relative[match["relative"]], written)
    weekday = words.weekdays[match["weekday"]]
    if match["coming"]:
        return _shifted(published, (weekday - published.weekday() - 1) % _WEEK + 1, written)
    return _shifted(published, -((published.weekday() - weekday) % _WEEK), written)


def _shifted(day: dt.date, days: int, written: str) -> EventDate | None:
    try:
        return EventDate(day + dt.timedelta(days=days), written, sure=False)
    except OverflowError:
        return None


def _day(year: str | None, month: int, day: int, published: dt.date | None) -> dt.date | None:
    """The day, where there is such a one; without a year, the one nearest to publication."""
    if year is not None:
        return _date(int(year), month, day)
    if published is None:
        return None
    near = [_date(published.year + shift, month, day) for shift in (-1, 0, 1)]
    return min((each for each in near if each), key=lambda each: abs(each - published), default=None)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


@cache
def _words() -> Mapping[str, _Words]:
    tables = tomllib.loads(files("picdesk.articles").joinpath("dates.toml").read_text(encoding="utf-8"))
    return {language: _compiled(table) for language, table in tables.items()}


def _compiled(table: Mapping[str, Any]) -> _Words:
    months = {name: number for number, names in enumerate(table["months"], 1) for name in names.split()}
    weekdays = {name: number for number, names in enumerate(table["weekdays"]) for name in names.split()}
    relative = {str(words): int(days) for words, days in dict(table["relative"]).items()}
    coming = frozenset(str(word) for word in table["coming"])
    month, weekday = _any(months), _any(weekdays)
    ordinal = r"(?:st|nd|rd|th|er|º|ª|°|\.)?"
    year = r"(?:,?\s+(?:de\s+|del\s+)?(?P<{}>\d{{4}})(?!\d))?"
    pattern = (
        rf"(?<![\w.])(?:(?P<day>\d\d?){ordinal}\s+(?:of\s+|de\s+|di\s+|d['’])?(?P<month>{month})\b\.?{year.format('year')}"
        rf"|(?P<month2>{month})\.?\s+(?P<day2>\d\d?)(?:st|nd|rd|th)?(?![\d:.]\d|\d){year.format('year2')}"
        rf"|(?P<relative>{_any(relative)})\b"
        rf"|(?:(?P<coming>{_any(coming)})\s+)?(?P<weekday>{weekday})\b)"
    )
    return _Words(months, weekdays, relative, coming, re.compile(pattern))


def _any(words: Mapping[str, int] | frozenset[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
