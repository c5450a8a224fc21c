"""The edition of 2026: that of 2025 without tags; a test set without photos, an evaluation set with them.

Columns ``article_id``, ``article_url``, ``article_title``, ``image_id`` and, in the training set, ``image_url``. In the
test set ``image_id`` may be empty or name a photo that is not given.

Not seen: the files themselves; this is what the organisers' pages say of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.newsimages.editions.edition import Edition
from picdesk.newsimages.editions.edition2025 import SUBSET, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_COLUMNS = ("article", "url", "title", "photo", "photo_url")
_OTHERS = {"tags", "photo_file", "hash"}  # columns of 2025, and of 2021 to 2023


def _is_this(tables: Mapping[str, frozenset[str]]) -> bool:
    return any({"article", "title"} <= fields and not fields & _OTHERS for fields in tables.values())


EDITION = Edition(
    name="2026",
    is_this=_is_this,
    parts=parts_of,
    headerless=lambda path: _COLUMNS if SUBSET.fullmatch(path) else (),
    language=lambda _: "en",
)
