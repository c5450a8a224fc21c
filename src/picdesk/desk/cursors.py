"""Where in an answer a reader is, as a text that any process of the desk understands.

It is not signed: whoever makes one up reads a page that they could have asked for. A sum in it tells a cursor from what
was cut or mistyped.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from picdesk.desk.asked import PhotoId
from picdesk.desk.problems import Problem

if TYPE_CHECKING:
    from picdesk.desk.asked import Asked

_SUM = 8
LONGEST = 500
"""Characters of a cursor."""
DEEPEST = 1000
"""Hits after which an answer ends: nobody looks at more, and every signal names about as many."""


class Cursor(BaseModel):
    """A place between two hits.

    Attributes:
        question: digest of what was asked.
        version: of the archive that answered.
        seen: hits before the place.
        last: id of the last of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    question: str
    version: int = Field(ge=0)
    seen: int = Field(ge=0, le=DEEPEST)
    last: PhotoId


def write_cursor(cursor: Cursor) -> str:
    """The cursor as text."""
    parts = [cursor.question, cursor.version, cursor.seen, cursor.last]
    said = json.dumps(parts, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sum(said) + said).decode().rstrip("=")


def read_cursor(text: str, asked: Asked) -> Cursor:
    """The cursor that a text is.

    Raises:
        Problem: 400, the text is no cursor, or it belongs to another question.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if data[:_SUM] != _sum(data[_SUM:]):
            raise ValueError("the sum is another one")
        cursor = Cursor(**dict(zip(Cursor.model_fields, json.loads(data[_SUM:]), strict=True)))
    except (binascii.Error, ValidationError, ValueError, TypeError, RecursionError):
        raise Problem(
            400,
            "bad-cursor",
            "That is no cursor of a desk.",
            hint="Send it as it was given, or search again without it.",
        ) from None
    if cursor.question != asked.digest:
        raise Problem(
            400,
            "other-question",
            "The cursor belongs to another question.",
            hint="Ask the same as before with it, or search again without it.",
        )
    return cursor


def _sum(said: bytes) -> bytes:
    return hashlib.sha256(said).digest()[:_SUM]
