"""What pages refer to by a short name, so that addresses stay short: stories that were read, and searches."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING

from picdesk.desk.shelf import Shelf
from picdesk.records import Article

if TYPE_CHECKING:
    from picdesk.objects import Place

SECONDS = 30 * 24 * 3600.0
"""A story is kept so long."""
STORIES = 20_000
"""Stories that are kept; past that the oldest go."""
AT_HAND = 500
"""Stories in the memory of one process."""
INLINE = 600
"""Characters of a search's name that holds the whole search; a longer one is kept like a story."""
NAME = 700
"""Characters of a search's name at most."""

_SEARCH = 200_000
_KEPT = "."


class Stories:
    """The stories that the desk has read, each under a name that follows from what it is.

    Args:
        shelf: where they are kept.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def keep(self, story: Article) -> str:
        """Keep a story; the same one twice has one name. Takes a moment."""
        data = json.dumps(asdict(story), default=str).encode()
        name = _digest(data)
        self._shelf.keep(name, data)
        return name

    def find(self, name: str) -> Article | None:
        """The story of that name, where it is still kept.

        Raises:
            StorageUnavailable: the archive's object store does not answer.
        """
        data = self._shelf.find(name) if name else None
        if data is None:
            return None
        said = json.loads(data)
        published = said["published"] and dt.date.fromisoformat(said["published"])
        return Article(**{**said, "published": published, "tags": tuple(said["tags"])})


def shelf_of(place: Place | None) -> Shelf:
    """Where both are kept.

    Args:
        place: in the archive; ``None`` for the memory alone.
    """
    return Shelf(place, seconds=SECONDS, most=STORIES, memory=AT_HAND)


class Searches:
    """The query strings of searches, each under a name that holds it, where it is short.

    Args:
        shelf: where the long ones are kept.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def keep(self, query: str) -> str:
        """A name for a search; where it is long, this takes a moment."""
        name = _packed(query)
        if len(name) <= INLINE:
            return name
        data = query.encode()
        self._shelf.keep(_digest(data), data)
        return _KEPT + _digest(data)

    def find(self, name: str) -> str:
        """The search of that name; empty where it is no longer kept, or none at all.

        Raises:
            StorageUnavailable: the archive's object store does not answer.
        """
        if not name.startswith(_KEPT):
            return _unpacked(name)
        data = self._shelf.find(name.removeprefix(_KEPT))
        return "" if data is None else data.decode("utf-8", "replace")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:20]


def _packed(query: str) -> str:
    """A search's query string without what is said twice, in letters that are safe in addresses."""
    packer = zlib.compressobj(9, wbits=-15)
    return base64.urlsafe_b64encode(packer.compress(query.encode()) + packer.flush()).decode().rstrip("=")


def _unpacked(name: str) -> str:
    """The query string; empty for what is none. It grows no larger than any search is."""
    try:
        data = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True)
        return zlib.decompressobj(wbits=-15).decompress(data, _SEARCH).decode()
    except (binascii.Error, zlib.error, ValueError):
        return ""
