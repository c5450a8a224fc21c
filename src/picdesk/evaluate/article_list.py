"""What a list says of the articles of a truth: headlines to show, columns to slice by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError, SourceError
from picdesk.photos.locate import printable
from picdesk.photos.sources.columns import text
from picdesk.photos.sources.rows import read_columns, read_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

IDS = ("article_id", "id", "aid", "article", "article_url", "url")
HEADLINES = ("headline", "title", "article_title", "article_headline")
ADDRESSES = ("article_url", "url", "link")


@dataclass(frozen=True, slots=True)
class ArticleList:
    """Rows of a list, by the id of their article.

    Attributes:
        name: where it was read.
        columns: as the list spells them.
        rows: article id -> column -> value, for the articles asked for.
        notes: what the reader should know: rows that could not be used, articles that are not listed.
    """

    name: str
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]
    notes: tuple[str, ...] = ()

    def column(self, names: Iterable[str]) -> str | None:
        """The first of ``names`` that is a column, as the list spells it; case, spaces, ``_``, ``-``, ``#`` apart."""
        spelled = {plain(column): column for column in reversed(self.columns)}
        return next((spelled[plain(name)] for name in names if plain(name) in spelled), None)

    def values(self, articles: Sequence[str], column: str) -> list[str | None]:
        """What the column says of each article; ``None`` where the list does not have the article."""
        return [self.rows[article].get(column, "") if article in self.rows else None for article in articles]

    def headline(self, article: str) -> str:
        """The article's headline, its encoding repaired; empty where it is not known."""
        column = self.column(HEADLINES)
        if not column or article not in self.rows:
            return ""
        from ftfy import fix_text

        return fix_text(self.rows[article].get(column, ""))


def read_article_list(path: Path, articles: Collection[str]) -> ArticleList:
    """What a list (CSV, TSV, JSON Lines, Parquet) says of some articles.

    The column of ids is the one of ``article_id``, ``id``, ``aid``, ``article``, ``article_url`` and ``url`` that knows
    the most of the articles, since editions of NewsImages differ in what their runs name. Of two rows with one id the
    first counts.

    Raises:
        SourceError: the list cannot be read.
        InputError: it has none of these columns, or knows none of the articles.
    """
    columns = tuple(read_columns(path))
    listed = ArticleList(printable(path.name), columns, {})
    candidates = [column for name in IDS if (column := listed.column([name]))]
    if not candidates:
        raise InputError(
            f"no column names the articles: {printable(str(path))}",
            f"The columns found: {', '.join(map(printable, columns))}. Call the one with the ids article_id.",
        )
    wanted = frozenset(articles)
    found: dict[str, dict[str, dict[str, str]]] = {column: {} for column in dict.fromkeys(candidates)}
    unusable = []
    for _, row in read_rows(path, columns):
        if isinstance(row, str):
            unusable.append(row)
            continue
        said = {column: text(value) for column, value in row.items()}
        for column, rows in found.items():
            if (article := said.get(column, "")) in wanted:
                rows.setdefault(article, said)
    rows = max(found.values(), key=len)
    if not rows:
        raise InputError(
            f"{printable(str(path))} knows none of the {len(wanted):,} articles of the truth",
            f"Its ids were looked for in: {', '.join(map(printable, found))}. Give the list that the truth belongs to.",
        )
    return ArticleList(listed.name, columns, rows, _notes(listed.name, unusable, len(wanted) - len(rows)))


def try_article_list(path: Path, articles: Collection[str]) -> ArticleList | None:
    """The same where nobody asked for a list: a truth that is also a list of articles, or nothing."""
    try:
        return read_article_list(path, articles)
    except (InputError, SourceError):
        return None


def plain(column: str) -> str:
    """A column's name without what spellings differ in."""
    return re.sub(r"[\s_#-]", "", column.casefold())


def _notes(name: str, unusable: list[str], unlisted: int) -> tuple[str, ...]:
    notes = []
    if unusable:
        notes.append(f"{name}: {len(unusable):,} rows cannot be used; the first: {unusable[0]}")
    if unlisted:
        notes.append(f"{name}: {unlisted:,} articles of the truth are not listed")
    return tuple(notes)
