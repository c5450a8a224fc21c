"""What the tests of sources share: reading all that a source gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import PhotoError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from picdesk.photos.sources import Found


def outcome(found: Found) -> str:
    """The bytes of a photo as text, or why there are none."""
    try:
        return found.read().decode("latin-1")
    except PhotoError as error:
        reason = str(error)
    assert len(reason.splitlines()) == 1
    return f"refused: {reason}"


def outcomes(source: Iterable[Found]) -> list[tuple[str, str]]:
    return [(found.name, outcome(found)) for found in source]
