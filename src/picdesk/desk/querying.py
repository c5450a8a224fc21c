"""From what is asked of a desk to what the archive is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from picdesk.desk.only import only_filter
from picdesk.records import Article, Query

if TYPE_CHECKING:
    from picdesk.api import Archive
    from picdesk.articles.reading import Reading
    from picdesk.desk.asked import Asked, Filtered

_LEAST = 1e-6
"""A text that counts less is left out."""


def search_options(archive: Archive, asked: Asked, picture: bytes | None) -> dict[str, Any]:
    """The arguments of `Archive.search`.

    Args:
        archive: that will be asked.
        asked: what is asked.
        picture: of ``asked.picture``.

    Raises:
        InputError: nothing is asked.
        MissingError: a model that the reading needs is not here.
    """
    asked.refuse_nothing()
    reading = reading_of(asked)
    story = story_of(asked)
    what: Article | Query | str | None = story
    options: dict[str, Any] = {
        "image": picture,
        "like": asked.like,
        "reading": reading,
        "fusion": asked.fusion,
        "weights": _weights(archive, asked),
        "near": asked.near,
        "duplicates": asked.duplicates,
        "variety": asked.variety,
        "risk": asked.risk,
        **filter_options(asked.filters),
    }
    if asked.exclude or (asked.lead_weight is not None and story is not None):
        query = _query_of(archive, story, reading)
        if asked.lead_weight is not None and query.article is not None:
            query = _balanced(archive, query, query.article, asked.lead_weight, reading)
        without = tuple(term for term in map(str.strip, asked.exclude) if term)
        what = replace(query, without=(*query.without, *without))
    return {"what": what, **options}


def story_of(asked: Asked) -> Article | str | None:
    """The story: its parts where they are given, else the text, else none."""
    if asked.headline.strip() or asked.lead.strip() or asked.body.strip():
        headline, lead = asked.headline.strip(), asked.lead.strip()
        if not (asked.lead or asked.body or asked.published or asked.language or asked.tags):
            return headline  # a line that was typed may leave words out
        return Article(
            headline=headline or lead or asked.body.strip()[:200],
            lead=lead,
            text=asked.body.strip(),
            url=asked.url or None,
            language=asked.language,
            published=asked.published,
            tags=tuple(tag.strip() for tag in asked.tags if tag.strip()),
            read_by="desk",
        )
    return asked.text if asked.text.strip() else None


def reading_of(asked: Asked) -> Reading:
    """How the story becomes a query."""
    from picdesk.articles.reading import DEFAULT, language_named, load_reading, with_translation

    reading = load_reading(asked.reading) if asked.reading else DEFAULT
    if asked.language:
        reading = replace(reading, language=language_named(asked.language))
    return with_translation(reading) if asked.translate else reading


def filter_options(filters: Filtered) -> dict[str, Any]:
    """Filters as `Archive.search` takes them; what was chosen among facets becomes part of the conditions."""
    given = filters.model_dump(exclude={"only", "filter"}, exclude_none=True)
    conditions = [f"({text})" for text in (filters.filter, *only_filter(filters.only)) if text]
    return given | ({"filter": " and ".join(conditions)} if conditions else {})


def _query_of(archive: Archive, what: Article | str | None, reading: Reading) -> Query:
    from picdesk.articles import article_from_text
    from picdesk.search.typed import typed_query

    if what is None:
        return Query()
    article = article_from_text(what) if isinstance(what, str) else what
    if article.read_by == "text" and not article.lead and not article.text:
        return typed_query(article, lambda line: archive.to_query(line, reading))
    return archive.to_query(article, reading)


def _balanced(archive: Archive, query: Query, article: Article, lead: float, reading: Reading) -> Query:
    """The query with the headline and what follows it as texts of their own, which count as the slider says."""
    rest = article.lead or article.text
    if not rest.strip():
        return query
    parts = ((article.headline, 1 - lead), (rest, lead))
    said = [(Article(headline=text, language=article.language, read_by="desk"), weight) for text, weight in parts]
    kept = [(archive.to_query(part, reading), weight) for part, weight in said if weight > _LEAST]
    texts = [(text, weight) for part, weight in kept for text in part.texts]
    words = query.words if len(kept) > 1 else kept[0][0].words
    return replace(
        query,
        words=words,
        texts=tuple(text for text, _ in texts),
        weights=tuple(weight for _, weight in texts),
    )


def _weights(archive: Archive, asked: Asked) -> dict[str, float]:
    """The weights that were asked for; the slider moves those of words and of pictures, fitted or not."""
    from picdesk.search.settings import default_weights, settings_of

    if asked.picture_weight is None:
        return dict(asked.weights)
    fitted = settings_of(archive.path)
    fusion = asked.fusion or fitted.fusion
    kinds = default_weights(fusion)
    known = {"words": 1.0, "meaning": 1.0, "vectors": 1.0} | dict(kinds)
    known |= dict(fitted.weights) if fusion == fitted.fusion else {}
    # What is fitted by another name than a kind's is an encoder.
    share = {name: asked.picture_weight for name in known if name == "vectors" or name not in kinds}
    share |= {"words": 1 - asked.picture_weight, "meaning": 1 - asked.picture_weight}
    return {name: 2 * share[name] * weight for name, weight in known.items() if name in share} | dict(asked.weights)
