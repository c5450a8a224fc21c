"""``/api/v1/info`` and ``/api/v1/encoders``: what is in the archive, and what reads it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from picdesk.desk.api.described import problems
from picdesk.desk.api.documents import Document, sent
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk
from picdesk.desk.thumbnails import EDGES

router = APIRouter(prefix="/api/v1", tags=["archive"], dependencies=[Depends(limited("other"))], responses=problems())


class EncoderDocument(Document):
    """An encoder that filled the archive."""

    name: str
    fingerprint: str
    dimension: int
    photos: int


class EncodersDocument(Document):
    """What reads pictures, and what reads captions."""

    encoders: list[EncoderDocument]
    meaning: EncoderDocument | None


class InfoDocument(EncodersDocument):
    """What is in the archive."""

    version: str
    photos: int
    language: str
    said: dict[str, int]
    readings: list[str]
    thumbnails: list[int]
    originals: bool


@router.get("/info", response_model=InfoDocument, summary="What is in the archive")
async def info(desk: TheDesk) -> Response:
    """How many photos, what is said about them, and what this desk offers."""
    from picdesk import __version__
    from picdesk.articles.reading import readings

    known = await desk.known()
    document = InfoDocument(
        version=__version__,
        photos=known.photos,
        language=known.language,
        said=known.said,
        readings=list(readings()),
        thumbnails=list(EDGES),
        originals=desk.settings.originals,
        **dict(await _encoders(desk)),
    )
    return sent(document)


@router.get("/encoders", response_model=EncodersDocument, summary="What reads the archive")
async def encoders(desk: TheDesk) -> Response:
    """The encoders that filled the archive, and how many photos each has seen."""
    return sent(await _encoders(desk))


async def _encoders(desk: TheDesk) -> EncodersDocument:
    known = await desk.known()
    entries = [(each.encoder, each.photos) for each in (*known.encoders, *([known.meaning] if known.meaning else []))]
    documents = [
        EncoderDocument(name=entry.name, fingerprint=entry.fingerprint, dimension=entry.dimension, photos=photos)
        for entry, photos in entries
    ]
    count = len(known.encoders)
    return EncodersDocument(encoders=documents[:count], meaning=documents[count] if documents[count:] else None)
