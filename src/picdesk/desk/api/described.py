"""What OpenAPI says of answers that are no success."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class ProblemDocument(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="A path that names the kind of problem.", examples=["/problems/bad-input"])
    title: str
    status: int
    detail: str
    hint: str = Field(description="What to do next; may be empty.")
    instance: str
    request_id: str = Field(description="As in `X-Request-ID`, and in the desk's log.")


_SAID = {
    400: "The request cannot be read",
    401: "The desk does not know who asks",
    403: "Not allowed",
    404: "Not here",
    408: "The request arrived too slowly",
    409: "That is so already, or was changed by somebody else",
    413: "Too large",
    415: "Not of this type",
    421: "The desk is not reached under that name",
    422: "That makes no sense",
    429: "Too many requests; `Retry-After` says when to come back",
    502: "The page could not be fetched",
    503: "The archive or a model cannot be used now, or too many wait",
    504: "It took too long",
}
_ANYWHERE = (401, 403, 421, 429, 503, 504)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that are problems: these, and those that any route may give."""
    content = {"application/problem+json": {"schema": ProblemDocument.model_json_schema()}}
    return {status: {"description": _SAID[status], "content": content} for status in sorted({*statuses, *_ANYWHERE})}
