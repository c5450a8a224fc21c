"""The story in the data of a page that a script draws: Next.js keeps it in ``<script id="__NEXT_DATA__">``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.articles.headline import plain
from picdesk.articles.markup import has_markup, plain_text
from picdesk.articles.page import Found, lenient_json, lines_of, objects
from picdesk.articles.walls import is_prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.articles.page import Page

_TITLES = ("headline", "title", "name")
_DATES = ("datePublished", "publishedAt", "published_at", "publishDate", "published", "firstPublished", "date")
# fmt: off
_ELSEWHERE = frozenset({
    "related", "relatedarticles", "recommended", "recommendations", "mostread", "comments", "author", "authors",
    "byline", "seo", "meta", "metadata", "ads", "navigation", "nav", "menu", "footer", "header", "image",
    "images", "media", "config", "translations", "i18n", "messages", "newsletter", "tags", "consent",
    "description", "teaser", "summary", "excerpt", "abstract",
})
# fmt: on
"""Names of fields whose prose is not the story's own, or says its beginning again."""
_SHARE = 0.7
_DEEPEST = 60


def by_next_data(page: Page) -> Found | None:
    """The prose of the object whose title the page carries; without one, that of the field that holds most of it."""
    if "__NEXT_DATA__" not in page.text:
        return None
    scripts = page.selectable.css("script#__NEXT_DATA__")
    data = lenient_json(scripts[0].text()) if scripts else None
    if data is None:
        return None
    title = plain(page.headline)
    stories = [item for item in objects(data) if _is_title(_first(item, _TITLES), title)]
    story = max(stories, key=_size, default=None)
    body = _narrow(data if story is None or not _size(story) else story)
    lines = lines_of("\n".join(_lines(body)))
    if not lines:
        return None
    told = story or {}
    return Found(lines=lines, title=_first(told, _TITLES), date=_first(told, _DATES))


def _is_title(text: str, title: str) -> bool:
    """Whether a text is a page's title, to which a site may have added its name."""
    return bool(text) and title.startswith(plain(text)) and 2 * len(plain(text)) >= len(title)


def _first(item: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if isinstance(value := item.get(name), str) and value.strip()), "")


def _narrow(node: Any) -> Any:
    """The innermost field that holds most of a node's prose: the body without what stands beside it."""
    for _ in range(_DEEPEST):
        if not isinstance(node, dict):
            return node
        largest = max(node.items(), key=lambda field: 0 if _aside(field[0]) else _size(field[1]), default=None)
        if largest is None or _size(largest[1]) < _SHARE * _size(node):
            return node
        node = largest[1]
    return node


def _size(node: Any) -> int:
    return sum(map(len, _lines(node)))


def _lines(node: Any, depth: int = 0) -> Iterator[str]:
    """The prose below a node, a paragraph a line."""
    if depth > _DEEPEST:
        return
    if isinstance(node, str):
        text = plain_text(node) if has_markup(node) else node
        yield from (line for line in text.splitlines() if is_prose(line))
    elif isinstance(node, list):
        pieces = [_piece(item) for item in node]
        whole = "".join(pieces)
        # A paragraph in pieces (bold words, links) has spaces at their ends; whole paragraphs have none.
        if all(pieces) and any(piece != piece.strip() for piece in pieces):
            yield from _lines(whole, depth + 1)
            return
        for item in node:
            yield from _lines(item, depth + 1)
    elif isinstance(node, dict):
        for name, value in node.items():
            if not _aside(name):
                yield from _lines(value, depth + 1)


def _piece(item: Any) -> str:
    """The text of an item that may be a piece of a paragraph; empty for anything else."""
    text = item.get("text", item.get("value")) if isinstance(item, dict) else None
    return text if isinstance(text, str) and not any(isinstance(value, dict | list) for value in item.values()) else ""


def _aside(name: str) -> bool:
    return name.lower().replace("_", "") in _ELSEWHERE
