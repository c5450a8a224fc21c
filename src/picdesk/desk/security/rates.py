"""How often a client may ask: token buckets, one a client and kind of request."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from fastapi import Request

from picdesk.desk.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from picdesk.desk.settings import Rate

MOST = 20_000
"""Buckets; the one that was not used for the longest time is forgotten past that."""


class Buckets:
    """Token buckets (RFC 2697's, without colours).

    Args:
        rates: kind of request -> rate.
        clock: seconds, never going back.
    """

    def __init__(self, rates: Mapping[str, Rate], clock: Callable[[], float] = time.monotonic) -> None:
        self._rates = rates
        self._clock = clock
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, kind: str, client: str, cost: float = 1.0) -> float:
        """Seconds until a client may make such a request; 0 where it may now, which is then counted.

        Args:
            kind: of request.
            client: who makes it.
            cost: what it counts; 0 to ask alone.
        """
        rate, now = self._rates[kind], self._clock()
        with self._lock:
            level, then = self._levels.get((kind, client), (rate.burst, now))
            level = min(rate.burst, level + (now - then) * rate.per_second)
            allowed = level >= max(cost, 1.0)
            self._levels[kind, client] = (level - cost if allowed else level, now)
            self._levels.move_to_end((kind, client))
            while len(self._levels) > MOST:
                self._levels.popitem(last=False)
        return 0.0 if allowed else (max(cost, 1.0) - level) / rate.per_second

    def spend(self, kind: str, client: str) -> None:
        """Count a request that was let through before it was known to count, such as a login that failed."""
        self.wait(kind, client)


def limited(kind: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency of routes: the client may not ask more often than the desk's limits of a kind allow."""

    async def limit(request: Request) -> None:
        check_rate(request, kind, request.state.client)

    return limit


def check_rate(request: Request, kind: str, client: str, cost: float = 1.0) -> None:
    """Count a request.

    Raises:
        Problem: 429, saying when it may be made again.
    """
    seconds = request.app.state.desk.rates.wait(kind, client, cost)
    if seconds:
        later = max(1, math.ceil(seconds))
        raise Problem(
            429,
            "too-many",
            f"Too many requests of the kind '{kind}'.",
            hint=f"Ask again in {later} seconds.",
            headers={"Retry-After": str(later)},
        )
