"""A photo made small, for pages that carry their pictures inside."""

from __future__ import annotations

import base64
from io import BytesIO

from picdesk.photos.decode import decode


def thumbnail(data: bytes, edge: int) -> bytes:
    """A photo as a small JPEG, its longest edge ``edge`` pixels at most.

    Args:
        data: the whole file.
        edge: pixels.

    Raises:
        PhotoError: it is no picture that can be read.
    """
    picture = decode(data, smallest_side=edge).image
    picture.thumbnail((edge, edge))
    drawn = BytesIO()
    picture.save(drawn, "JPEG", quality=82)
    return drawn.getvalue()


def data_uri(picture: bytes, kind: str = "image/jpeg") -> str:
    """A picture as an address that holds it (RFC 2397).

    >>> data_uri(b"abc", "image/png")
    'data:image/png;base64,YWJj'
    """
    return f"data:{kind};base64,{base64.b64encode(picture).decode()}"
