"""Where in an answer a reader is, as a text that only this desk can make."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.desk.problems import Problem

if TYPE_CHECKING:
    from picdesk.desk.asked import Asked

_SIGN = 16
LONGEST = 500
"""Characters of a cursor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place between two hits.

    Attributes:
        question: digest of what was asked.
        version: of the archive that answered.
        seen: hits before the place.
        last: id of the last of them.
    """

    question: str
    version: int
    seen: int
    last: str


def write_cursor(key: bytes, cursor: Cursor) -> str:
    """The cursor as text."""
    said = json.dumps([cursor.question, cursor.version, cursor.seen, cursor.last], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_signature(key, said) + said).decode().rstrip("=")


def read_cursor(key: bytes, text: str, asked: Asked) -> Cursor:
    """The cursor that a text is.

    Raises:
        Problem: 400, the text was changed or is another desk's, or it belongs to another question.
    """
    wrong = Problem(
        400,
        "bad-cursor",
        "The cursor is none of this desk's.",
        hint="Search again without it; cursors end with a desk.",
    )
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise wrong from None
    sign, said = data[:_SIGN], data[_SIGN:]
    if not hmac.compare_digest(sign, _signature(key, said)):
        raise wrong
    question, version, seen, last = json.loads(said)
    if question != asked.digest:
        raise Problem(
            400,
            "other-question",
            "The cursor belongs to another question.",
            hint="Ask the same as before with it, or search again without it.",
        )
    return Cursor(question=question, version=version, seen=seen, last=last)


def _signature(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, said, "sha256").digest()[:_SIGN]
