"""Requests that change something must come from the desk's own pages (cross-site request forgery).

Two walls. First, a browser says where a request comes from (``Sec-Fetch-Site``, ``Origin``): another site's is refused,
whatever it carries. Second, a request that comes with our cookie, and every form of a page, must carry the secret that
was put into the page, as field ``csrf_token`` or header ``X-CSRF-Token``. A program that sends a token of its own
(``Authorization``) needs neither: no other site can make a browser send that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import Request

from picdesk.desk.problems import Problem
from picdesk.desk.security.tokens import same_secret

if TYPE_CHECKING:
    from starlette.datastructures import Headers

FIELD, HEADER = "csrf_token", "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def checked_request(request: Request) -> None:
    """Refuse a request that another site made; every route has it.

    Raises:
        Problem: 403, saying which wall it was.
    """
    if request.method in SAFE or request.state.user_by == "token":
        return
    if is_foreign(request.headers):
        raise Problem(403, "another-site", "This request was made by a page of another site.")
    form = request.headers.get("content-type", "").lower().startswith(_FORMS)
    program = request.url.path.startswith("/api/") and request.state.cookie is None
    if program:
        return
    given = request.headers.get(HEADER) or ""
    if not given and form:
        field = (await request.form()).get(FIELD)
        given = field if isinstance(field, str) else ""
    if not given or not same_secret(given, request.state.form_secret):
        raise Problem(
            403,
            "form-out-of-date",
            "The form's secret is missing or out of date.",
            hint="Load the page again and send it once more.",
        )


def is_foreign(headers: Headers) -> bool:
    """Whether a browser says that a page of another site made the request."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return False
    # A page without an origin of its own (a file, a sandbox) says "null", which is nobody's host.
    return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
