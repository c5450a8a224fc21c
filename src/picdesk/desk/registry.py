"""The rooms of a desk; a new one is one line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import APIRouter

ROUTERS = (
    "picdesk.desk.health",
    "picdesk.desk.metrics",
    "picdesk.desk.security.login",
    "picdesk.desk.pages.story",
    "picdesk.desk.pages.photo",
    "picdesk.desk.pages.choose",
    "picdesk.desk.pages.keys",
    "picdesk.desk.api.search",
    "picdesk.desk.api.facets",
    "picdesk.desk.api.photos",
    "picdesk.desk.api.pictures",
    "picdesk.desk.api.articles",
    "picdesk.desk.api.info",
    "picdesk.desk.rating.pages",
    "picdesk.desk.choices.api",
    "picdesk.desk.choices.pages",
    "picdesk.desk.choices.basket",
    "picdesk.desk.crops.api",
    "picdesk.desk.crops.pages",
)
"""Modules, each with a ``router``; every route of them is behind the door, the limits and the check of forms."""


def routers() -> Iterator[APIRouter]:
    """The routers, in their order."""
    for name in ROUTERS:
        yield import_module(name).router
