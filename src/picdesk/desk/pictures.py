"""Pictures that people search by: looked at once, when they come in, and kept in memory for a while."""

from __future__ import annotations

import io
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.desk.problems import Problem
from picdesk.errors import PhotoError

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 4 * 3600.0
"""A picture is kept so long after it was last used."""
MOST = 128
"""Pictures that are kept; past that the one that was not used for the longest time goes."""
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
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[Picture, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, data: bytes, most: int) -> Picture:
        """Look at a picture and keep it.

        Args:
            data: the file.
            most: pixels that it may have.

        Raises:
            PhotoError: it is no picture that can be read, or has too many pixels.
        """
        picture = _decoded(data, most)
        with self._lock:
            self._kept[picture.id] = picture, self._clock()
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return picture

    def find(self, id: str) -> bytes:
        """The picture as PNG.

        Raises:
            Problem: 404, it is no longer here.
        """
        with self._lock:
            found = self._kept.get(id)
            if found is not None and self._clock() - found[1] <= SECONDS:
                self._kept[id] = found[0], self._clock()
                self._kept.move_to_end(id)
                return found[0].data
            self._kept.pop(id, None)
        raise Problem(404, "no-picture", "The picture is no longer here.", hint="Send it again.")


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
