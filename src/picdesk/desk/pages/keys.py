"""``/keys``: what the keyboard does, for who has no script, and for who wants it beside the page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from picdesk.desk.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/keys")
def keys_page(request: Request) -> Response:
    """The page."""
    return render(request, "story/keys_page.html", {"here": "keys"})
