"""Where a story comes from: the web, a file, or the text itself."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.articles.charsets import plain_start
from picdesk.articles.columns import article_of_row
from picdesk.articles.feeds import looks_like_feed
from picdesk.articles.fetch import fetch
from picdesk.articles.html import article_from_html, looks_like_html
from picdesk.articles.tables import TABLE_ENDINGS, rows_of
from picdesk.articles.text import MAX_BYTES, article_from_text, decode
from picdesk.errors import ArticleError, PhotoError
from picdesk.photos.locate import open_regular, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.articles.fetch import Page
    from picdesk.records import Article

_MANY = "Read them all with read_articles, or give one article's text."
HTML_ENDINGS = frozenset({".html", ".htm", ".xhtml", ".shtml"})
TEXT_ENDINGS = frozenset({".txt", ".text", ".md"})
_ENDINGS = HTML_ENDINGS | TEXT_ENDINGS | TABLE_ENDINGS
_URL = re.compile(r"[a-z][a-z0-9+.-]*:/\S+", re.IGNORECASE)


def read_article(source: str | Path, *, fetch: Callable[[str], Page] = fetch) -> Article:
    """Read a story.

    Args:
        source: an ``http`` or ``https`` address, the path of a file (HTML, text, a JSON object), or the text itself:
            headline, then body; one line is a headline alone.
        fetch: gets a page from the web; the default refuses private addresses.

    Raises:
        ArticleError: there is no such file, it is a folder, it cannot be fetched, no story is in it, or more than one.
    """
    if isinstance(source, Path):
        return _from_file(source)
    stripped = source.strip()
    if is_address(stripped):
        return article_from_page(fetch(stripped))
    if "\n" not in source and is_there(Path(source)):
        return _from_file(Path(source))
    if "/" in source and "\n" not in source and is_there(Path(source), folder=True):
        raise ArticleError(f"a folder holds many articles: {printable(source)}", _MANY)
    if not re.search(r"\s", stripped) and Path(stripped).suffix.lower() in _ENDINGS:
        return _from_file(Path(stripped))
    return article_from_text(source)


def article_from_page(page: Page) -> Article:
    """The story of a page that was fetched.

    Raises:
        ArticleError: it is a feed, or no story is in it.
    """
    if page.content_type == "text/plain" and not looks_like_html(page.data):
        return replace(article_from_text(decode(page.data)), url=page.url)
    if looks_like_feed(page.data):
        raise ArticleError(f"a feed holds many articles: {printable(page.url)}", _MANY)
    try:
        return article_from_html(page.data, url=page.url, charset=page.charset)
    except ArticleError as error:
        raise ArticleError(f"{error.message}: {printable(page.url)}", error.hint) from error


def is_address(text: str) -> bool:
    """Whether a text is an address and no story: a scheme, and no space in it."""
    return _URL.fullmatch(text) is not None


def is_there(path: Path, *, folder: bool = False) -> bool:
    """Whether there is such a file, or folder; a text that is no path at all is neither."""
    try:
        return path.is_dir() if folder else path.is_file()
    except (OSError, ValueError):  # too long for a path, or a zero byte in it
        return False


def read_whole(path: Path, most: int, hint: str) -> bytes:
    """The bytes of a file.

    Args:
        path: the file.
        most: bytes it may have.
        hint: what to do where it has more.

    Raises:
        ArticleError: it cannot be read, or is larger.
    """
    try:
        with open_regular(path) as file:
            data = file.read(most + 1)
    except (PhotoError, OSError) as error:
        reason = error.message if isinstance(error, PhotoError) else error.strerror
        raise ArticleError(
            f"{reason}: {printable(str(path))}", "Check the path, or give the story's text itself."
        ) from error
    if len(data) > most:
        raise ArticleError(f"larger than {most:,} bytes: {printable(str(path))}", hint)
    return data


def _from_file(path: Path) -> Article:
    shown = printable(str(path))
    if path.suffix.lower() in TABLE_ENDINGS and path.is_file():
        return _only_row(path, shown)
    data = read_whole(path, MAX_BYTES, "No story is; give its text or its page alone.")
    try:
        if looks_like_feed(data):
            raise ArticleError("a feed holds many articles", _MANY)
        if path.suffix.lower() in HTML_ENDINGS or looks_like_html(data):
            return article_from_html(data, id=path.stem)
        if plain_start(data).lstrip().startswith((b"<?xml", b"<!DOCTYPE")):
            raise ArticleError("that is XML, and neither a page nor a feed", "Give the story's text.")
        return article_from_text(decode(data), id=path.stem)
    except ArticleError as error:
        raise ArticleError(f"{error.message}: {shown}", error.hint) from error


def _only_row(path: Path, shown: str) -> Article:
    """The article of a JSON file that holds a single one; any other table holds many."""
    if path.suffix.lower() in {".json", ".jsonl", ".ndjson"}:
        matched, rows = rows_of(path, {})
        first = [row for _, row in itertools.islice(rows, 2)]
        if len(first) == 1 and not isinstance(first[0], str):
            article = article_of_row(first[0], matched)
            if article:
                return article if article.id else replace(article, id=path.stem)
            raise ArticleError(f"no more than an address in it: {shown}", "Give the address itself.")
    raise ArticleError(f"a table holds many articles: {shown}", _MANY)
