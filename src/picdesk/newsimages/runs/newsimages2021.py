"""Runs of NewsImages 2021: the obfuscated id of an article, then a hundred image ids, separated by tabs.

The organisers obfuscated the ids of the test articles: a 1, then the last five of the id's nine digits, then its first
four.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.runs.lines import bad_line, shorten
from picdesk.newsimages.runs.ranked_lines import DEPTH, read_ranked_lines, split, write_ranked_lines
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from picdesk.records import Run

_REAL = re.compile(r"\d{9}", re.ASCII)
_OBFUSCATED = re.compile(r"1\d{9}", re.ASCII)


def obfuscate(article: str) -> str:
    """The id under which the test set of 2021 shows an article.

    Raises:
        InputError: not nine digits.

    >>> obfuscate("523949072")
    '1490725239'
    """
    if not _REAL.fullmatch(article):
        raise InputError(
            f"{printable(article)} is no article of NewsImages 2021: their ids have nine digits",
            "Write the run as TREC or CSV.",
        )
    return f"1{article[4:]}{article[:4]}"


def reveal(obfuscated: str) -> str:
    """The real id of an article; the inverse of `obfuscate`.

    Raises:
        InputError: not ten digits of which the first is 1.

    >>> reveal("1490725239")
    '523949072'
    """
    if not _OBFUSCATED.fullmatch(obfuscated):
        raise InputError(f"{shorten(obfuscated)} is no obfuscated article id: those have ten digits, the first a 1")
    return obfuscated[6:] + obfuscated[1:6]


def recognise_2021(lines: Sequence[str]) -> bool:
    """Whether a line is an obfuscated id and image ids."""
    return any(len(fields) > 1 and _OBFUSCATED.fullmatch(fields[0]) is not None for fields in map(split, lines))


def read_2021(path: Path, _: Mapping[str, str] | None = None) -> Run:
    """A run of 2021, under the real ids of the articles.

    Raises:
        InputError: what is no obfuscated id, and all that `read_ranked_lines` raises.
    """

    def to_article(number: int, field: str) -> str:
        try:
            return reveal(field)
        except InputError as error:
            raise bad_line(path, number, error.message) from None

    return read_ranked_lines(path, to_article)


def write_2021(run: Run, _: Mapping[str, str] | None = None) -> Iterator[str]:
    """The lines of a run of 2021, the header that the organisers' sample has among them.

    Raises:
        InputError: an article without nine digits, or with fewer than a hundred photos.
    """
    yield "\t".join(["articleID", *(f"iid{rank}" for rank in range(1, DEPTH + 1))])
    yield from write_ranked_lines(run, obfuscate)
