"""A web page, read as an article by trafilatura."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import TYPE_CHECKING, Any

from picdesk.articles.headline import find_headline, headings, plain
from picdesk.articles.text import MAX_BYTES, repair
from picdesk.errors import ArticleError
from picdesk.photos.locate import one_line
from picdesk.records import Article

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_ELEMENTS = 30_000
"""trafilatura's time grows faster than the page: 4 s for 30,000 elements, 15 s for 50,000, minutes beyond."""

MIN_WORDS = 12
"""A page with less text than a sentence (or, where words have no spaces between them, 48 letters) holds no story."""

for _library in ("trafilatura", "htmldate", "courlan"):
    # Without a handler of its own, what a library remarks about a page would land on the user's terminal.
    logging.getLogger(_library).addHandler(logging.NullHandler())

_HINT = "Open the page in a browser and save it, or give the story's text."
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|(?><!--.*?-->)\s*)*+<(?:!doctype\s+html|html|head|body|article|main|section|div|p|h1)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_REFUSALS = re.compile(
    r"access (?:to this page )?(?:has been |is )?denied|403 forbidden|you don't have permission to access"
    r"|(?:verify|confirm) (?:that )?you are (?:a )?human|are you a robot|checking your browser|unusual traffic"
    r"|(?:please )?enable (?:javascript|cookies)|before you continue to|we value your privacy"
    r"|manage (?:your )?(?:cookie|privacy) (?:settings|preferences)",
    re.IGNORECASE,
)
_REFUSAL_WORDS = 150  # a longer text that speaks of a robot is a story about one


def article_from_html(data: bytes, *, url: str | None = None, id: str = "") -> Article:
    """A story from a page.

    Args:
        data: the page's bytes; the encoding is found from them, since labels are often wrong.
        url: where it was published.
        id: what its source calls it.

    Raises:
        ArticleError: it is too large, or no story is in it: no text, a consent wall, a refusal.
    """
    import trafilatura

    if len(data) > MAX_BYTES:
        raise ArticleError(f"the page is larger than {MAX_BYTES:,} bytes", _HINT)
    tree = trafilatura.load_html(data)
    if tree is None:
        raise ArticleError("the page holds no article", _HINT)
    if sum(1 for _ in tree.iter()) > MAX_ELEMENTS:
        raise ArticleError(f"the page has more than {MAX_ELEMENTS:,} elements", _HINT)
    try:
        found: Any = trafilatura.bare_extraction(data, url=url, include_comments=False, with_metadata=True)
    except Exception as error:  # lxml and htmldate fail on twisted trees with whatever comes first, assertions too
        raise ArticleError(f"the page cannot be taken apart: {one_line(error)}", _HINT) from error
    if found is None:
        raise ArticleError("the page holds no article", _HINT)
    headline = find_headline(tree, url, found.title or "")
    body = _body(repair(found.text or ""), headline, headings(tree))
    if not headline and body:
        headline, *body = body
    _refuse_what_is_no_story(headline, body)
    return Article(
        headline=headline,
        lead=body[0],
        text="\n\n".join(body),
        id=id,
        url=url,
        language=_language(tree),
        published=_day(found.date),
        tags=_tags(found.tags or ()),
        read_by="trafilatura",
    )


def looks_like_html(data: bytes) -> bool:
    """Whether bytes begin like a web page, or a piece of one."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start[2:].replace(b"\0", b"")
    return _HTML.match(start) is not None


def _body(text: str, headline: str, h1s: Iterable[str]) -> list[str]:
    """Paragraphs, without a headline repeated at the beginning."""
    lines = [line for line in text.split("\n") if line]
    titles = {plain(headline), *map(plain, h1s)}
    while lines and plain(lines[0]) in titles:
        del lines[0]
    return lines


def _refuse_what_is_no_story(headline: str, body: list[str]) -> None:
    words = sum(len(line.split()) for line in body)
    letters = sum(map(len, body))
    if words < MIN_WORDS and letters < 4 * MIN_WORDS:
        raise ArticleError("no story could be found in the page", _HINT)
    refusal = _REFUSALS.search("\n".join([headline, *body])) if words < _REFUSAL_WORDS else None
    if refusal:
        raise ArticleError(f"the page holds no story but a wall before it: {refusal[0]!r}", _HINT)


def _language(tree: Any) -> str | None:
    said = tree.xpath('/html/@lang | //meta[@property="og:locale"]/@content')
    codes = (re.match(r"([a-z]{2})(?![a-z])", value.strip().lower()) for value in said)
    return next((code[1] for code in codes if code), None)


def _day(date: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(date) if date else None
    except ValueError:
        return None


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    split = (piece for tag in tags for piece in re.split("[;,|]", repair(tag)))
    return tuple(dict.fromkeys(filter(None, map(str.strip, split))))
