"""What goes wrong becomes an answer: problem+json for programs (RFC 9457), a page for people."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from picdesk.errors import (
    ArchiveBusy,
    ArchiveError,
    FetchError,
    InputError,
    MissingError,
    NothingFound,
    PicdeskError,
    StorageUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.types import Scope

LOG = logging.getLogger("picdesk.desk")
MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "That is no request the desk can read",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not here",
    405: "Not in this way",
    406: "Not in this form",
    408: "Too slow",
    413: "Too large",
    415: "Not of this type",
    421: "Not under this name",
    422: "That makes no sense",
    429: "Too often",
    500: "The desk has made a mistake",
    502: "The page could not be fetched",
    503: "Not now",
    504: "Too long",
}
STATUSES: Mapping[type[PicdeskError], tuple[int, str]] = {
    NothingFound: (404, "nothing-found"),
    FetchError: (502, "not-fetched"),
    ArchiveBusy: (503, "archive-busy"),
    ArchiveError: (503, "archive-unusable"),
    StorageUnavailable: (503, "storage-unavailable"),
    MissingError: (422, "missing"),
    InputError: (422, "bad-input"),
    PicdeskError: (500, "failed"),
}
"""The nearest class of an error in this table says its status and kind."""


_SENTENCES = {404: "There is nothing at this address.", 405: "The address is not asked in this way."}


class Problem(HTTPException):
    """An answer that is no success; as FastAPI's own exception it passes through all of its layers unchanged.

    Args:
        status: of HTTP.
        kind: last part of the problem's type, which programs tell problems apart by.
        title: what happened, a sentence.
        hint: what to do next, a sentence.
        headers: of the answer.
        more: further members of the document.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, title, dict(headers or {}))
        self.status, self.kind, self.title, self.hint = status, kind, title, hint
        self.more = dict(more or {})


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is; what nobody foresaw says nothing of the inside."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, PicdeskError):
        status, kind = next(STATUSES[each] for each in type(error).__mro__ if each in STATUSES)
        return Problem(status, kind, error.message, hint=error.hint)
    if isinstance(error, RequestValidationError):
        wrong = [{"at": ".".join(map(str, each["loc"])), "said": each["msg"]} for each in error.errors()]
        first = f"{wrong[0]['at']}: {wrong[0]['said']}" if wrong else "it cannot be read"
        return Problem(422, "invalid", f"The request makes no sense: {first}.", more={"errors": wrong})
    if isinstance(error, HTTPException):
        said = _SENTENCES.get(error.status_code, str(error.detail))
        return Problem(error.status_code, "http", said, headers=error.headers)
    return Problem(
        500, "failed", "Something went wrong inside the desk.", hint="Its log says more, under this request's id."
    )


def problem_answer(
    scope: Scope,
    status: int,
    kind: str,
    title: str,
    *,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
    close: bool = False,
) -> Response:
    """A problem as it is sent: a page where a person asked for one and the desk has its pages, else the document."""
    sent = dict(headers or {}) | ({"Connection": "close"} if close else {})
    request = Request(scope)
    if wants_page(request):
        from picdesk.desk.rendering import render

        context = {"status": status, "heading": TITLES.get(status, "It did not work"), "title": title, "hint": hint}
        page = render(request, "error.html", context, status=status)
        page.headers.update(sent)
        return page
    document = {
        "type": f"/problems/{kind}",
        "title": TITLES.get(status, "It did not work"),
        "status": status,
        "detail": title,
        "hint": hint,
        "instance": scope["path"].encode("utf-8", "replace").decode(),
        "request_id": scope.get("state", {}).get("request_id", ""),
        **(more or {}),
    }
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status, headers=sent, media_type=MEDIA_TYPE)


def wants_page(request: Request) -> bool:
    """Whether a person waits for a page, by the address and by what the browser takes."""
    if request.url.path.startswith(("/api/", "/metrics", "/healthz", "/static/")):
        return False
    return "text/html" in request.headers.get("accept", "")


async def answer_problem(request: Request, error: Exception) -> Response:
    """The answer to a request that failed."""
    problem = problem_of(error)
    if problem.status >= 500:
        known = isinstance(error, Problem | PicdeskError)
        LOG.error("%s %s", request.state.request_id, error, exc_info=None if known else error)
    return problem_answer(
        request.scope,
        problem.status,
        problem.kind,
        problem.title,
        hint=problem.hint,
        headers=problem.headers,
        more=problem.more,
    )


def register_problems(app: FastAPI) -> None:
    """Let every exception become a problem."""
    for kind in (Problem, PicdeskError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer_problem)
