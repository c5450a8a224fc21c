"""The ids that a list of articles names, with a header or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.editions.edition2025 import COLUMNS
from picdesk.newsimages.editions.tables import read_table
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from pathlib import Path

_HEADERS = frozenset({"article_id", "article", "id"})


def read_article_ids(path: Path) -> tuple[str, ...]:
    """Ids of ``newsarticles.csv``, of a ``subset.csv`` without a header, or of a list of ids alone; each once.

    Raises:
        InputError: it cannot be read, or names no article.
    """
    table = read_table(path, COLUMNS)
    ids: dict[str, None] = {}
    if table and "article" in table.fields:
        place = table.fields["article"]
        ids = dict.fromkeys(cells[place] for _, cells in table.rows if cells[place])
        first = next(iter(ids), "")
        if not table.header and first.casefold() in _HEADERS:
            del ids[first]  # a column of ids alone, under its name
    if not ids:
        raise InputError(
            f"{printable(str(path))} names no article", "It needs a column article_id, or ids in its first column."
        )
    return tuple(ids)
