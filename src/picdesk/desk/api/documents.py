"""The documents that the desk's programs are sent; what pages show is made of the same."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from picdesk.desk.searching import Answer
from picdesk.desk.thumbnails import thumbnail_url
from picdesk.records import Hit, Photo
from picdesk.search.filters.fields import AI_SOURCES


class Document(BaseModel):
    """A record that is sent; it is made of values that are known to be right."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def finite(value: float | None) -> float | None:
    """JSON has no infinity and no NaN."""
    return value if value is None or math.isfinite(value) else None


Number = Annotated[float | None, BeforeValidator(finite)]


class PhotoDocument(Document):
    """A photo of the archive: what is said about it, never where it lies."""

    id: str = Field(description="SHA-256 of the file's bytes: 64 hexadecimal digits.")
    name: str = Field(description="What its source calls it.")
    caption: str | None
    headline: str | None
    keywords: list[str]
    people: list[str]
    place: str | None
    creator: str | None
    credit: str | None
    rights: str | None
    usage_terms: str | None
    instructions: str | None
    digital_source_type: str | None
    ai_made: bool = Field(description="Made by AI, wholly or in part, by its IPTC Digital Source Type.")
    taken: dt.datetime | None
    added: dt.datetime
    width: int
    height: int
    format: str
    bytes: int
    thumbnail: str = Field(description="Where a small picture is, 320 pixels on its longer edge.")


class ReasonDocument(Document):
    """One thing that speaks for a photo."""

    kind: str
    said: str
    by: str
    share: Number
    about: list[str]
    days: int | None


class SiblingDocument(Document):
    """A further photo of the same picture."""

    id: str
    name: str
    thumbnail: str


class HitDocument(PhotoDocument):
    """One photo of an answer."""

    rank: int
    score: Number = Field(description="Orders this answer and is no certainty.")
    signals: dict[str, Number]
    matched: list[str]
    confidence: Number = Field(description="Probability that it fits, by the archive's calibration.")
    warnings: list[str]
    why: list[ReasonDocument]
    siblings: list[SiblingDocument]


class QueryDocument(Document):
    """What was asked of the archive."""

    headline: str | None
    words: str
    texts: list[str]
    names: list[str]
    language: str | None
    date: dt.date | None
    picture: bool
    like: list[str]
    without: list[str]


class SearchDocument(Document):
    """One page of an answer."""

    hits: list[HitDocument]
    next: str | None = Field(description="`cursor` of the next page; null where there is none.")
    kept_place: bool = Field(description="Whether this page begins right behind the one before.")
    searched: int = Field(description="Photos that the filters left.")
    exact: bool
    fusion: str
    weights: dict[str, Number]
    fits_well: bool | None = Field(description="Whether the best photo fits well enough; null without a calibration.")
    notes: list[str]
    query: QueryDocument


def photo_values(photo: Photo) -> dict[str, Any]:
    """A photo as values of its document."""
    names = PhotoDocument.model_fields
    values = {name: getattr(photo, name) for name in names if name not in {"ai_made", "thumbnail"}}
    return values | {
        "keywords": list(photo.keywords),
        "people": list(photo.people),
        "ai_made": photo.digital_source_type in AI_SOURCES,
        "thumbnail": thumbnail_url(photo.id),
    }


def hit_document(hit: Hit) -> HitDocument:
    """A hit as its document."""
    return HitDocument(
        **photo_values(hit.photo),
        rank=hit.rank,
        score=hit.score,
        signals=dict(hit.signals),
        matched=list(hit.matched),
        confidence=hit.confidence,
        warnings=list(hit.warnings),
        why=[
            ReasonDocument(
                kind=one.kind, said=one.said, by=one.by, share=one.share, about=list(one.about), days=one.days
            )
            for one in hit.why
        ],
        siblings=[
            SiblingDocument(id=one.id, name=one.name, thumbnail=thumbnail_url(one.id, 160)) for one in hit.siblings
        ],
    )


def search_document(answer: Answer) -> SearchDocument:
    """A page of an answer as its document."""
    ranking = answer.ranking
    query = ranking.query
    return SearchDocument(
        hits=[hit_document(hit) for hit in answer.hits],
        next=answer.next,
        kept_place=answer.kept_place,
        searched=ranking.searched,
        exact=ranking.exact,
        fusion=ranking.fusion,
        weights=dict(ranking.weights),
        fits_well=ranking.fits_well,
        notes=list(ranking.notes),
        query=QueryDocument(
            headline=query.article.headline if query.article else None,
            words=query.words,
            texts=list(query.texts),
            names=[name.text for name in query.names],
            language=query.language,
            date=query.date,
            picture=query.image is not None,
            like=list(query.like),
            without=list(query.without),
        ),
    )


def sent(document: BaseModel, status: int = 200) -> Response:
    """A document as it is sent: written once, not checked a second time."""
    return Response(document.model_dump_json(), status, media_type="application/json")
