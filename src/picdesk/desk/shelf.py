"""What a desk has to find again, put where every process of it looks: into the archive, below ``desk/``.

`picdesk serve` may run many times over one archive, each time behind the same address. What one process was given, a
story or a picture to search by, another one is asked for a moment later. Things are kept under a name, never changed,
and go after a while. A memory in front of them spares the way.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.errors import InputError, PicdeskError
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from picdesk.objects import Place

LOG = logging.getLogger("picdesk.desk")
HOUR = 3600.0
"""Seconds after which a process looks again for what has to go."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


class Shelf:
    """Things of one kind.

    Where the archive cannot be written, they are in the memory of this process alone, and the log says so once.

    Args:
        place: where they are kept; ``None`` for the memory alone.
        seconds: after which a thing goes.
        most: things; past that the oldest go.
        memory: things that this process holds at hand.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        place: Place | None,
        *,
        seconds: float,
        most: int,
        memory: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._place = place
        self._seconds = seconds
        self._most = most
        self._memory = memory
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()
        self._tidied = 0.0
        self._kept = 0
        self._warned = False

    def keep(self, name: str, data: bytes) -> None:
        """Put a thing there; it is seen by every process when this returns.

        Raises:
            ValueError: that is no name.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be a name")
        now = self._clock()
        self._remember(name, now, data)
        if self._place is None:
            return
        try:
            make_room(self._place)
            write_whole(self._place / name, data)
            self._kept += 1
            if now - self._tidied > HOUR or self._kept % max(1, self._most // 10) == 0:
                self._tidied = now
                self._tidy(self._place, now)
        except (OSError, PicdeskError) as error:
            if not self._warned:
                LOG.warning("%s is in the memory of this process alone: %s", self._place, error)
            self._warned = True

    def at_hand(self, name: str) -> bytes | None:
        """A thing that is in this process's memory, which takes no time."""
        with self._lock:
            since, data = self._known.get(name, (0.0, None))
            if data is not None and self._is_old(since, self._clock()):
                del self._known[name]
                return None
            return data

    def find(self, name: str) -> bytes | None:
        """A thing, whichever process was given it; ``None`` where there is none, or none any more.

        Raises:
            StorageUnavailable: the archive's object store does not answer.
        """
        found = self.at_hand(name)
        if found is not None or self._place is None or not _NAME.fullmatch(name):
            return found
        try:
            since = (self._place / name).stat().st_mtime_ns / 1e9
            if self._is_old(since, self._clock()):
                return None
            data = (self._place / name).read_bytes()
        except OSError:  # no such file, no such folder, or one that may not be read
            return None
        self._remember(name, since, data)
        return data

    def _remember(self, name: str, since: float, data: bytes) -> None:
        with self._lock:
            self._known[name] = since, data
            self._known.move_to_end(name)
            while len(self._known) > self._memory:
                self._known.popitem(last=False)

    def _is_old(self, since: float, now: float) -> bool:
        return now - since > self._seconds

    def _tidy(self, place: Place, now: float) -> None:
        """Take away what is old, and the oldest of what is too much."""
        there = sorted(_aged(place))
        too_many = max(0, len(there) - self._most)
        for number, (since, thing) in enumerate(there):
            if number < too_many or self._is_old(since, now):
                with suppress(FileNotFoundError):  # another process was quicker
                    thing.unlink()


def make_room(place: Place) -> None:
    """Make the folder of a kind of things, in an archive that is there.

    Raises:
        InputError: it cannot be made.
    """
    if isinstance(place, Path):
        try:
            # Never the archive's own: one that was put aside must find its place free when it is put back.
            place.parent.mkdir(exist_ok=True)
            place.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"{place} cannot be made: {error.strerror or error}") from None


def _aged(place: Place) -> Iterator[tuple[float, Place]]:
    """Everything in a place, with the time of its last change."""
    if isinstance(place, Path):
        for file in place.iterdir():
            with suppress(FileNotFoundError):
                yield file.stat().st_mtime, file
    else:
        for thing, status in place.walk():
            yield status.st_mtime_ns / 1e9, thing
