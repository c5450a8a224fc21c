"""What the columns of the benchmark's tables are called, from edition to edition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ARTICLE_COLUMNS = ("article_id", "# article", "article", "qid", "query_id", "topic")
PHOTO_COLUMNS = ("photo", "image_id", "iid", "photo_id", "image", "img_id", "docid", "docno")
ADDRESS_COLUMNS = ("article_url", "url")


def find_column(present: Iterable[str], meant: Sequence[str]) -> str | None:
    """The first column of those meant, as the table spells it; case, spaces, ``_``, ``-`` and ``#`` do not count.

    >>> find_column(["# article", "imgFile", "iid"], PHOTO_COLUMNS)
    'iid'
    """
    spelled: dict[str, str] = {}
    for column in present:
        spelled.setdefault(_plain(column), column)
    return next((spelled[_plain(name)] for name in meant if _plain(name) in spelled), None)


def separator(header: str) -> str:
    """What separates the columns of a header line.

    >>> separator("article_id;photo;rank")
    ';'
    """
    return max(",;\t|", key=header.count)


def _plain(name: str) -> str:
    return name.lower().translate(str.maketrans("", "", " _-#"))
