"""Secrets: made, and compared in a time that says nothing about them."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_secret() -> str:
    """256 random bits as 43 letters that are safe in cookies and addresses."""
    return secrets.token_urlsafe(32)


def same_secret(given: str, known: str) -> bool:
    """Whether two secrets are the same; neither where they differ nor how long they are shows in the time it takes.

    >>> same_secret("open", "open"), same_secret("open", "opem")
    (True, False)
    """
    return hmac.compare_digest(digest_of(given), digest_of(known))


def digest_of(secret: str) -> bytes:
    """What is kept of a secret instead of itself (SHA-256); for secrets of full length only, never for passwords."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def bearer_of(header: str) -> str | None:
    """The token of an ``Authorization`` header (RFC 6750); ``None`` where it holds none.

    >>> bearer_of("Bearer abc"), bearer_of("Basic abc")
    ('abc', None)
    """
    kind, _, token = header.partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None
