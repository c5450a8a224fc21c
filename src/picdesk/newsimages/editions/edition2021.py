"""The edition of 2021: German news of one publisher, in its original files (github NewsImagesDataset).

``content2019-01.tsv`` to ``-03`` are for training, ``MediaEvalNewsImagesBatch04articles.tsv`` and ``...images.tsv``
for testing, ``content2019-04-gt.tsv`` says what belongs together. Training files and ground truth are UTF-8, the test
articles Windows-1252. Photos are named by their ``iid``; their files by ``imgFile``, a hash.

Seen: every file of the data set, without the photos.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.newsimages.editions.edition import Edition
from picdesk.newsimages.runs.newsimages2021 import reveal

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = re.compile(r"(?:.*/)?(?:content\d{4}-\d\d(?:-\w+)?|mediaevalnewsimagesbatch\d\d(?:articles|images)?)\.tsv")
_TEST = re.compile(r"-gt\.|batch\d\d(?:articles|images)\.")
_OBFUSCATED = re.compile(r"1\d{9}", re.ASCII)


def reveal_id(obfuscated: str) -> str:
    """The article's true id; what is no obfuscated id is taken as it is.

    >>> reveal_id("1490725239")
    '523949072'
    """
    return reveal(obfuscated) if _OBFUSCATED.fullmatch(obfuscated) else obfuscated


def _is_this(tables: Mapping[str, frozenset[str]]) -> bool:
    return any(_FILE.fullmatch(path) for path in tables)


EDITION = Edition(
    name="2021",
    is_this=_is_this,
    belongs=lambda path: bool(_FILE.fullmatch(path)),
    parts=lambda path: ("test",) if _TEST.search(path) else ("train",),
    reveal=lambda path, written: reveal_id(written) if "articles." in path else written,
    language=lambda _: "de",
)
