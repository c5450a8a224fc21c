"""Which category each article is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.photos.locate import printable
from picdesk.photos.sources.columns import text
from picdesk.photos.sources.rows import read_columns, read_rows

if TYPE_CHECKING:
    from pathlib import Path

_ARTICLE = ("article", "article_id")
_CATEGORY = ("category", "topic", "section")


def read_categories(path: Path) -> dict[str, str]:
    """Article -> category, from a table with these two columns; articles without one are left out.

    Raises:
        InputError: it cannot be read, a column is missing, or an article has two categories.
    """
    present = {column.strip().casefold(): column for column in read_columns(path)}
    article = next((present[name] for name in _ARTICLE if name in present), None)
    category = next((present[name] for name in _CATEGORY if name in present), None)
    if article is None or category is None:
        raise InputError(
            f"{printable(str(path))} needs the columns article and category", f"Found: {', '.join(present.values())}."
        )
    found: dict[str, str] = {}
    for line, row in read_rows(path, (article, category)):
        if isinstance(row, str):
            raise InputError(f"{printable(str(path))}: {row}", "Correct the line.")
        one, sort = text(row.get(article)), text(row.get(category))
        if one and sort and found.setdefault(one, sort) != sort:
            raise InputError(
                f"{printable(str(path))}, line {line}: article {printable(one)} is of two categories",
                "Keep one of the two.",
            )
    return found
