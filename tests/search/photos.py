"""Photos that no file is needed for."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from picdesk.records import Photo


def photo(name: str, **said: Any) -> Photo:
    """A photo of a name; what it looks like follows from the name unless ``phash`` and ``dhash`` say otherwise."""
    digest = hashlib.sha256(name.encode()).digest()
    given: dict[str, Any] = {
        "id": digest.hex(),
        "name": name,
        "uri": f"file:///photos/{name}.jpg",
        "bytes": 1,
        "format": "JPEG",
        "width": 4,
        "height": 3,
        "file_words": "",
        "phash": int.from_bytes(digest[:8], "big"),
        "dhash": int.from_bytes(digest[8:16], "big"),
        "added": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    }
    return Photo(**(given | said))
