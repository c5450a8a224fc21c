"""``/healthz``: whether the desk can do its work, for whoever starts and watches it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from picdesk.desk.state import TheDesk
from picdesk.errors import PicdeskError

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz(desk: TheDesk) -> Response:
    """200 where the archive can be read, 503 where it cannot; nothing about what is in it."""
    try:
        await desk.slowly(lambda: len(desk.archive))
    except PicdeskError:
        return JSONResponse({"status": "unavailable"}, 503)
    return JSONResponse({"status": "ok"})
