"""Many articles: from a table, a feed, a folder, a list of addresses, or whatever comes through a pipe."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from picdesk.articles.columns import ALIASES, article_of_row, match_columns
from picdesk.articles.feeds import FEED_FIELDS, feed_rows, looks_like_feed
from picdesk.articles.fetch import fetch as fetch_page
from picdesk.articles.html import looks_like_html
from picdesk.articles.read import HTML_ENDINGS, TEXT_ENDINGS, is_address, is_there, read_article, read_whole
from picdesk.articles.tables import FAILED, TABLE_ENDINGS, rows_of
from picdesk.articles.text import decode
from picdesk.articles.unread import UnreadArticle
from picdesk.errors import ArticleError
from picdesk.photos.locate import printable
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
    if is_there(path, folder=True):
        return _of_folder(path)
    if isinstance(source, str) and not is_there(path) and path.suffix.lower() not in TABLE_ENDINGS:
        return iter([read_article(source, fetch=fetch)])
    return _of_file(path, chosen, fetch)


def addresses_of(data: bytes) -> list[tuple[int, str]] | None:
    """The addresses of a list, each with its line; ``None`` where it is something else.

    Blank lines and those that begin with ``#`` are passed over, and so is a first line that names the column (``url``).
    """
    try:
        lines = re.split("\r\n?|\n", decode(data))
    except ArticleError:
        return None
    stripped = ((number, line.strip()) for number, line in enumerate(lines, 1))
    said = [(number, line) for number, line in stripped if line and not line.startswith("#")]
    if len(said) > 1 and said[0][1].lower() in ALIASES["url"]:
        del said[0]
    return said if said and all(is_address(line) for _, line in said) else None


def read_list(path: Path) -> bytes:
    """The bytes of a feed or a list of addresses.

    Raises:
        ArticleError: it cannot be read, or is larger than 64 MB.
    """
    return read_whole(path, _LARGEST, "Give it in parts.")


def _of_file(path: Path, columns: Mapping[str, str], fetch: Fetch) -> Iterator[Article | UnreadArticle]:
    if path.suffix.lower() in TABLE_ENDINGS:
        matched, rows = rows_of(path, columns)
        return _of_rows(matched, rows, fetch)
    data = read_list(path)
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
        try:
            yield path
        except ArticleError as error:  # the file's name says nothing to anyone
            raise ArticleError(error.message.replace(str(path), "stdin"), error.hint) from error


def _ending(start: bytes) -> str:
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
