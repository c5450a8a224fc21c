"""The ways to find the story in a page, one a file, in the order in which they are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.articles.steps.jsonld import by_jsonld
from picdesk.articles.steps.next_data import by_next_data
from picdesk.articles.steps.opengraph import by_opengraph
from picdesk.articles.steps.resiliparse import by_resiliparse
from picdesk.articles.steps.trafilatura import by_trafilatura

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.articles.page import Found, Page

STEPS: Mapping[str, Callable[[Page], Found | None]] = {
    "trafilatura": by_trafilatura,
    "json-ld": by_jsonld,
    "next-data": by_next_data,
    "resiliparse": by_resiliparse,
    "open-graph": by_opengraph,
}
"""Name, as `Article.read_by` says it -> what the step finds in a page, ``None`` for nothing."""
