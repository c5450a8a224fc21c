"""From a page to its story: the steps are asked in turn, and what each finds must be a story.

This runs for as long as the page makes it run. Whoever reads pages that others wrote calls
`picdesk.articles.article_from_html`, which runs it where it can be stopped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.articles.headline import find_headline, plain
from picdesk.articles.page import Found, Page
from picdesk.articles.said import day_of, split_tags
from picdesk.articles.steps import STEPS
from picdesk.articles.steps.jsonld import is_paid, is_told
from picdesk.articles.walls import complaint, is_prose, without_walls
from picdesk.errors import ArticleError
from picdesk.photos.locate import one_line
from picdesk.records import Article

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from picdesk.articles.walls import Complaint

HINT = "Open the page in a browser and save it, or give the story's text."
_MENU = 20
"""Lines within which a headline stands again, where a menu was taken for a part of the story."""
_MORE, _MORE_LETTERS = 1.5, 300
"""What structured data must tell over the visible text to be taken instead: half as much again, and a paragraph."""


def extract(data: bytes, *, url: str | None = None, charset: str = "", id: str = "") -> Article:
    """The story of a page.

    The visible text (trafilatura) is taken, unless the page's structured data (JSON-LD, then ``__NEXT_DATA__``) tells
    clearly more of the same story; where neither is a story, what resiliparse finds; where there is no text to judge,
    title and description of Open Graph.

    Args:
        data: the page's bytes.
        url: where it was published.
        charset: the encoding that its server named.
        id: what its source calls it.

    Raises:
        ArticleError: there is no story in it, and why: no text, a menu, a consent wall, a refusal, a paywall.
    """
    page = Page(data, url, charset)
    chain = _Chain(page)
    visible, told = chain.ask("trafilatura"), chain.ask("json-ld")
    name, found = "trafilatura", visible
    if told and (visible is None or _clearly_more(told, visible) or is_told(page, visible)):
        name, found = "json-ld", told
    if found is None or _is_beginning(found):
        drawn = chain.ask("next-data")
        if drawn and (found is None or _clearly_more(drawn, found)):
            name, found = "next-data", drawn
    for last in ("resiliparse", "open-graph"):
        if found is None and (last != "open-graph" or chain.summary):
            name, found = last, chain.ask(last)
    if found is None:
        raise chain.failure()
    return _article(page, name, found, chain, id)


class _Chain:
    """What the steps found in one page, and what was wrong with it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._paid = is_paid(page)
        self._complaints: list[Complaint] = []
        self._errors: list[str] = []
        self.asked: list[Found] = []

    @property
    def summary(self) -> bool:
        """Whether the page's own summary may stand for its story."""
        return all(one.summary for one in self._complaints) and not self._paid

    def ask(self, name: str) -> Found | None:
        """What a step finds, if it is a story."""
        try:
            found = STEPS[name](self._page)
        except Exception as error:  # lxml, htmldate and others fail on twisted pages with whatever comes first
            self._errors.append(f"the page cannot be taken apart: {one_line(error)}")
            return None
        if found is None:
            return None
        self.asked.append(found)
        found = _without_headline(found, self._page)
        wrong = complaint(self._page.headline, found, paid=self._paid, prose=name != "open-graph")
        if wrong:
            self._complaints.append(wrong)
            return None
        return found

    def failure(self) -> ArticleError:
        """The most telling reason."""
        if self._complaints:
            return ArticleError(max(self._complaints, key=lambda one: one.weight).reason, HINT)
        return ArticleError(next(iter(self._errors), "the page holds no article"), HINT)


def _without_headline(found: Found, page: Page) -> Found:
    """Without a headline repeated at the beginning, and without what little of a menu stands above it."""
    titles = {plain(page.headline), plain(found.title), *map(plain, page.headings)} - {""}
    start = 0
    for number, line in enumerate(found.lines[:_MENU], start=1):
        if plain(line) in titles:
            start = number
        elif is_prose(line):
            break
    return replace(found, lines=found.lines[start:])


def _clearly_more(told: Found, visible: Found) -> bool:
    """Whether structured data tells clearly more; of the same story, where the visible text is one."""
    return told.letters > max(_MORE * visible.letters, visible.letters + _MORE_LETTERS)


def _is_beginning(found: Found) -> bool:
    """Whether a text is so short that it may be the beginning of a story that a script would draw."""
    return found.letters < 4 * _MORE_LETTERS


def _article(page: Page, name: str, found: Found, chain: _Chain, id: str) -> Article:
    titles = [one.title for one in (found, *chain.asked) if one.title]
    told = titles[:1] if name == "next-data" else []
    headline = find_headline(page.tree, page.url, told=told) if told else page.headline
    headline = headline or find_headline(page.tree, page.url, next(iter(titles), ""))
    lines = without_walls(found.lines) or found.lines
    if not headline and lines:
        headline, *rest = lines
        lines = tuple(rest)
    if not lines:
        raise ArticleError("no story could be found in the page", HINT)
    return Article(
        headline=headline,
        lead=lines[0],
        text="\n\n".join(lines),
        id=id,
        url=page.url,
        language=page.language,
        published=_first_day([found.date, *(one.date for one in chain.asked), *page.meta("article:published_time")]),
        tags=split_tags(_first_tags(page, chain.asked)),
        read_by=name,
    )


def _first_day(dates: Iterable[str]) -> dt.date | None:
    return next(filter(None, map(day_of, dates)), None)


def _first_tags(page: Page, asked: Iterable[Found]) -> tuple[str, ...]:
    """The tags of the first that knows any: trafilatura reads the page's own, JSON-LD has the newsroom's."""
    said = next((one.tags for one in asked if one.tags), ())
    return said or tuple(page.meta("article:tag", "keywords", "news_keywords"))
