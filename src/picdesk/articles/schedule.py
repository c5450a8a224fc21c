"""Which address is next, so that each host is asked one question at a time and has its rest between two."""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Job:
    """An address to fetch.

    Attributes:
        url: the address.
        attempts: how often it was asked for.
    """

    url: str
    attempts: int = 0

    @property
    def host(self) -> str:
        """Whose rest it disturbs."""
        try:
            return urlsplit(self.url).hostname or ""
        except ValueError:
            return ""


class Schedule:
    """The addresses still to fetch, host by host. Safe in threads.

    Args:
        jobs: the addresses; those of one host are fetched in this order.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._waiting: dict[str, deque[Job]] = {}
        for job in jobs:
            self._waiting.setdefault(job.host, deque()).append(job)
        self._hosts = [(0.0, number, host) for number, host in enumerate(self._waiting)]  # a heap: all may be asked now
        self._turn = len(self._hosts)
        self._changed = threading.Condition()
        self._closed = False

    def take(self) -> Job | None:
        """The next address, after as long a wait as its host needs; ``None`` when there are no more."""
        with self._changed:
            while self._waiting and not self._closed:
                now = time.monotonic()
                if self._hosts and self._hosts[0][0] <= now:
                    return self._waiting[heapq.heappop(self._hosts)[2]].popleft()
                self._changed.wait(self._hosts[0][0] - now if self._hosts else None)
            return None

    def done(self, job: Job, rest: float) -> None:
        """An address is done; its host is left alone for a while (seconds)."""
        with self._changed:
            self._rest(job.host, rest)

    def again(self, job: Job, rest: float) -> None:
        """An address is to be asked for again, after a while (seconds), before the others of its host."""
        with self._changed:
            self._waiting[job.host].appendleft(job)
            self._rest(job.host, rest)

    def give_up(self, job: Job) -> list[Job]:
        """An address is done, and its host is not asked again; returns what else was to be asked of it."""
        with self._changed:
            left = list(self._waiting.pop(job.host))
            self._changed.notify_all()
            return left

    def close(self) -> None:
        """Give out no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _rest(self, host: str, seconds: float) -> None:
        if self._waiting[host]:
            self._turn += 1
            heapq.heappush(self._hosts, (time.monotonic() + seconds, self._turn, host))
        else:
            del self._waiting[host]
        self._changed.notify_all()
