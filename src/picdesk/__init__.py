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
    from picdesk.articles import read_article, read_articles
    from picdesk.errors import PicdeskError
    from picdesk.evaluate.compare import compare
    from picdesk.evaluate.evaluate import evaluate
    from picdesk.newsimages.runs import read_run, write_run
    from picdesk.newsimages.truth import read_truth
    from picdesk.records import Article, Hit, Photo, Query, Ranking, Run, Truth

__version__ = "0.1.0"

__all__ = [
    "Archive",
    "Article",
    "Hit",
    "Photo",
    "PicdeskError",
    "Query",
    "Ranking",
    "Run",
    "Truth",
    "__version__",
    "compare",
    "evaluate",
    "open_archive",
    "read_article",
    "read_articles",
    "read_run",
    "read_truth",
    "write_run",
]

_HOME = {
    "Archive": "picdesk.api",
    "Article": "picdesk.records",
    "Hit": "picdesk.records",
    "Photo": "picdesk.records",
    "PicdeskError": "picdesk.errors",
    "Query": "picdesk.records",
    "Ranking": "picdesk.records",
    "Run": "picdesk.records",
    "Truth": "picdesk.records",
    "compare": "picdesk.evaluate.compare",
    "open_archive": "picdesk.api",
    "read_article": "picdesk.articles",
    "read_articles": "picdesk.articles",
    "read_run": "picdesk.newsimages.runs",
    "read_truth": "picdesk.newsimages.truth",
    "write_run": "picdesk.newsimages.runs",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that importing the package costs nothing."""
    if name == "evaluate":
        return import_module("picdesk.evaluate")  # a room that can be called
    if name not in _HOME:
        raise AttributeError(f"module 'picdesk' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
