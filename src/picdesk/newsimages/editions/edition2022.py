"""The edition of 2022: the sets RSS, RT and TW.

Tables separated by tabs with a header that begins ``# article``; runs name an article by its address.

Not seen: the files themselves. The columns are those of 2021 and 2023, which the overview papers describe; names of
files are taken to hold ``rss``, ``rt`` or ``tw`` and ``train`` or ``test``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.newsimages.editions.edition import Edition

if TYPE_CHECKING:
    from collections.abc import Mapping

_SET = re.compile(r"(?<![a-z])(rss|rt|tw)(?![a-z])|twitter")


def set_of(path: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The part and the set that a table's path, in lower case, speaks of.

    >>> set_of("gdelt-dataset/gdelt-p1-test-text.txt", re.compile("gdelt-p[12]"))
    ('test', 'gdelt-p1')
    """
    part = next((name for name in ("train", "test") if name in path.rpartition("/")[2]), None)
    found = pattern.search(path.rpartition("/")[2]) or pattern.search(path)
    return tuple(name for name in (part, found and found[0].replace("twitter", "tw").replace("_", "-")) if name)


def _is_this(tables: Mapping[str, frozenset[str]]) -> bool:
    sets = {name for path in tables for name in set_of(path, _SET)}
    return bool(sets & {"rss", "tw"})


EDITION = Edition(
    name="2022",
    is_this=_is_this,
    parts=lambda path: set_of(path, _SET),
    id_field="url",
    language=lambda path: "de" if "rt" in set_of(path, _SET) else None,
)
