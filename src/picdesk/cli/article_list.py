"""Many articles that a verb is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from picdesk.articles import UnreadArticle
    from picdesk.records import Article


def articles_of(source: str) -> tuple[list[Article], list[UnreadArticle]]:
    """The articles that an argument names (``-`` for stdin), one at least, and those that could not be read.

    Raises:
        NothingFound: not one could be read; the first reason is said.
    """
    from picdesk.articles import UnreadArticle, read_articles
    from picdesk.errors import NothingFound

    read: list[Article] = []
    unread: list[UnreadArticle] = []
    for each in read_articles(typer.get_binary_stream("stdin") if source == "-" else source):
        if isinstance(each, UnreadArticle):
            unread.append(each)
        else:
            read.append(each)
    if not read:
        raise NothingFound(f"no article in {source}", unread[0].reason if unread else "")
    return read, unread
