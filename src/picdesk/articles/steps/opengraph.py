"""The little that a page says of its story to social networks (Open Graph): title and description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.articles.headline import plain
from picdesk.articles.page import Found

if TYPE_CHECKING:
    from picdesk.articles.page import Page


def by_opengraph(page: Page) -> Found | None:
    """The description of a page that has a title of its own; a story, even though a short one."""
    said = page.meta("og:description", "twitter:description", "description")
    described = next((text for text in said if plain(text) != plain(page.headline)), "")
    if not described or not page.meta("og:title", "twitter:title") or not page.headline:
        return None
    return Found(lines=(described,), title=page.headline, tags=tuple(page.meta("article:tag", "keywords")))
