"""Where a story comes from: the web, a file, or the text itself."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.articles.fetch import fetch
from picdesk.articles.html import article_from_html, looks_like_html
from picdesk.articles.text import MAX_BYTES, article_from_text, decode
from picdesk.errors import ArticleError, PhotoError
from picdesk.photos.locate import open_regular, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.articles.fetch import Page
    from picdesk.records import Article

_HTML_ENDINGS = frozenset({".html", ".htm", ".xhtml", ".shtml"})
_TEXT_ENDINGS = frozenset({".txt", ".text", ".md"})
_TABLE_ENDINGS = frozenset({".csv", ".tsv", ".json", ".jsonl", ".parquet"})
_ENDINGS = _HTML_ENDINGS | _TEXT_ENDINGS | _TABLE_ENDINGS
_URL = re.compile(r"[a-z][a-z0-9+.-]*:/\S+", re.IGNORECASE)


def read_article(source: str | Path, *, fetch: Callable[[str], Page] = fetch) -> Article:
    """Read a story.

    Args:
        source: an ``http`` or ``https`` address, the path of an HTML or text file, or the text itself: headline, then
            body; one line is a headline alone.
        fetch: gets a page from the web; the default refuses private addresses.

    Raises:
        ArticleError: there is no such file, it cannot be fetched, or no story is in it.
    """
    if isinstance(source, Path):
        return _from_file(source)
    stripped = source.strip()
    if _URL.fullmatch(stripped):
        page = fetch(stripped)
        if page.content_type == "text/plain":
            return article_from_text(decode(page.data))
        return article_from_html(page.data, url=page.url)
    if _is_file(source):
        return _from_file(Path(source))
    if not re.search(r"\s", stripped) and Path(stripped).suffix.lower() in _ENDINGS:
        return _from_file(Path(stripped))
    return article_from_text(source)


def _is_file(source: str) -> bool:
    if "\n" in source:
        return False
    try:
        return stat.S_ISREG(Path(source).stat().st_mode)
    except (OSError, ValueError):  # too long for a path, or a zero byte in it
        return False


def _from_file(path: Path) -> Article:
    shown = printable(str(path))
    if path.suffix.lower() in _TABLE_ENDINGS and path.is_file():
        raise ArticleError(f"a table holds many articles: {shown}", "Rank them all, or give one article's text.")
    try:
        with open_regular(path) as file:
            data = file.read(MAX_BYTES + 1)
    except (PhotoError, OSError) as error:
        reason = error.message if isinstance(error, PhotoError) else error.strerror
        raise ArticleError(f"{reason}: {shown}", "Check the path, or give the story's text itself.") from error
    if len(data) > MAX_BYTES:
        raise ArticleError(f"larger than {MAX_BYTES:,} bytes: {shown}", "No story is; give its text or its page alone.")
    try:
        if path.suffix.lower() in _HTML_ENDINGS or looks_like_html(data):
            return article_from_html(data, id=path.stem)
        return article_from_text(decode(data), id=path.stem)
    except ArticleError as error:
        raise ArticleError(f"{error.message}: {shown}", error.hint) from error
