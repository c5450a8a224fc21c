"""Who asks: found out before anything else is done with a request."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse

from picdesk.desk.problems import problem_answer, wants_page
from picdesk.desk.security.sessions import is_visitor
from picdesk.desk.security.tokens import bearer_of, new_secret, same_secret
from picdesk.desk.security.users import User
from picdesk.desk.settings import LOOPBACK

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from picdesk.desk.security.sessions import Session
    from picdesk.desk.state import Desk

PUBLIC = frozenset({"/healthz", "/login", "/favicon.ico", "/robots.txt"})
"""What anybody may ask for, beside the files of the pages themselves."""
_OPEN = ("/static/", "/rate/")
"""Files of the pages; and studies, where the rater's own link is the secret."""
NOBODY = User("", "nobody")


class Door:
    """Says who asks in ``state.user``, and lets nobody else in.

    Also in ``state``: ``user_by``, ``session`` (``None`` without), ``cookie`` (as it was sent, ``None`` where it is not
    ours), ``form_secret`` for the forms of the pages, and ``client``, under which requests are counted.

    Args:
        app: what answers.
        desk: whose door it is.
    """

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or ask who it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state, path = scope["state"], scope["path"]
        request = Request(scope)
        cookie = request.cookies.get(cookie_name(secure=self._desk.settings.secure))
        session = None if self._desk.settings.is_open else await self._desk.session_of(cookie)
        user = self._who(request, session)
        sent = cookie if session is not None or is_visitor(cookie) else None
        kept = sent or new_secret()
        state |= {
            "user": user or NOBODY,
            "user_by": (user or NOBODY).by,
            "session": session,
            "cookie": sent,
            "form_secret": self._desk.sessions.form_secret(kept if session is None else session.id),
            "client": client_of(request, user),
        }
        if user is None and path not in PUBLIC and not path.startswith(_OPEN):
            await self._ask(request)(scope, receive, send)
            return
        # Pages carry forms, whose secret follows from a cookie; programs and pictures need none.
        gives = kept if sent is None and wants_page(request) and state["user_by"] != "token" else None
        if session is not None and not path.startswith("/static/"):  # which browsers and proxies keep
            gives = self._desk.sessions.renewed(session)

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and gives is not None:
                headers = MutableHeaders(scope=message)
                if "set-cookie" not in headers:
                    headers.append("set-cookie", cookie_line(gives, secure=self._desk.settings.secure))
            await send(message)

        await self._app(scope, receive, with_cookie)

    def _who(self, request: Request, session: Session | None) -> User | None:
        settings = self._desk.settings
        token = bearer_of(request.headers.get("authorization", ""))
        if settings.token is not None and token is not None:
            # Guesses are counted, and no longer looked at where there were too many.
            client = client_of(request, None)
            if not self._desk.rates.wait("login", client, cost=0) and same_secret(token, settings.token):
                return User("token", "token")
            self._desk.rates.spend("login", client)
            return None
        if settings.is_open:
            reached = settings.archive is not None or settings.host in LOOPBACK
            return User("desk", "open") if reached else None
        return None if session is None else session.user

    def _ask(self, request: Request) -> Response:
        if wants_page(request):
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            there = f"?next={quote(asked, safe='')}" if request.method == "GET" and asked != "/" else ""
            return RedirectResponse(f"/login{there}", 303)
        return problem_answer(
            request.scope,
            401,
            "who-are-you",
            "The desk does not know who asks.",
            hint="Send 'Authorization: Bearer TOKEN', or log in at /login.",
            headers={"WWW-Authenticate": 'Bearer realm="picdesk"'},
        )


def client_of(request: HTTPConnection, user: User | None) -> str:
    """Under which name requests are counted: a person's, else the address they come from."""
    if user is not None and user.by == "password":
        return f"user {user.name}"
    return f"address {request.client.host if request.client else ''}"


def cookie_name(*, secure: bool) -> str:
    """Of the session's cookie; the prefix forbids other hosts of the domain to set it (RFC 6265bis)."""
    return "__Host-picdesk" if secure else "picdesk"


def cookie_line(value: str, *, secure: bool, forget: bool = False) -> str:
    """A ``Set-Cookie`` header: for this host alone, not readable by scripts, not sent along by other sites."""
    return (
        f"{cookie_name(secure=secure)}={value}; Path=/; HttpOnly; SameSite=Lax"
        f"{'; Secure' if secure else ''}{'; Max-Age=0' if forget else ''}"
    )
