"""An article comes in, from the web, a file or the text itself, and becomes a query."""

from __future__ import annotations

from picdesk.articles.html import article_from_html
from picdesk.articles.many import read_articles
from picdesk.articles.query import to_query
from picdesk.articles.read import read_article
from picdesk.articles.text import article_from_text
from picdesk.articles.unread import UnreadArticle

__all__ = [
    "UnreadArticle",
    "article_from_html",
    "article_from_text",
    "read_article",
    "read_articles",
    "to_query",
]
