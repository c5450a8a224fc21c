"""A page, parsed once for every step that looks for the story in it."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from picdesk.articles.charsets import decode_page
from picdesk.articles.headline import find_headline, headings
from picdesk.articles.language import normal_code
from picdesk.articles.markup import has_markup
from picdesk.articles.text import repair
from picdesk.errors import ArticleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_ELEMENTS = 30_000
"""trafilatura's time grows faster than the page: 4 s for 30,000 elements, 15 s for 50,000, minutes beyond."""

_DEEPEST = 60  # levels of JSON; hostile blocks go deeper
_PARAGRAPH = 20  # letters that an element must hold itself
_BLOCKS = frozenset({"p", "div", "ul", "ol", "table", "section", "article", "h1", "h2", "h3", "blockquote", "figure"})
_TRAILING = re.compile(r",\s*([}\]])")

for _library in ("trafilatura", "htmldate", "courlan"):
    # Without a handler of its own, what a library remarks about a page would land on the user's terminal.
    logging.getLogger(_library).addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one step found in a page.

    Attributes:
        lines: its paragraphs, repaired.
        title: what the step takes for the title; empty where it knows none.
        date: day of publication, ISO 8601.
        tags: names and topics.
    """

    lines: tuple[str, ...]
    title: str = ""
    date: str = ""
    tags: tuple[str, ...] = ()

    @property
    def letters(self) -> int:
        """How long the text is, in any script."""
        return sum(map(len, self.lines))

    @property
    def words(self) -> int:
        """How many words it has, where the script has spaces."""
        return sum(len(line.split()) for line in self.lines)


class Page:
    """A page and what it is asked for, each parsed at the first question.

    Args:
        data: the page's bytes.
        url: where it was published.
        charset: the encoding that its server named.

    Raises:
        ArticleError: nothing in it can be parsed.
    """

    def __init__(self, data: bytes, url: str | None = None, charset: str = "") -> None:
        import trafilatura

        self.url = url
        self.text = decode_page(data, charset)
        self.tree: Any = trafilatura.load_html(self.text)
        if self.tree is None and has_markup(self.text):  # a fragment of a single block is no page to trafilatura
            self.tree = trafilatura.load_html(f"<html><body>{self.text}</body></html>")
        if self.tree is None:
            raise ArticleError("the page holds no article")
        self.elements = sum(1 for _ in self.tree.iter())
        _name_paragraphs(self.tree)
        _empty_scripts(self.tree)

    @cached_property
    def headings(self) -> list[str]:
        """First-level headings."""
        return headings(self.tree)

    @cached_property
    def headline(self) -> str:
        """The headline as the page's own tags say it."""
        kinds = ("Article", "Posting", "Gallery")
        stories = [item for item in self.structured if str(item.get("@type", "")).endswith(kinds)]
        told = [item["headline"] for item in stories if isinstance(item.get("headline"), str)]
        return find_headline(self.tree, self.url, told=told)

    @cached_property
    def selectable(self) -> Any:
        """The page in selectolax."""
        from selectolax.lexbor import LexborHTMLParser

        return LexborHTMLParser(self.text)

    @cached_property
    def structured(self) -> list[dict[str, Any]]:
        """Every object of the page's JSON-LD blocks, outer before inner; blocks that are no JSON are passed over."""
        blocks = self.tree.xpath('//script[contains(translate(@type, "LDJSON", "ldjson"), "ld+json")]')
        return [item for block in blocks for item in objects(lenient_json(block.text or ""))]

    @cached_property
    def language(self) -> str | None:
        """ISO 639-1 code as the page declares it."""
        said = [*self.tree.xpath('/html/@lang | //meta[@property="og:locale"]/@content')]
        said += [item["inLanguage"] for item in self.structured if isinstance(item.get("inLanguage"), str)]
        return next(filter(None, map(normal_code, said)), None)

    def meta(self, *names: str) -> list[str]:
        """What the page's meta tags of these names (or properties) say, in the page's order; empty ones left out."""
        found = []
        for tag in self.tree.xpath("//meta[@content]"):
            name = (tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower()
            if name in names and tag.get("content").strip():
                found.append(" ".join(repair(tag.get("content")).split()))
        return found


def _empty_scripts(tree: Any) -> None:
    """Scripts lose what they do; data in script tags stays. htmldate would search megabytes of code for dates."""
    for script in tree.iter("script"):
        if "json" not in (script.get("type") or "").lower():
            script.text = None


def _name_paragraphs(tree: Any) -> None:
    """Custom elements (``<post-para>``) that stand as paragraphs become such: extractors run their texts together."""
    for element in tree.iter("*"):
        if "-" not in element.tag or len((element.text or "").strip()) < _PARAGRAPH:
            continue
        parent = element.getparent()
        inline = (element.tail or "").strip() or parent is None or (parent.text or "").strip()
        if not inline and not any(child.tag in _BLOCKS for child in element):
            element.tag = "p"


def objects(document: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON document."""
    if depth > _DEEPEST:
        return
    if isinstance(document, dict):
        yield document
    inner: Iterable[Any] = document.values() if isinstance(document, dict) else document
    if isinstance(document, dict | list):
        for item in inner:
            yield from objects(item, depth + 1)


def lenient_json(text: str) -> Any:
    """A JSON block as pages write it: line ends inside strings, comment marks around it, commas before a bracket.

    Returns:
        ``None`` for what is no JSON even so.
    """
    text = text.strip().removeprefix("<!--").removesuffix("-->").strip()
    text = text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip().rstrip(";")
    for attempt in (text, _TRAILING.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text with anything on them, repaired."""
    return tuple(line for line in repair(text).split("\n") if line)
