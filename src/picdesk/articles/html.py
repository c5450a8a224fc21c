"""A web page, read as an article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.articles.bounded import HINT, SECONDS, extract_bounded
from picdesk.articles.charsets import plain_start
from picdesk.articles.text import MAX_BYTES
from picdesk.errors import ArticleError

if TYPE_CHECKING:
    from picdesk.records import Article

_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|(?><!--.*?-->)\s*)*+<(?:!doctype\s+html|html|head|body|article|main|section|div|p|h1)[\s>]",
    re.IGNORECASE | re.DOTALL,
)


def article_from_html(
    data: bytes, *, url: str | None = None, id: str = "", charset: str = "", seconds: float = SECONDS
) -> Article:
    """A story from a page; ``read_by`` of the answer names the step that found it.

    The page is taken apart in a process of its own, which is stopped when it takes too long and kept for the next page.

    Args:
        data: the page's bytes; the encoding is found from them, since labels are often wrong.
        url: where it was published.
        id: what its source calls it.
        charset: the encoding that its server named.
        seconds: how long it may take.

    Raises:
        ArticleError: it is too large or takes too long, or no story is in it: no text, a consent wall, a refusal, a
            teaser before a paywall.
    """
    if len(data) > MAX_BYTES:
        raise ArticleError(f"the page is larger than {MAX_BYTES:,} bytes", HINT)
    return extract_bounded(data, url=url, charset=charset, id=id, seconds=seconds)


def looks_like_html(data: bytes) -> bool:
    """Whether bytes begin like a web page, or a piece of one."""
    return _HTML.match(plain_start(data)) is not None
