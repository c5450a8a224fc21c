"""Pictures that people search by: looked at once, when they come in, and kept with the archive for a while."""

from __future__ import annotations

import io
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.desk.problems import Problem
from picdesk.desk.shelf import Shelf
from picdesk.errors import PhotoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.desk.asked import Asked
    from picdesk.objects import Place

SECONDS = 12 * 3600.0
"""A picture is kept so long: a working day."""
MOST = 2000
"""Pictures that are kept; past that the oldest go."""
AT_HAND = 64
"""Pictures in the memory of one process."""
EDGE = 1024
"""Pixels of the longer edge of what is kept; encoders look at 448 or fewer."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that somebody sent.

    Attributes:
        id: 128 random bits: who does not know it cannot see the picture.
        data: as PNG, without metadata.
        width: pixels, as it was sent.
        height: pixels, as it was sent.
    """

    id: str
    data: bytes
    width: int
    height: int


class Pictures:
    """The latest pictures.

    Args:
        place: where they are kept; ``None`` for the memory alone.
        clock: seconds since 1970.
    """

    def __init__(self, place: Place | None, clock: Callable[[], float] = time.time) -> None:
        self._shelf = Shelf(place, seconds=SECONDS, most=MOST, memory=AT_HAND, clock=clock)

    def take(self, data: bytes, most: int) -> Picture:
        """Look at a picture and keep it.

        Args:
            data: the file.
            most: pixels that it may have.

        Raises:
            PhotoError: it is no picture that can be read, or has too many pixels.
        """
        picture = _decoded(data, most)
        self._shelf.keep(picture.id, picture.data)
        return picture

    def find(self, id: str) -> bytes:
        """The picture as PNG.

        Raises:
            Problem: 404, it is no longer here.
        """
        found = self._shelf.find(id)
        if found is None:
            raise Problem(404, "no-picture", "The picture is no longer here.", hint="Send it again.")
        return found

    def of(self, asked: Asked) -> bytes | None:
        """The picture of a question; ``None`` where it asks with none.

        Raises:
            Problem: 404, it is no longer here.
        """
        return self.find(asked.picture) if asked.picture else None


def _decoded(data: bytes, most: int) -> Picture:
    from PIL import Image

    from picdesk.photos.decode import decode, size_of

    width, height = size_of(data)
    if width * height > most:
        raise PhotoError(
            f"{width} x {height} pixels, over the limit of {most / 1e6:g} megapixels", "Send a smaller copy of it."
        )
    found = decode(data, smallest_side=448)
    picture = found.image
    if max(picture.size) > EDGE:
        picture.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    drawn = io.BytesIO()
    picture.save(drawn, "PNG", compress_level=1)
    return Picture(secrets.token_urlsafe(16), drawn.getvalue(), found.width, found.height)
