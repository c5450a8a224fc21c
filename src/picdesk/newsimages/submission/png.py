"""Pictures as PNG files: the same pixels give the same bytes, and what generators wrote into a file stays there."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_HEADER = len(SIGNATURE) + 25


def text_chunks(data: bytes) -> tuple[bytes, ...]:
    """The text chunks of a PNG file (W3C PNG, 11.3.3), byte for byte, in their order; none for other files.

    Generators such as ComfyUI keep their workflow in them. A chunk that is cut short or whose check sum is wrong is
    left out.
    """
    if not data.startswith(SIGNATURE):
        return ()
    return tuple(chunk for kind, chunk in _chunks(data) if kind in _TEXT)


def encode_png(image: Image, texts: tuple[bytes, ...] = ()) -> bytes:
    """A picture as a PNG file.

    Args:
        image: RGB or RGBA.
        texts: chunks to put in, from `text_chunks`.
    """
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    plain = buffer.getvalue()
    return plain[:_HEADER] + b"".join(texts) + plain[_HEADER:]


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        chunk = data[place:end]
        if end > len(data) or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            return
        yield kind, chunk
        if kind == b"IEND":
            return
        place = end
