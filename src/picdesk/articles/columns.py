"""What the columns of a table of articles mean, and how a row becomes an article."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from picdesk.articles.bounded import text_of_markup
from picdesk.articles.headline import plain as letters_of
from picdesk.articles.language import normal_code
from picdesk.articles.markup import has_markup
from picdesk.articles.said import day_of, tags_of
from picdesk.articles.text import article_from_text, paragraphs, repair
from picdesk.errors import ArticleError
from picdesk.photos.locate import printable
from picdesk.photos.sources.columns import plain, spellings, text
from picdesk.records import Article

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": (
        "article_id",
        "id",
        "doc_id",
        "docid",
        "document_id",
        "news_id",
        "story_id",
        "uuid",
        "guid",
        "article",
        "aid",
    ),
    "url": ("article_url", "url", "link", "href", "address", "permalink", "canonical_url", "web_url", "uri"),
    "headline": ("article_title", "headline", "title", "headline_main", "head", "titel", "titre", "überschrift"),
    "text": ("article_text", "text", "body", "article_body", "full_text", "content", "story", "maintext", "article"),
    "lead": ("lead", "lede", "summary", "description", "abstract", "teaser", "standfirst", "subtitle", "snippet"),
    "tags": ("article_tags", "tags", "keywords", "topics", "entities"),
    "language": ("language", "lang", "locale"),
    "published": ("published", "date", "published_at", "publish_date", "date_published", "pubdate", "publication_date"),
    "read_by": ("read_by",),
}
"""Field -> column names that mean it, best first; case, spaces, ``_`` and ``-`` do not count.

``article`` is an id in the NewsImages sets of 2020 to 2022 and the text in CNN/Daily Mail; where there is an ``id``
beside it, it is the text.
"""

_HINT = "Name one with columns, on the command line with --column, for example --column headline=COLUMN."


def match_columns(present: Iterable[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """Which column gives which field; no column gives two.

    Args:
        present: the table's columns.
        chosen: field -> column, over the aliases.

    Returns:
        Field -> column as the table spells it, for the fields that the table has.

    Raises:
        ArticleError: ``chosen`` names a field that does not exist or a column that the table does not have; or nothing
            in the table is an address, a headline or a text.
    """
    spelled = spellings(present)
    listed = f"The columns found: {', '.join(map(printable, spelled.values())) or 'none'}."
    matched: dict[str, str] = {}
    for field, column in chosen.items():
        if field not in ALIASES:
            raise ArticleError(
                f"an article has no field {printable(field)!r}", f"The fields are: {', '.join(ALIASES)}."
            )
        if plain(column) not in spelled:
            raise ArticleError(f"the table has no column {printable(column)!r}", listed)
        matched[field] = spelled[plain(column)]
    for field, aliases in ALIASES.items():
        free = (spelled.get(plain(alias)) for alias in aliases if field not in matched)
        known = next((column for column in free if column is not None and column not in matched.values()), None)
        if known is not None:
            matched[field] = known
    if not {"url", "headline", "text"} & matched.keys():
        raise ArticleError("no column holds articles: no address, no headline, no text", f"{listed} {_HINT}")
    return matched


def article_of_row(row: Mapping[str, Any], matched: Mapping[str, str], *, read_by: str = "table") -> Article | None:
    """The article that a row holds; ``None`` where it holds no more than an address.

    Args:
        row: column -> value: text, numbers, dates, lists of text.
        matched: field -> column, from `match_columns`.
        read_by: what the article says that it was read by, where the row itself does not.

    Raises:
        ArticleError: there is nothing in it.
    """
    said = {field: row.get(column) for field, column in matched.items()}
    headline = " ".join(_prose(said.get("headline")).split())
    lead, body = _prose(said.get("lead")), _prose(said.get("text"))
    url = text(said.get("url")) or None
    if not headline and not lead and not body:
        if url is None:
            raise ArticleError("it has neither a headline, a text nor an address")
        return None
    if not headline:
        told = article_from_text(f"{lead}\n\n{body}" if lead else body)
        headline, lead, body = told.headline, "", told.text
    lines = _without(headline, paragraphs(body) or paragraphs(lead))
    return Article(
        headline=headline,
        lead=" ".join(lead.split()) or (lines[0] if lines else ""),
        text="\n\n".join(lines),
        id=text(said.get("id")),
        url=url,
        language=normal_code(text(said.get("language"))),
        published=day_of(said.get("published")),
        tags=tags_of(said.get("tags")),
        read_by=text(said.get("read_by")) or read_by,
    )


def _prose(value: object) -> str:
    said = "\n\n".join(filter(None, map(text, value))) if isinstance(value, list | tuple) else text(value)
    return repair(text_of_markup(said) if has_markup(said) else said)


def _without(headline: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines[1:] if lines and letters_of(lines[0]) == letters_of(headline) else lines
