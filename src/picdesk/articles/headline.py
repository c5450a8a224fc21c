"""The headline of a page, without the name of the site."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from picdesk.articles.text import repair

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SEPARATOR = re.compile(r"(?P<head>.+\S)\s+(?P<sign>[|–—·•»-])\s+(?P<tail>\S.*)", re.DOTALL)
_LONGEST = 500  # characters; longer ones are no headlines
_ARTICLE_H1, _ANY_H1 = "//article//h1 | //main//h1", "//h1"
_SITE_NAMES = '//meta[@property="og:site_name"]/@content | //meta[@name="application-name"]/@content'
_META_TITLES = '//meta[@property="og:title" or @name="og:title"]/@content'


def find_headline(tree: Any, url: str | None, extra: str = "", told: Sequence[str] = ()) -> str:
    """The headline of a page.

    Looked for in this order: Open Graph's title, the first-level heading (of the article, if it has one), the page's
    title, ``extra``. "... - News Nation" and "... | Sport | News Nation" lose what the site added.

    Args:
        tree: the page (lxml).
        url: where it was published; its host names the site too.
        extra: what else may be the title.
        told: titles that the page's structured data gives: taken after the headings, and witnesses of where a title
            ends and a site's name begins.

    Returns:
        The headline; empty where the page has none.
    """
    h1s = [*headings(tree), *filter(None, map(_one_line, told))]
    sites = {plain(name) for name in tree.xpath(_SITE_NAMES)} | _host_names(url or "")
    sites.discard("")
    for candidate in _candidates(tree, h1s, extra):
        if len(candidate) > _LONGEST:
            continue
        headline = _without_site(candidate, sites, {plain(h1) for h1 in h1s})
        if headline and plain(headline) not in sites:
            return headline
    return ""


def headings(tree: Any) -> list[str]:
    """The first-level headings of a page, those of its article first."""
    found = [*tree.xpath(_ARTICLE_H1), *tree.xpath(_ANY_H1)]
    texts = (_one_line(" ".join(h1.itertext())) for h1 in found)
    return list(dict.fromkeys(text for text in texts if 0 < len(text) <= _LONGEST))


def plain(text: str) -> str:
    """Text as it is compared: its letters and digits, without case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _candidates(tree: Any, h1s: list[str], extra: str) -> Iterator[str]:
    yield from map(_one_line, tree.xpath(_META_TITLES))
    yield from h1s
    yield from (_one_line(title.text or "") for title in tree.xpath("//head/title | /html/title"))
    yield _one_line(extra)


def _one_line(text: str) -> str:
    return " ".join(repair(text).split())


def _without_site(title: str, sites: set[str], h1s: set[str]) -> str:
    while (parts := _SEPARATOR.fullmatch(title)) and plain(title) not in h1s:
        head, tail = parts["head"], plain(parts["tail"])
        is_site = any(_resemble(tail, site) for site in sites)
        # A bar is a site's sign; a dash belongs to many headlines, so it needs a second witness.
        is_section = parts["sign"] == "|" and len(head.split()) >= 3 and len(parts["tail"].split()) <= 4
        if not (is_site or is_section or plain(head) in h1s):
            return title
        title = head
    return title


def _resemble(one: str, other: str) -> bool:
    """Whether two names are of one site: "News Nation" and ``newsnationnow``, but not "now" and ``newsnationnow``."""
    short, long = sorted((one, other), key=len)
    return short in long and 2 * len(short) >= len(long)


def _host_names(url: str) -> set[str]:
    """``newsnationnow`` of ``https://www.newsnationnow.com/...``."""
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        return set()
    return {plain(label) for label in labels[:-1] if len(label) > 3}
