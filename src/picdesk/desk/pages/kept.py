"""What pages refer to by a short name, so that addresses stay short: stories that were read, and searches."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from picdesk.records import Article

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")

STORIES = 500
"""Stories that are kept; past that the one that was not used for the longest time goes."""
SEARCHES = 5000
"""Searches that are kept, a kilobyte each."""


class Kept(Generic[T]):
    """The latest things, each under a name that follows from what it is.

    Args:
        most: things that are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, thing: T) -> str:
        """Keep a thing; the same one twice has one name."""
        name = hashlib.sha256(repr(thing).encode("utf-8", "replace")).hexdigest()[:20]
        with self._lock:
            self._things[name] = thing
            self._things.move_to_end(name)
            while len(self._things) > self._most:
                self._things.popitem(last=False)
        return name

    def find(self, name: str) -> T | None:
        """The thing of that name, where it is still kept."""
        with self._lock:
            if name in self._things:
                self._things.move_to_end(name)
            return self._things.get(name)


def stories_of(request: Request) -> Kept[Article]:
    """The stories that this desk has read."""
    return _of(request, "stories", STORIES)


def searches_of(request: Request) -> Kept[str]:
    """The query strings of searches that this desk has made."""
    return _of(request, "searches", SEARCHES)


def _of(request: Request, name: str, most: int) -> Kept[T]:
    state = request.app.state
    if not hasattr(state, name):
        setattr(state, name, Kept(most))
    kept: Kept[T] = getattr(state, name)
    return kept
