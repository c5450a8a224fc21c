"""Many articles: from a table, a feed, a folder, a list of addresses, or whatever comes through a pipe."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from picdesk.articles.columns import article_of_row
from picdesk.articles.feeds import FEED_FIELDS, feed_rows, looks_like_feed
from picdesk.articles.fetch import fetch as fetch_page
from picdesk.articles.read import HTML_ENDINGS, TEXT_ENDINGS, is_address, read_article
from picdesk.articles.tables import FAILED, TABLE_ENDINGS, rows_of
from picdesk.articles.unread import UnreadArticle
from picdesk.errors import ArticleError, PhotoError
from picdesk.photos.locate import open_regular, printable
from picdesk.photos.sources.columns import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from picdesk.articles.fetch import Page
    from picdesk.records import Article

    Fetch = Callable[[str], Page]

_PEEKED = 1024 * 1024
_LARGEST = 64 * 1024 * 1024  # of a feed or a list of addresses
_JSON_LINE = re.compile(rb"\s*\{[^\n]*\}\s*(?:\n|$)")


def read_articles(
    source: str | Path | IO[bytes], *, columns: Mapping[str, str] | None = None, fetch: Fetch = fetch_page
) -> Iterator[Article | UnreadArticle]:
    """Read many articles, one at a time, in the source's order.

    Args:
        source: a table (CSV, TSV, JSON, JSON Lines, Parquet), a feed (RSS, Atom; a file or its address), a folder
            of HTML and text files, a text file with an address a line, or a binary stream that holds one of those.
            Anything else that `read_article` reads is one article.
        columns: field of an article -> column of the table, over the names that are known.
        fetch: gets a page from the web, for rows that hold no more than an address; the default refuses private ones.

    Returns:
        The articles; and in the place of each that could not be read, the reason. An article of a table has the row's
        id, else its line; one of a folder, its path inside the folder without the ending.

    Raises:
        ArticleError: the source as a whole cannot be read.
    """
    chosen = columns or {}
    if not isinstance(source, str | Path):
        return _of_stream(source, chosen, fetch)
    if isinstance(source, str) and is_address(source.strip()):
        return _of_address(source.strip(), fetch)
    path = Path(source)
    if _is(path, folder=True):
        return _of_folder(path)
    if isinstance(source, str) and not _is(path, folder=False) and path.suffix.lower() not in TABLE_ENDINGS:
        return iter([read_article(source, fetch=fetch)])
    return _of_file(path, chosen, fetch)


def addresses_of(data: bytes) -> list[tuple[int, str]] | None:
    """The addresses of a list, each with its line; ``None`` where it is something else.

    Blank lines and those that begin with ``#`` are passed over.
    """
    text = data.decode("utf-8-sig", "replace")
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    said = [(number, line) for number, line in lines if line and not line.startswith("#")]
    return said if said and all(is_address(line) for _, line in said) else None


def _of_file(path: Path, columns: Mapping[str, str], fetch: Fetch) -> Iterator[Article | UnreadArticle]:
    if path.suffix.lower() in TABLE_ENDINGS:
        matched, rows = rows_of(path, columns)
        return _of_rows(matched, rows, fetch)
    data = read_whole(path)
    if looks_like_feed(data):
        return _of_rows(FEED_FIELDS, feed_rows(data), fetch, kind="item", read_by="feed")
    listed = addresses_of(data)
    if listed:
        rows = ((line, {"url": address}) for line, address in listed)
        return _of_rows({"url": "url"}, rows, fetch)
    return iter([read_article(path)])


def _of_rows(
    matched: Mapping[str, str],
    rows: Iterator[tuple[int, Any]],
    fetch: Fetch,
    *,
    kind: str = "line",
    read_by: str = "table",
) -> Iterator[Article | UnreadArticle]:
    from dataclasses import replace

    for line, row in rows:
        if isinstance(row, str):
            yield UnreadArticle(id=str(line), place=f"{kind} {line}", reason=row)
            continue
        if not any(text(value) or value for value in row.values()):
            continue  # a blank row, as spreadsheets leave them at the end
        own = (text(row.get(matched["id"])) if "id" in matched else "") or str(line)
        try:
            if row.get(FAILED):
                raise ArticleError(text(row[FAILED]))
            article = article_of_row(row, matched, read_by=read_by)
            if article is None:
                article = read_article(text(row[matched["url"]]), fetch=fetch)
            yield replace(article, id=own)
        except ArticleError as error:
            yield UnreadArticle(id=own, place=f"{kind} {line}", reason=error.message)


def _of_folder(folder: Path) -> Iterator[Article | UnreadArticle]:
    from dataclasses import replace

    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in HTML_ENDINGS | TEXT_ENDINGS]
    found = False
    for path in paths:
        inside = path.relative_to(folder)
        if any(part.startswith(".") or part.endswith("_files") for part in inside.parts):
            continue  # what browsers save beside a page
        found = True
        name = inside.with_suffix("").as_posix()
        try:
            yield replace(read_article(path), id=name)
        except ArticleError as error:
            yield UnreadArticle(id=name, place=printable(str(inside)), reason=error.message)
    if not found:
        raise ArticleError(
            f"no article in the folder: {printable(str(folder))}",
            "It must hold HTML or text files; give a table by its own name.",
        )


def _of_address(url: str, fetch: Fetch) -> Iterator[Article | UnreadArticle]:
    page = fetch(url)
    if looks_like_feed(page.data):
        return _of_rows(FEED_FIELDS, feed_rows(page.data, page.charset), fetch, kind="item", read_by="feed")
    return iter([read_article(url, fetch=lambda _: page)])


def _of_stream(stream: IO[bytes], columns: Mapping[str, str], fetch: Fetch) -> Iterator[Article | UnreadArticle]:
    with spooled(stream) as path:
        yield from _of_file(path, columns, fetch)


@contextmanager
def spooled(stream: IO[bytes]) -> Iterator[Path]:
    """A stream as a file whose ending says what it holds, as far as its beginning shows."""
    start = stream.read(_PEEKED)
    with tempfile.TemporaryDirectory(prefix="picdesk-") as folder:
        path = Path(folder) / f"stdin{_ending(start)}"
        with path.open("wb") as file:
            file.write(start)
            while block := stream.read(_PEEKED):
                file.write(block)
        yield path


def _ending(start: bytes) -> str:
    from picdesk.articles.columns import match_columns
    from picdesk.articles.html import looks_like_html
    from picdesk.articles.text import decode

    if start.startswith(b"PAR1"):
        return ".parquet"
    if looks_like_feed(start) or looks_like_html(start):
        return ".html"
    if start.lstrip()[:1] in {b"{", b"["}:
        return ".json" if _is_json(start) or not _JSON_LINE.match(start) else ".jsonl"
    lines = decode(start).splitlines() if b"\0" not in start[:2] else []
    head = next((line for line in lines if line.strip()), "")
    for sign, ending in (("\t", ".tsv"), (",", ".csv"), (";", ".csv")):
        names = [name.strip().strip('"') for name in head.split(sign)]
        try:
            if len(names) > 1 and len(match_columns(names, {})) > 1:  # two known names are no coincidence
                return ending
        except ArticleError:
            continue
    return ".txt"


def _is_json(data: bytes) -> bool:
    """Whether all of it is one document; JSON Lines of a single line are one too."""
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def read_whole(path: Path) -> bytes:
    """A file of at most 64 MB.

    Raises:
        ArticleError: it cannot be read, or is larger.
    """
    try:
        with open_regular(path) as file:
            data = file.read(_LARGEST + 1)
    except (PhotoError, OSError) as error:
        reason = error.message if isinstance(error, PhotoError) else error.strerror
        raise ArticleError(f"{reason}: {printable(str(path))}", "Check the path, or give the story's text.") from error
    if len(data) > _LARGEST:
        raise ArticleError(f"larger than {_LARGEST:,} bytes: {printable(str(path))}", "Give it in parts.")
    return data


def _is(path: Path, *, folder: bool) -> bool:
    try:
        return path.is_dir() if folder else path.is_file()
    except (OSError, ValueError):  # too long for a path, or a zero byte in it
        return False
