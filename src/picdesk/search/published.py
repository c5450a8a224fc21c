"""Articles that were published with their photos: what they say of the photos that were good enough once."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.search.words import terms_of_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from picdesk.archive.store import Store
    from picdesk.records import Article

_AT_ONCE = 1000  # headlines taken apart together


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """Published articles, to be found by the words of their headlines.

    Attributes:
        articles: ids.
        addresses: of the articles; empty where none is known.
        headlines: of the articles.
        photos: of each article, ids of photos that are in the archive.
        places: term -> places of the articles that have it, each with its part of the article's unit vector.
        rarity: term -> how much it says: log(1 + articles / articles that have it).
    """

    articles: tuple[str, ...]
    addresses: tuple[str, ...]
    headlines: tuple[str, ...]
    photos: tuple[tuple[str, ...], ...]
    places: Mapping[str, Sequence[tuple[int, float]]]
    rarity: Mapping[str, float]

    def __len__(self) -> int:
        return len(self.articles)

    def similar(self, terms: Iterable[str]) -> dict[int, float]:
        """Place of an article -> cosine of its headline to these terms, 0 to 1, of articles that share one.

        Each term counts by its rarity (Spärck Jones 1972).
        """
        counts = Counter(terms)
        weights = {term: count * self.rarity.get(term, math.log1p(len(self))) for term, count in counts.items()}
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        found: dict[int, float] = defaultdict(float)
        for term, weight in weights.items():
            for place, part in self.places.get(term, ()):
                found[place] += weight * part / length
        return dict(found)

    def is_the_same(self, place: int, article: Article | None) -> bool:
        """Whether a published article is this very article: it must not find itself."""
        if article is None:
            return False
        return bool(
            (article.id and article.id == self.articles[place])
            or (article.url and article.url == self.addresses[place])
            or _plain(article.headline) == _plain(self.headlines[place])
        )


def _plain(headline: str) -> str:
    """A headline however it is capitalised and spaced."""
    return " ".join(headline.split()).casefold()


def read_published(store: Store, file: Path) -> Published:
    """Published articles of a table that names their photos, as ``newsarticles.csv`` does.

    Raises:
        InputError: it is no such table, or no photo of it is in the archive.
    """
    from picdesk.articles import UnreadArticle, read_articles
    from picdesk.newsimages.truth import read_truth

    gains = read_truth(file).gains
    ids: dict[str, list[str]] = defaultdict(list)
    for batch in store.rows(["id", "name"]):
        for photo, name in zip(batch.column("id").to_pylist(), batch.column("name").to_pylist(), strict=True):
            ids[name].append(photo)
    articles = [each for each in read_articles(str(file)) if not isinstance(each, UnreadArticle)]
    kept = [
        (article, photos)
        for article in articles
        if (photos := tuple(photo for name in gains.get(article.id, ()) for photo in ids.get(name, ())))
    ]
    if not kept:
        raise InputError(
            f"no article of {file} has a photo of this archive",
            "Give a table with a headline and the name of a photo in each row, such as newsarticles.csv.",
        )
    return published_of(store, [article for article, _ in kept], [photos for _, photos in kept])


def published_of(store: Store, articles: Sequence[Article], photos: Sequence[tuple[str, ...]]) -> Published:
    """Published articles, each with ids of its photos."""
    headlines = [article.headline for article in articles]
    terms = [
        Counter(each)
        for start in range(0, len(headlines), _AT_ONCE)
        for each in terms_of_each(store, headlines[start : start + _AT_ONCE])
    ]
    having = Counter(term for each in terms for term in each)
    rarity = {term: math.log1p(len(terms) / count) for term, count in having.items()}
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for place, each in enumerate(terms):
        weights = {term: count * rarity[term] for term, count in each.items()}
        length = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
        for term, weight in weights.items():
            places[term].append((place, weight / length))
    return Published(
        articles=tuple(article.id for article in articles),
        addresses=tuple(article.url or "" for article in articles),
        headlines=tuple(headlines),
        photos=tuple(photos),
        places=dict(places),
        rarity=rarity,
    )
