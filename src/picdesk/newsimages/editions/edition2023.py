"""The edition of 2023: the sets GDELT-P1, GDELT-P2 and RT.

``GDELT-P1-Test-Text.txt``, ``GDELT-P1-Test-Img.txt`` and so on: tables separated by tabs, with the header
``# article``, ``aid``, ``url``, ``img``, ``iid``, ``hashvalue``, ``title``, ``text``, ``imgFile``, ``Date``. In the
test tables of texts the photo's cells are empty, in those of photos the article's. GDELT's ``text`` holds tags
(``names;of things|organisations``), its ``article`` begins with the time it was met; RT is German with the organisers'
machine translation in ``titleEN`` and ``textEN``. Runs name an article by its address. Photos are ``<iid>.jpg``, the
iid being a hash.

Seen: the two test tables of GDELT-P2 and the organisers' cleaned tables (``url``, ``title``, ``tags``, ``image``). Not
seen: the original training tables and RT's table of photos.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.newsimages.editions.edition import Edition
from picdesk.newsimages.editions.edition2022 import set_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_SET = re.compile(r"gdelt[-_]p\d|(?<![a-z])rt(?![a-z])")


def _is_this(tables: Mapping[str, frozenset[str]]) -> bool:
    return any("gdelt" in path for path in tables)


EDITION = Edition(
    name="2023",
    is_this=_is_this,
    parts=lambda path: set_of(path, _SET),
    id_field="url",
    tags_in_text=lambda path: "gdelt" in path,
    language=lambda path: "de" if "rt" in set_of(path, _SET) else None,
)
