"""A list of articles to fetch: addresses, a line each; a table with a column of them; a feed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from picdesk.articles.feeds import FEED_FIELDS, feed_rows, looks_like_feed
from picdesk.articles.fetch import fetch as fetch_page
from picdesk.articles.many import addresses_of, read_list, spooled
from picdesk.articles.read import is_address
from picdesk.articles.said import tags_of
from picdesk.articles.tables import TABLE_ENDINGS, rows_of
from picdesk.errors import ArticleError
from picdesk.photos.locate import printable
from picdesk.photos.sources.columns import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from picdesk.articles.fetch import Page


@dataclass(frozen=True, slots=True)
class Listed:
    """An article to fetch.

    Attributes:
        id: the list's own, else its line.
        url: the address.
        tags: names and topics that the list gives.
        wrong: why there is nothing to fetch; empty for an article with an address.
    """

    id: str
    url: str
    tags: tuple[str, ...] = ()
    wrong: str = ""


def listed_in(
    source: str | Path | IO[bytes],
    *,
    columns: Mapping[str, str] | None = None,
    fetch: Callable[[str], Page] = fetch_page,
) -> list[Listed]:
    """The articles that a list names, lines without an address among them.

    Args:
        source: a text file with an address a line, a table with a column of addresses, a feed (a file or its address),
            or a binary stream that holds one of these.
        columns: field -> column of the table, over the names that are known.
        fetch: gets a feed from the web.

    Raises:
        ArticleError: it cannot be read, or is no such list.
    """
    if not isinstance(source, str | Path):
        with spooled(source) as path:
            return listed_in(path, columns=columns, fetch=fetch)
    if isinstance(source, str) and is_address(source.strip()):
        page = fetch(source.strip())
        if not looks_like_feed(page.data):
            return [Listed(id="1", url=source.strip())]
        return _of_rows(FEED_FIELDS, feed_rows(page.data, page.charset), "item")
    path = Path(source)
    if path.suffix.lower() in TABLE_ENDINGS:
        matched, rows = rows_of(path, columns or {})
        if "url" not in matched:
            raise ArticleError(
                f"no column holds addresses: {printable(str(path))}",
                "Name it with --column url=COLUMN; articles that have their text already need not be fetched.",
            )
        return _of_rows(matched, rows, "line")
    data = read_list(path)
    if looks_like_feed(data):
        return _of_rows(FEED_FIELDS, feed_rows(data), "item")
    addresses = addresses_of(data)
    if addresses is None:
        raise ArticleError(
            f"no list of addresses: {printable(str(path))}",
            "It must hold an address a line, or be a table (.csv, .tsv, .jsonl, .parquet) or a feed.",
        )
    return [Listed(id=str(line), url=url) for line, url in addresses]


def _of_rows(
    matched: Mapping[str, str], rows: Iterable[tuple[int, Mapping[str, Any] | str]], kind: str
) -> list[Listed]:
    listed = []
    for line, row in rows:
        if isinstance(row, str):
            listed.append(Listed(str(line), "", wrong=row))
            continue
        if not any(text(value) or value for value in row.values()):
            continue  # a blank row, as spreadsheets leave them at the end
        own = (text(row.get(matched["id"])) if "id" in matched else "") or str(line)
        url = text(row.get(matched["url"]))
        tags = tags_of(row.get(matched["tags"])) if "tags" in matched else ()
        wrong = "" if is_address(url) else f"{kind} {line} holds no address: {printable(url[:200])}".rstrip(": ")
        listed.append(Listed(own, url, tags, wrong))
    return listed
