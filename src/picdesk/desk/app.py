"""The desk as an ASGI application."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from picdesk import __version__
from picdesk.desk.api.described import problems
from picdesk.desk.problems import register_problems
from picdesk.desk.registry import routers
from picdesk.desk.requests import Requests
from picdesk.desk.security.bodies import Bodies
from picdesk.desk.security.csrf import checked_request
from picdesk.desk.security.door import Door
from picdesk.desk.security.headers import Headers
from picdesk.desk.security.hosts import Hosts, allowed_hosts
from picdesk.desk.state import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response
    from starlette.types import Scope

    from picdesk.desk.settings import DeskSettings


def make_app(settings: DeskSettings) -> FastAPI:
    """A desk, ready to be served.

    A request passes, in this order: `Headers`, `Requests` (id, log, an answer in any case), `Hosts`, `Bodies`, `Door`
    (who asks), the check of forms, the rates, and its route.

    Raises:
        ArchiveError: there is no archive.
        InputError: the settings would let anybody in, or the file of users makes no sense.
        MissingError: an encoder that was named is not here.
    """
    desk = Desk(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="Picdesk",
        version=__version__,
        summary="Finds the picture for a news story.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        responses=problems(400, 404, 408, 409, 413, 422),
        middleware=[
            Middleware(Headers, secure=settings.secure),
            Middleware(Requests, metrics=desk.metrics),
            Middleware(Hosts, allowed=allowed_hosts(settings)),
            Middleware(Bodies, limits=settings.limits),
            Middleware(Door, desk=desk),
        ],
    )
    app.state.desk = desk
    register_problems(app)
    for router in routers():
        app.include_router(router, dependencies=[Depends(checked_request)])
    with as_file(files("picdesk.desk").joinpath("static")) as folder:
        app.mount("/static", _Kept(directory=folder), name="static")
    return app


class _Kept(StaticFiles):
    """Files of the pages; their addresses change with their content, so browsers keep them for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file."""
        answer = await super().get_response(path, scope)
        # Modules name each other without a version: browsers ask whether they have changed, which costs no body.
        known = b"v=" in scope["query_string"]
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if known else "no-cache"
        return answer
