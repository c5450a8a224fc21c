"""How much a request may carry, and how long it may take to arrive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from picdesk.desk.problems import Problem, problem_answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from picdesk.desk.settings import Limits

_MULTIPART = b"multipart/form-data"


class Bodies:
    """Refuses bodies that are too large or arrive too slowly, whatever their head says.

    Args:
        app: what answers.
        limits: bytes and seconds.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"])
        uploads = said.get(b"content-type", b"").lower().startswith(_MULTIPART)
        most = self._limits.upload if uploads else self._limits.body
        length = said.get(b"content-length", b"")
        if length.isdigit() and int(length) > most:
            await _too_large(scope, most)(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        deadline, taken = loop.time() + self._limits.body_seconds, 0
        whole = False

        async def counted() -> Message:
            nonlocal taken, whole
            if whole:  # what comes now is the end of the connection, which may take as long as the answer
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise Problem(
                    408, "too-slow", f"The request did not arrive within {self._limits.body_seconds:g} seconds."
                ) from None
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if taken > most:
                    raise _large(most)
            return message

        await self._app(scope, counted, send)


def _large(most: int) -> Problem:
    return Problem(
        413,
        "too-large",
        f"The request carries more than {most:,} bytes.",
        hint="Send a smaller file, or less text.",
    )


def _too_large(scope: Scope, most: int) -> ASGIApp:
    problem = _large(most)
    return problem_answer(scope, problem.status, problem.kind, problem.title, hint=problem.hint, close=True)
