"""What a page says of its story to search engines: JSON-LD in the words of schema.org (``NewsArticle``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.articles.headline import plain
from picdesk.articles.markup import plain_text
from picdesk.articles.page import Found, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.articles.page import Page

_PARTS = {
    "BlogPosting": ("liveBlogUpdate",),
    "Article": ("hasPart",),
    "Gallery": ("associatedMedia", "image", "hasPart", "itemListElement"),
}
"""How the name of a kind ends -> where its text lies, if it has no body."""
_COMPARED = 300  # letters
_PART_TEXTS = ("articleBody", "text", "caption", "description")


def by_jsonld(page: Page) -> Found | None:
    """The ``articleBody`` of the page's story; of a live blog its entries, of a gallery its captions.

    Where a page describes several stories, the one whose headline the page carries is meant, else the longest.
    """
    told = [(item, lines) for item in page.structured if (lines := tuple(_lines(item)))]
    if not told:
        return None
    titles = {plain(title) for title in (page.headline, *page.headings)}
    item, lines = max(told, key=lambda one: (plain(_text(one[0].get("headline"))) in titles, sum(map(len, one[1]))))
    tags = item.get("keywords")
    return Found(
        lines=lines,
        title=_text(item.get("headline")) or _text(item.get("name")),
        date=_text(item.get("datePublished")),
        tags=tuple(filter(None, map(_text, tags if isinstance(tags, list) else [tags]))),
    )


def is_paid(page: Page) -> bool:
    """Whether the page says of itself that its story is not free to read."""
    said = [str(item.get("isAccessibleForFree", "")).lower() for item in page.structured]
    return "false" in said or "locked" in page.meta("article:content_tier")


def is_told(page: Page, found: Found) -> bool:
    """Whether a text is an ``articleBody`` of the page: trafilatura takes the first where it sees no other text.

    It loses the paragraphs, and the first may be another story's.
    """
    start = plain(" ".join(found.lines))[:_COMPARED]
    bodies = (_text(item.get("articleBody")) for item in page.structured)
    return any(plain(plain_text(body))[:_COMPARED] == start for body in bodies if body)


def _lines(item: dict[str, Any]) -> Iterator[str]:
    body = _text(item.get("articleBody"))
    if body:
        yield from lines_of(plain_text(body))
        return
    said = item.get("@type")
    kinds = [str(kind) for kind in (said if isinstance(said, list) else [said])]
    names = [name for ending, names in _PARTS.items() for name in names if any(kind.endswith(ending) for kind in kinds)]
    for name in names:
        parts = item.get(name)
        for part in parts if isinstance(parts, list) else [parts]:
            if isinstance(part, dict):
                text = next(filter(None, (_text(part.get(key)) for key in _PART_TEXTS)), "")
                yield from lines_of(plain_text(text))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
