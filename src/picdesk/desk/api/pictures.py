"""``/api/v1/pictures``: pictures that photos are looked for by."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Path, UploadFile
from starlette.responses import Response

from picdesk.desk.api.described import problems
from picdesk.desk.api.documents import Document, sent
from picdesk.desk.asked import PictureId
from picdesk.desk.pictures import SECONDS
from picdesk.desk.security.rates import limited
from picdesk.desk.state import TheDesk
from picdesk.desk.thumbnails import MEDIA_TYPE, small_webp

router = APIRouter(prefix="/api/v1/pictures", tags=["search"], responses=problems(404, 422))


class PictureDocument(Document):
    """A picture that was sent."""

    id: str
    width: int
    height: int
    expires_in: int


@router.post(
    "",
    status_code=201,
    response_model=PictureDocument,
    dependencies=[Depends(limited("upload"))],
    responses=problems(400, 408, 413),
    summary="Send a picture to search by",
)
async def send(
    desk: TheDesk, file: Annotated[UploadFile, File(description="JPEG, PNG, WebP, AVIF, TIFF, ...")]
) -> Response:
    """Keep a picture for a while, with the archive and without its metadata, to be named as `picture` in a search."""
    data = await file.read()
    taken = await desk.slowly(lambda: desk.pictures.take(data, desk.settings.limits.upload_pixels))
    document = PictureDocument(id=taken.id, width=taken.width, height=taken.height, expires_in=int(SECONDS))
    return sent(document, 201)


@router.get(
    "/{picture_id}",
    response_class=Response,
    dependencies=[Depends(limited("picture"))],
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "description": "WebP"}
    },
    summary="The picture, small",
)
async def show(desk: TheDesk, picture_id: Annotated[PictureId, Path()]) -> Response:
    """The picture that was sent, 320 pixels on its longer edge."""
    data = await desk.slowly(lambda: small_webp(desk.pictures.find(picture_id), 320))
    return Response(data, media_type=MEDIA_TYPE)
