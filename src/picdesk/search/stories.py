"""How stories become queries of one archive, whose names are found in them."""

from __future__ import annotations

import threading
from dataclasses import replace
from os import fspath
from typing import TYPE_CHECKING

from picdesk.errors import InputError, PhotoError
from picdesk.records import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from picdesk.archive.store import Store
    from picdesk.articles.names import Gazetteer
    from picdesk.articles.reading import Reading
    from picdesk.records import Article

    ReadingLike = Reading | str | PathLike[str] | None


class Stories:
    """Reads stories for an archive; its names are read again where it has changed.

    Args:
        store: gives the archive, or ``None`` while there is none.
    """

    def __init__(self, store: Callable[[], Store | None]) -> None:
        self._store = store
        self._names: tuple[int, Gazetteer] | None = None
        self._reading_names = threading.Lock()

    def names(self, store: Store) -> Gazetteer:
        """The people, places and keywords of the archive."""
        from picdesk.search.known_names import known_names

        version = int(store.photos.version)
        with self._reading_names:
            if self._names is None or self._names[0] != version:
                self._names = version, known_names(store)
            return self._names[1]

    def query(self, story: Article | str | None, reading: ReadingLike = None) -> Query:
        """What a search asks for an article or its text.

        Raises:
            InputError: no such reading.
            MissingError: a model that the reading needs is not here.
        """
        if story is None:
            return Query()
        from picdesk.articles import article_from_text, to_query

        settings = reading_named(reading)
        article = article_from_text(story) if isinstance(story, str) else story
        return to_query(article, settings, gazetteer=self._gazetteer(settings))

    def typed(self, story: Article | str | None, reading: ReadingLike = None) -> Query:
        """As `query`, but of a line alone, what it leaves out and what belongs together in it is no part of its words.

        Raises:
            InputError: no such reading, or nothing is left of the line.
            MissingError: a model that the reading needs is not here.
        """
        from picdesk.articles import article_from_text
        from picdesk.search.typed import typed_query

        article = article_from_text(story) if isinstance(story, str) else story
        if article is None or article.read_by != "text" or article.lead or article.text:
            return self.query(article, reading)
        return typed_query(article, lambda line: self.query(line, reading))

    def queries(self, articles: Iterable[Article], reading: Reading) -> list[tuple[str, Query]]:
        """Many articles: the id and the query of each.

        Raises:
            InputError: one has no id.
            MissingError: a model that the reading needs is not here.
        """
        from picdesk.articles import to_query

        gazetteer = self._gazetteer(reading)
        return [(_id_of(article), to_query(article, reading, gazetteer=gazetteer)) for article in articles]

    def _gazetteer(self, reading: Reading) -> Gazetteer | None:
        if "gazetteer" not in reading.names.sources:
            return None
        store = self._store()
        return None if store is None else self.names(store)


def reading_named(reading: ReadingLike) -> Reading:
    """Settings, the name of a published reading or a TOML file as settings; the default for ``None``.

    Raises:
        InputError: no such reading.
    """
    from picdesk.articles.reading import DEFAULT, Reading, load_reading

    if reading is None:
        return DEFAULT
    return reading if isinstance(reading, Reading) else load_reading(fspath(reading))


def with_image(query: Query, image: bytes | PathLike[str] | None) -> Query:
    """A query that also looks for a picture, given as bytes or as a path.

    Raises:
        PhotoError: the file cannot be read.
    """
    if image is None:
        return query
    from picdesk.objects import place_of
    from picdesk.photos.locate import read_bytes, to_uri

    if isinstance(image, bytes):
        return replace(query, image=image)
    try:
        return replace(query, image=read_bytes(to_uri(place_of(image))))
    except PhotoError as error:
        raise PhotoError(f"the picture {image} cannot be read: {error.message}", error.hint) from None


def _id_of(article: Article) -> str:
    if not article.id:
        raise InputError(
            f"an article has no id: {article.headline[:60]!r}", "A run names articles by their ids: give each one."
        )
    return article.id
