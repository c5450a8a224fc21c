"""The visible text, by resiliparse: it finds more than trafilatura does, boilerplate too, and takes any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.articles.page import Found, lines_of
from picdesk.articles.walls import is_prose

if TYPE_CHECKING:
    from picdesk.articles.page import Page

_MENU = 100
_TOO_DEEP = "boolean(//*[count(ancestor::*) > 200])"


def by_resiliparse(page: Page) -> Found | None:
    """What resiliparse takes for the page's main content; nothing where elements lie in more than 200 others.

    Its time grows with the square of the depth (35 s for 30,000 levels), and nobody writes such a page.
    """
    from resiliparse.extract.html2text import extract_plain_text

    if page.tree.xpath(_TOO_DEEP):
        return None
    text = extract_plain_text(
        page.text, main_content=True, alt_texts=False, list_bullets=False, comments=False, preserve_formatting=True
    )
    if not any(map(is_prose, text.splitlines())):
        return Found(lines=tuple(text.splitlines()[:_MENU]))  # a menu, to be refused: mending it all would take seconds
    return Found(lines=lines_of(text))
