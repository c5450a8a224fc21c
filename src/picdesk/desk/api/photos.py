"""``/api/v1/photos``: a photo by its id, small or whole. Nothing but an id of the archive finds a file."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from picdesk.desk.api.described import problems
from picdesk.desk.api.documents import PhotoDocument, photo_values, sent
from picdesk.desk.asked import PhotoId
from picdesk.desk.originals import TYPES, original_of, photo_by_id
from picdesk.desk.problems import Problem
from picdesk.desk.security.rates import limited
from picdesk.desk.state import Desk, TheDesk
from picdesk.desk.thumbnails import EDGES, MEDIA_TYPE, etag_of

router = APIRouter(prefix="/api/v1/photos", tags=["photos"], responses=problems(404, 422))

ThePhoto = Annotated[PhotoId, Path(description="The photo's id: 64 hexadecimal digits.", examples=["0" * 64])]
_KEPT = "private, max-age=3600"


@router.get(
    "/{photo_id}",
    response_model=PhotoDocument,
    dependencies=[Depends(limited("other"))],
    summary="What is said about a photo",
)
async def photo(desk: TheDesk, photo_id: ThePhoto) -> Response:
    """A photo's captions, rights, dates and size."""
    found = await desk.slowly(lambda: photo_by_id(desk.archive, photo_id))
    return sent(PhotoDocument(**photo_values(found)))


@router.get(
    "/{photo_id}/thumbnails/{edge}",
    response_class=Response,
    dependencies=[Depends(limited("picture"))],
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "description": "WebP"},
        304: {"description": "The one you have is still right"},
    },
    summary="A photo made small",
)
async def thumbnail(
    desk: TheDesk,
    request: Request,
    photo_id: ThePhoto,
    edge: Annotated[int, Path(description=f"Longest edge, one of {', '.join(map(str, EDGES))}.", examples=[320])],
) -> Response:
    """A photo as WebP, without metadata; made once and kept."""
    if edge not in EDGES:
        raise Problem(404, "no-size", f"There is no size {edge}.", hint=f"Take one of {', '.join(map(str, EDGES))}.")
    tag = etag_of(photo_id, edge)
    headers = {"ETag": tag, "Cache-Control": _KEPT}
    known = tag in re.findall(r'"[^"]*"', request.headers.get("if-none-match", ""))
    data = await desk.slowly(lambda: _small(desk, photo_id, edge, known=known))
    return (
        Response(status_code=304, headers=headers) if known else Response(data, headers=headers, media_type=MEDIA_TYPE)
    )


@router.get(
    "/{photo_id}/original",
    response_class=Response,
    dependencies=[Depends(limited("other"))],
    responses={
        200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}, "description": "The file"}
    },
    summary="A photo's original file",
)
async def original(desk: TheDesk, photo_id: ThePhoto) -> Response:
    """The file as it was added; only where the desk was opened with `--originals`."""
    if not desk.settings.originals:
        raise Problem(
            403, "no-originals", "This desk gives no originals.", hint="Open it with picdesk serve --originals."
        )
    found = await desk.slowly(lambda: photo_by_id(desk.archive, photo_id))
    data = await desk.slowly(lambda: original_of(found))
    kind, ending = TYPES.get(found.format, ("application/octet-stream", "bin"))
    headers = {"Content-Disposition": f'attachment; filename="{found.id[:16]}.{ending}"', "Cache-Control": _KEPT}
    return Response(data, headers=headers, media_type=kind)


def _small(desk: Desk, photo_id: str, edge: int, *, known: bool) -> bytes:
    """The small picture; a photo that was taken out has none, whether it was made before or not."""
    archive = desk.archive
    data = b"" if known else desk.thumbnails.find(photo_id, edge)
    if data is not None and archive.has(photo_id):
        desk.metrics.thumbnails.labels("yes").inc()
        return data
    found = photo_by_id(archive, photo_id)
    desk.metrics.thumbnails.labels("no").inc()
    return desk.thumbnails.make(found, original_of(found), edge)
