"""Who is logged in: the cookie says it and is signed, so that every process of a desk knows it, also after a restart.

A session's cookie is a list as JSON and its HMAC-SHA-256 under the desk's key, both in base64url. It holds who, since
when, until when it was used, and a digest of what they were known by: another password ends it, and so does being taken
out of the file of users. A logout ends it by `picdesk.desk.security.ended`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from picdesk.desk.security.users import User

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE = 12 * 3600.0
"""Seconds after which a session ends that nobody uses."""
LONGEST = 7 * 24 * 3600.0
"""Seconds after which a session ends in any case."""
RENEW = 600.0
"""Seconds of use after which its cookie is written anew."""
SKEW = 120.0
"""Seconds by which the clocks of two machines may differ."""

_SESSION, _PROOF, _FORM = b"session\0", b"proof\0", b"form\0"
_VISITOR = re.compile(r"[A-Za-z0-9_-]{43}")
_COOKIE = re.compile(r"([A-Za-z0-9_-]{20,900})\.([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login.

    Attributes:
        id: 128 random bits; the same however often the cookie is written anew.
        user: who.
        proof: digest of what they were known by, such as the hash of their password.
        begun: when, in seconds since 1970.
        used: when it was used last, to `RENEW`.
    """

    id: str
    user: User
    proof: str
    begun: float
    used: float

    @property
    def until(self) -> float:
        """When it ends in any case, in seconds since 1970; on no machine's clock is it later."""
        return self.begun + LONGEST + SKEW


class Sessions:
    """Logins by cookie. Nothing is kept of them.

    A visitor who has not logged in has a cookie too, which stands for nothing but the secret of their forms. A login
    always gives another cookie: one that an attacker has planted (session fixation) is worth nothing afterwards.

    Args:
        key: what they are signed with, asked every time.
        proof_of: what somebody is known by now; ``None`` for nobody.
        clock: seconds since 1970.
    """

    def __init__(
        self, key: Callable[[], bytes], proof_of: Callable[[str], str | None], clock: Callable[[], float] = time.time
    ) -> None:
        self._key = key
        self._proof_of = proof_of
        self._clock = clock

    def begin(self, user: User) -> str:
        """Log somebody in; the new cookie."""
        now = float(int(self._clock()))
        return self._cookie(
            Session(id=secrets.token_hex(16), user=user, proof=self._proof(user.name) or "", begun=now, used=now)
        )

    def find(self, cookie: str | None) -> Session | None:
        """The session of a cookie; ``None`` where it is none of ours, has ended by its age, or its user has changed."""
        session = self._read(cookie or "")
        if session is None:
            return None
        now = self._clock()
        ages = (now - session.begun, LONGEST), (now - session.used, IDLE)
        if not all(-SKEW <= age <= most for age, most in ages):
            return None
        proof = self._proof(session.user.name)
        return session if proof is not None and hmac.compare_digest(proof, session.proof) else None

    def renewed(self, session: Session) -> str | None:
        """The cookie that says that a session is in use; ``None`` where the old one says it well enough."""
        now = float(int(self._clock()))
        return self._cookie(replace(session, used=now)) if now - session.used > RENEW else None

    def form_secret(self, seed: str) -> str:
        """What forms carry, to show that they are ours; what it follows from cannot be told from it.

        Args:
            seed: the id of a session, or a visitor's cookie.
        """
        return self._sign(_FORM + seed.encode()).hex()

    def _proof(self, name: str) -> str | None:
        known = self._proof_of(name)
        return None if known is None else self._sign(_PROOF + known.encode())[:16].hex()

    def _sign(self, data: bytes) -> bytes:
        return hmac.digest(self._key(), data, "sha256")

    def _cookie(self, session: Session) -> str:
        user = session.user
        said = [session.id, user.name, user.by, session.proof, int(session.begun), int(session.used)]
        data = json.dumps(said, separators=(",", ":")).encode()
        return f"{_text(data)}.{_text(self._sign(_SESSION + data))}"

    def _read(self, cookie: str) -> Session | None:
        parts = _COOKIE.fullmatch(cookie)
        if parts is None:
            return None
        try:
            data, sign = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts.groups())
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(sign, self._sign(_SESSION + data)):
            return None
        number, name, by, proof, begun, used = json.loads(data)
        return Session(id=number, user=User(name, by), proof=proof, begun=begun, used=used)


def is_visitor(value: str | None) -> bool:
    """Whether a cookie is of the shape that we give to who has not logged in."""
    return value is not None and _VISITOR.fullmatch(value) is not None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
