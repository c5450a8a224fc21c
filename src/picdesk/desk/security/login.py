"""Coming in and leaving: ``/login`` and ``/logout``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from picdesk.desk.problems import Problem
from picdesk.desk.rendering import render
from picdesk.desk.security.door import client_of, cookie_line
from picdesk.desk.security.rates import check_rate
from picdesk.desk.security.tokens import same_secret
from picdesk.desk.security.users import LONGEST, User, is_password
from picdesk.desk.state import TheDesk
from picdesk.errors import PicdeskError

if TYPE_CHECKING:
    from picdesk.desk.security.sessions import Session
    from picdesk.desk.state import Desk

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    """The form."""
    if request.state.user.name:
        return RedirectResponse(inside(next), 303)
    return _form(request, next)


@router.post("/login")
async def login(
    request: Request,
    desk: TheDesk,
    name: str = Form("", max_length=200),
    password: str = Form("", max_length=LONGEST),
    next: str = Form("/", max_length=4000),
) -> Response:
    """Log in by name and password, or by the desk's token alone."""
    if desk.settings.is_open:
        return RedirectResponse("/", 303)
    # Guesses are counted by where they come from and by whom they are for, before anything is compared.
    clients = [client_of(request, None), *([f"login as {name}"] if name else [])]
    for client in clients:
        check_rate(request, "login", client, cost=0)
    user = await _who(desk, name, password)
    if user is None:
        for client in clients:
            desk.rates.spend("login", client)
        return _form(request, next, "That is no name and password of this desk.", 403)
    # What was open before ends; what comes after is under another cookie.
    await desk.slowly(lambda: _end(request, desk))
    answer = RedirectResponse(inside(next), 303)
    answer.headers.append("set-cookie", cookie_line(desk.sessions.begin(user), secure=desk.settings.secure))
    return answer


@router.post("/logout")
def logout(request: Request, desk: TheDesk) -> Response:
    """Log out, in every process of the desk."""
    forget = {"set-cookie": cookie_line("", secure=desk.settings.secure, forget=True)}
    try:
        _end(request, desk)
    except PicdeskError as error:
        raise Problem(
            503,
            "half-logged-out",
            f"This browser is logged out, but other processes of the desk do not know it: {error.message}",
            hint="Whoever has a copy of its cookie is in until it is old. Another password ends that.",
            headers=forget,
        ) from error
    return RedirectResponse("/login", 303, forget)


def inside(address: str) -> str:
    """An address of this desk; that of any other site becomes the first page's (open redirect).

    >>> inside("/rate?x=1"), inside("//evil.example"), inside("https://evil.example")
    ('/rate?x=1', '/', '/')
    """
    fine = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if fine and "\\" not in address and address.isascii() else "/"


def _end(request: Request, desk: Desk) -> None:
    session: Session | None = request.state.session
    if session is not None:
        desk.ended.end(session.id, session.until)


async def _who(desk: Desk, name: str, password: str) -> User | None:
    settings = desk.settings
    if not name:
        fits = settings.token is not None and same_secret(password, settings.token)
        return User("token", "password") if fits else None
    users = desk.users()
    return User(name, "password") if await desk.slowly(lambda: is_password(users, name, password)) else None


def _form(request: Request, next: str, said: str = "", status: int = 200) -> Response:
    settings = request.app.state.desk.settings
    if settings.is_open:
        raise Problem(
            404, "no-login", "Nobody logs in to this desk.", hint="If you were sent a link to a study, open that link."
        )
    context = {"next": inside(next), "said": said, "names": settings.users is not None, "token": settings.token}
    return render(request, "login.html", context | {"token": settings.token is not None}, status=status)
