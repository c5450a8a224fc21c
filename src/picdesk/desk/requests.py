"""Every request has an id, is counted, and is written into the log with how long it took."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from picdesk.desk.problems import answer_problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from picdesk.desk.metrics import Metrics

LOG = logging.getLogger("picdesk.desk.requests")
HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Requests:
    """The outer layer: an id in and out (``X-Request-ID``), a line in the log, and an answer in any case.

    Args:
        app: what answers.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get(HEADER, "")
        state = scope.setdefault("state", {})
        state["request_id"] = given if _ID.fullmatch(given) else secrets.token_hex(8)
        begun, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = state["request_id"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # whatever it is, whoever asked gets an answer and the log says what it was
            if status:
                LOG.exception("%s broke off", state["request_id"])
                raise
            await (await answer_problem(request, error))(scope, receive, watched)
        finally:
            self._count(scope, status, time.perf_counter() - begun)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # The route, not the address: addresses are without number, and hold what people look for.
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.seconds.labels(route, method).observe(seconds)
        state = scope["state"]
        user = getattr(state.get("user"), "name", "")
        LOG.info("%s %s %s %d %.0f ms %s", state["request_id"], method, route, status, 1000 * seconds, user or "-")
