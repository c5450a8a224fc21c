"""What goes between a worker and the one who asks: a JSON document, and bytes after it, their lengths before both.

JSON and never pickles: what parses hostile pages in C must not be able to send code to the process that asked.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import IO

_LENGTHS = struct.Struct(">II")


def send(stream: IO[bytes], document: dict[str, Any], data: bytes = b"") -> None:
    """Write one message."""
    text = json.dumps(document, default=str).encode()
    stream.write(_LENGTHS.pack(len(text), len(data)) + text + data)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read one message; ``None`` where the stream ends."""
    head = _exactly(stream, _LENGTHS.size)
    if head is None:
        return None
    text_length, data_length = _LENGTHS.unpack(head)
    text, data = _exactly(stream, text_length), _exactly(stream, data_length)
    return None if text is None or data is None else (json.loads(text), data)


def _exactly(stream: IO[bytes], length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        block = stream.read(length - len(parts))
        if not block:
            return None
        parts += block
    return bytes(parts)
