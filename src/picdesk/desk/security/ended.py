"""Sessions that were ended before their time, by whichever process of the desk: an empty object each in the archive.

A cookie that was signed is good until it is old. So that a logout ends it at once in every process, each of them looks
once a second which sessions have ended. The list stays short: a name goes when its session would have ended by itself.
"""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from picdesk.desk.shelf import make_room
from picdesk.errors import ArchiveError
from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.objects import Place

LOOK = 1.0
"""Seconds for which a look holds."""

_NAME = re.compile(r"([0-9a-f]{32})-(\d{1,12})")


class Ended:
    """The sessions that have ended.

    Args:
        place: where they are kept for every process; ``None`` for this process's memory.
        clock: seconds since 1970.
        ticks: seconds, never going back.
    """

    def __init__(
        self,
        place: Place | None,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._clock = clock
        self._ticks = ticks
        self._known: dict[str, int] = {}
        self._looked: float | None = None
        self._looking = threading.Lock()
        self._writing = threading.Lock()

    @property
    def is_out_of_date(self) -> bool:
        """Whether the last look is too long ago."""
        if self._place is None:
            return False
        return self._looked is None or self._ticks() - self._looked > LOOK

    def look(self) -> None:
        """See what others have ended, where the last look is too long ago; takes a moment.

        Raises:
            ArchiveError: the folder cannot be read.
            StorageUnavailable: the archive's object store does not answer.
        """
        with self._looking:
            if self._place is None or not self.is_out_of_date:
                return
            begun, now = self._ticks(), self._clock()
            try:
                names = [thing.name for thing in self._place.iterdir()]
            except FileNotFoundError:  # nobody has ended one yet, or the archive is put aside
                names = []
            except OSError as error:
                raise ArchiveError(f"{self._place} cannot be read: {error.strerror or error}") from None
            found = {name[1]: int(name[2]) for name in map(_NAME.fullmatch, names) if name}
            with self._writing:
                # What this process has once seen stays ended, whatever becomes of the folder.
                self._known = {one: until for one, until in {**self._known, **found}.items() if until > now}
            self._looked = begun

    def __contains__(self, id: str) -> bool:
        """Whether a session has ended, as far as the last look says."""
        return id in self._known

    def end(self, id: str, until: float) -> None:
        """End a session.

        Args:
            id: of the session.
            until: when it would have ended by itself, in seconds since 1970.

        Raises:
            InputError: it cannot be written down for the other processes; in this one it has ended.
            StorageUnavailable: the same, of an object store.
        """
        with self._writing:
            self._known = {**self._known, id: int(until)}
        if self._place is None:
            return
        make_room(self._place)
        write_whole(self._place / f"{id}-{int(until)}", b"")
        self._tidy(self._place)

    def _tidy(self, place: Place) -> None:
        now = self._clock()
        for thing in place.iterdir():
            name = _NAME.fullmatch(thing.name)
            if name is None or int(name[2]) < now:
                with suppress(OSError):
                    thing.unlink()
