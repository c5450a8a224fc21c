"""Picdesk finds the picture for a news story.

An article goes in; out come the photos of an archive that fit it, ranked, each with its reason and its rights::

    from picdesk import open_archive, read_article

    archive = open_archive("photos", encoder="clip-vit-b-32")
    archive.add("incoming/")
    for hit in archive.search(read_article("story.html"), k=5, rights="editorial"):
        print(hit.rank, hit.photo.name, hit.photo.credit, hit.reasons)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from picdesk.api import Archive, open_archive
    from picdesk.articles import read_article
    from picdesk.errors import PicdeskError
    from picdesk.records import Article, Hit, Photo, Query, Ranking

__version__ = "0.1.0"

__all__ = [
    "Archive",
    "Article",
    "Hit",
    "Photo",
    "PicdeskError",
    "Query",
    "Ranking",
    "__version__",
    "open_archive",
    "read_article",
]

_HOME = {
    "Archive": "picdesk.api",
    "Article": "picdesk.records",
    "Hit": "picdesk.records",
    "Photo": "picdesk.records",
    "PicdeskError": "picdesk.errors",
    "Query": "picdesk.records",
    "Ranking": "picdesk.records",
    "open_archive": "picdesk.api",
    "read_article": "picdesk.articles",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that importing the package costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'picdesk' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
