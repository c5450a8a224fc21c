"""What browsers are told about every answer: run nothing and load nothing that the desk did not send itself."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"x-robots-tag", b"noindex"),
)
_SECURE = (b"strict-transport-security", b"max-age=31536000")


class Headers:
    """Adds security headers to every answer (OWASP Secure Headers); ``state.nonce`` is for the page's own scripts.

    Args:
        app: what answers.
        secure: whether browsers reach the desk through HTTPS.
    """

    def __init__(self, app: ASGIApp, *, secure: bool = False) -> None:
        self._app = app
        self._always = (*_ALWAYS, _SECURE) if secure else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                said = [(b"content-security-policy", policy(nonce).encode()), *self._always]
                # What an answer says of somebody is for nobody's shared cache.
                said.append((b"cache-control", b"no-store"))
                message["headers"] = [*message["headers"], *(pair for pair in said if pair[0] not in given)]
            await send(message)

        await self._app(scope, receive, with_headers)


def policy(nonce: str) -> str:
    """The content security policy of a page (CSP Level 3)."""
    return _POLICY.format(nonce=nonce)
