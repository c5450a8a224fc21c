"""A story comes in at the desk: what was read of it, and what becomes of it, to be looked at and edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from picdesk.desk.querying import reading_of
from picdesk.errors import ArticleError

if TYPE_CHECKING:
    from picdesk.api import Archive
    from picdesk.desk.asked import Asked
    from picdesk.desk.settings import DeskSettings
    from picdesk.records import Article, Query

MOST = 100_000
"""Characters of a story's text that are taken; what is beyond is said to be cut."""
LINE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story as it was read.

    Attributes:
        article: as it was given.
        query: what is asked of the archive for it, with every step on the way.
        translated: the story in the language that is searched in, where that is another one.
    """

    article: Article
    query: Query
    translated: Article | None = None


def fetched_story(settings: DeskSettings, url: str) -> Article:
    """The story of a page on the web, fetched so that no address reaches into the network the desk stands in.

    Raises:
        ArticleError: the address is not allowed, cannot be fetched, or no story is there.
    """
    from picdesk.articles.read import article_from_page, is_address

    if not is_address(url.strip()):
        raise ArticleError(f"that is no address: {url.strip()[:100]}", "Give one that begins with https:// or http://.")
    return article_from_page(settings.fetch(url.strip(), intranet=settings.intranet))


def story_from(text: str, html: str) -> Article:
    """The story of a page's source, or of a text: headline, then body.

    Raises:
        ArticleError: no story is in it.
    """
    from picdesk.articles import article_from_html, article_from_text

    return article_from_html(html.encode()) if html.strip() else article_from_text(text)


def shortened(article: Article) -> Article:
    """The article in the size that a search takes."""
    return replace(
        article,
        headline=article.headline[:LINE],
        lead=article.lead[:MOST],
        text=article.text[:MOST],
        url=article.url[:LINE] if article.url else None,
        tags=tuple(tag[:LINE] for tag in article.tags[:100]),
    )


def read_story(archive: Archive, article: Article, asked: Asked) -> Story:
    """What becomes of an article on its way to a query.

    Args:
        archive: whose names are found in it.
        article: the story.
        asked: its language, reading and translation.

    Raises:
        MissingError: a model that the reading needs is not here.
    """
    from picdesk.articles.query import translated_for

    reading = reading_of(asked)
    query = archive.to_query(article, reading)
    return Story(article=article, query=query, translated=translated_for(article, reading) if asked.translate else None)
