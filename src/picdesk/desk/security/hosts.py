"""Under which names a desk may be reached.

A page of an attacker can give its own name the address 127.0.0.1 once it is loaded (DNS rebinding); the browser then
lets it read answers of a desk on this machine. Such requests carry the attacker's name as ``Host``, and are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from picdesk.desk.problems import problem_answer
from picdesk.desk.settings import LOOPBACK

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from picdesk.desk.settings import DeskSettings


class Hosts:
    """Refuses requests to a name that is not the desk's.

    Args:
        app: what answers.
        allowed: names, in lower case and without port; empty for any.
    """

    def __init__(self, app: ASGIApp, allowed: frozenset[str]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or not self._allowed:
            await self._app(scope, receive, send)
            return
        named = [value for name, value in scope["headers"] if name == b"host"]
        if len(named) == 1 and name_of(named[0].decode("latin-1")) in self._allowed:
            await self._app(scope, receive, send)
            return
        answer = problem_answer(
            scope,
            421,
            "other-host",
            "This desk is not reached under that name.",
            hint="Use the address that picdesk serve printed, or add the name with --allow-host.",
        )
        await answer(scope, receive, send)


def allowed_hosts(settings: DeskSettings) -> frozenset[str]:
    """The names under which a desk answers; empty for any.

    A desk that is bound to other addresses asks for a secret, which a browser sends to the name it was given for alone;
    names are checked there only where some were given.
    """
    given = frozenset(host.lower() for host in settings.hosts)
    if settings.host in LOOPBACK:
        return LOOPBACK | given
    return given | LOOPBACK | {settings.host.lower()} if given else frozenset()


def name_of(host: str) -> str:
    """The name of a ``Host`` header, without its port; empty where it is none.

    >>> name_of("LOCALHOST:8000"), name_of("[::1]:80"), name_of("127.0.0.1@evil.example")
    ('localhost', '::1', '')
    """
    if any(sign in host for sign in "@/?#\\ \t,"):
        return ""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
