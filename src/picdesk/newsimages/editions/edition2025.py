"""The edition of 2025: ``newsarticles.csv`` beside a folder ``newsimages``, and ``subset.csv`` without a header.

Photos are ``newsimages/<image_id>.jpg``, as `picdesk.photos.sources.newsimages2025` takes them into an archive. The
subset names the thirty articles of the SMALL task: whole rows, or ids alone.

Seen: ``newsarticles.csv`` with its photos, and the organisers' ``subtask_2.csv``, which has whole rows and no header.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.newsimages.editions.edition import Edition

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("article", "url", "title", "tags", "photo", "photo_url")
SUBSET = re.compile(r"(?:.*/)?(subset|subtask[-_]?\d)[^/]*\.csv")


def _is_this(tables: Mapping[str, frozenset[str]]) -> bool:
    return any({"article", "photo", "tags"} <= fields for fields in tables.values())


def parts_of(path: str) -> tuple[str, ...]:
    """The part that a table is, by its path in lower case: the subset that it lists, or what its name says."""
    found = SUBSET.fullmatch(path)
    if found:
        return (found[1].replace("-", "_"),)
    return next(((part,) for part in ("train", "test", "evaluation") if part in path.rpartition("/")[2]), ())


EDITION = Edition(
    name="2025",
    is_this=_is_this,
    parts=parts_of,
    headerless=lambda path: COLUMNS if SUBSET.fullmatch(path) else (),
    language=lambda _: "en",
)
