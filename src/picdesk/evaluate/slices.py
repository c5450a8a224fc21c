"""Parts of the articles that are looked at on their own: by a column of their list, or by what follows from one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from picdesk.errors import InputError
from picdesk.evaluate.article_list import ADDRESSES, HEADLINES, plain
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from picdesk.evaluate.article_list import ArticleList

SHOWN = 12
"""Slices of one column that stand on their own; the smaller ones are joined, and counted in their name."""

NOT_SAID, NOT_LISTED = "(not said)", "(not listed)"
_LENGTHS = ((5, "1-5 words"), (8, "6-8 words"), (12, "9-12 words"))
_LONGER = "13 words and more"


@dataclass(frozen=True, slots=True)
class Slicing:
    """The articles, each in one slice.

    Attributes:
        by: what they are sliced by.
        slices: name -> ``(s,)`` int64 rows of the articles; the largest first, lengths from short to long.
    """

    by: str
    slices: Mapping[str, NDArray[np.int64]]


def slice_articles(articles: Sequence[str], listed: ArticleList, by: str) -> Slicing:
    """Slice articles by a column, or by ``length``, ``domain`` (``source``) or ``section`` (``category``).

    A column of that name goes first. Else ``length`` counts the headline's words, ``domain`` is the host of the
    article's address and ``section`` its first folder, which on most news sites is the category.

    Raises:
        InputError: no such column, and nothing that it could follow from.
    """
    column, derive = _source(listed, by)
    values = [NOT_LISTED if value is None else derive(value) or NOT_SAID for value in listed.values(articles, column)]
    counts = Counter(values)
    order = sorted(counts, key=lambda value: (_in_order_of_length(value), -counts[value], value))
    if len(order) > SHOWN:
        joined = f"(other: {len(order) - SHOWN + 1:,} values)"
        shown = frozenset(order[: SHOWN - 1])
        values = [value if value in shown else joined for value in values]
        order = [*order[: SHOWN - 1], joined]
    named = np.array(values, dtype=object)
    return Slicing(by, {name: np.flatnonzero(named == name) for name in order})


def _source(listed: ArticleList, by: str) -> tuple[str, Callable[[str], str]]:
    """The column that slices, and what becomes of its values."""
    column = listed.column([by])
    if column:
        return column, str
    if plain(by) in _DERIVED:
        names, derive = _DERIVED[plain(by)]
        column = listed.column(names)
        if column:
            return column, derive
    raise InputError(
        f"{listed.name} has no column {printable(by)!r}, and nothing that it follows from",
        f"Columns: {', '.join(map(printable, listed.columns))}. "
        "length follows from a headline, domain and section from an article_url. --articles FILE names another list.",
    )


def _length(headline: str) -> str:
    words = len(headline.split())
    return next((name for most, name in _LENGTHS if words <= most), _LONGER) if words else ""


def _domain(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:  # brackets that are no IPv6 address
        return ""


def _section(address: str) -> str:
    try:
        folders = [part for part in urlsplit(address).path.split("/") if part]
    except ValueError:
        return ""
    return folders[0] if len(folders) > 1 else ""


def _in_order_of_length(value: str) -> int:
    names = [name for _, name in _LENGTHS] + [_LONGER]
    return names.index(value) if value in names else len(names)


_DERIVED: Mapping[str, tuple[Sequence[str], Callable[[str], str]]] = {
    "length": (HEADLINES, _length),
    "domain": (ADDRESSES, _domain),
    "source": (ADDRESSES, _domain),
    "section": (ADDRESSES, _section),
    "category": (ADDRESSES, _section),
}
