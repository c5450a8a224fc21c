"""Who is logged in. Sessions live in the desk's memory: a restart logs everybody out, a logout ends one at once."""

from __future__ import annotations

import hmac
import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.desk.security.tokens import digest_of, new_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.desk.security.users import User

IDLE = 12 * 3600.0
"""Seconds after which a session ends that nobody uses."""
LONGEST = 7 * 24 * 3600.0
"""Seconds after which a session ends in any case."""
MOST = 10_000
"""Sessions; past that the one that was not used for the longest time ends."""

_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(slots=True)
class Session:
    """One login.

    Attributes:
        user: who.
        proof: what they were known by, such as the hash of their password; another one ends the session.
        begun: when, by the clock of the sessions.
        used: when it was used last.
    """

    user: User
    proof: str
    begun: float
    used: float


class Sessions:
    """Logins by cookie; only digests of cookies are kept, so that a dump of the memory opens no door.

    A visitor who has not logged in has a cookie too, which stands for nothing but the secret of their forms. A login
    always gives another cookie: one that an attacker has planted (session fixation) is worth nothing afterwards.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = new_secret().encode()
        self._open: OrderedDict[bytes, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, user: User, proof: str) -> str:
        """Log somebody in; the new cookie."""
        cookie, now = new_secret(), self._clock()
        with self._lock:
            self._open[digest_of(cookie)] = Session(user, proof, now, now)
            while len(self._open) > MOST:
                self._open.popitem(last=False)
        return cookie

    def find(self, cookie: str | None) -> Session | None:
        """The session of a cookie, which is used by that; ``None`` where there is none or it has ended."""
        if cookie is None:
            return None
        key, now = digest_of(cookie), self._clock()
        with self._lock:
            session = self._open.get(key)
            if session is None:
                return None
            if now - session.used > IDLE or now - session.begun > LONGEST:
                del self._open[key]
                return None
            session.used = now
            self._open.move_to_end(key)
            return session

    def end(self, cookie: str | None) -> None:
        """Log out."""
        if cookie is not None:
            with self._lock:
                self._open.pop(digest_of(cookie), None)

    def form_secret(self, cookie: str) -> str:
        """What forms of a visitor carry, to show that they are ours; the cookie cannot be told from it."""
        return hmac.new(self._key, b"form\0" + cookie.encode(), "sha256").hexdigest()


def is_cookie(value: str | None) -> bool:
    """Whether it is of the shape that we give out."""
    return value is not None and _COOKIE.fullmatch(value) is not None
