"""Pages: Jinja2 templates in ``templates/``, in which everything is escaped unless it is markup of our own."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from picdesk.desk.security.csrf import FIELD
from picdesk.desk.thumbnails import thumbnail_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


def render(
    request: Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HTMLResponse:
    """A page.

    Beside what is given, a template finds ``request``, ``user``, ``nonce`` (for its own ``<script>`` and ``<style>``),
    ``csrf_token``, ``csrf_field()``, ``static("desk.css")``, ``is_open`` and ``version``.

    Args:
        request: that asked for it.
        template: name of the file in ``templates/``.
        context: what it shows.
        status: of HTTP.
    """
    from picdesk import __version__

    state = request.scope.get("state", {})
    secret = state.get("form_secret", "")
    known = {
        "request": request,
        "user": state.get("user"),
        "nonce": state.get("nonce", ""),
        "csrf_token": secret,
        "csrf_field": lambda: Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, secret),
        "static": static_url,
        "thumbnail_url": thumbnail_url,
        "is_open": request.app.state.desk.settings.is_open,
        "version": __version__,
    }
    return HTMLResponse(_environment().get_template(template).render(known | dict(context or {})), status)


@cache
def static_url(name: str) -> str:
    """The address of a file in ``static/``; another content has another address, so that browsers may keep it."""
    data = files("picdesk.desk").joinpath("static").joinpath(name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(data).hexdigest()[:12]}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("picdesk.desk", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
