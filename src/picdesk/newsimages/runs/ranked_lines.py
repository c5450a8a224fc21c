"""What the benchmark's own formats share: an article a line, its photos behind it in order, separated by tabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.runs.lines import bad_line, read_lines, shorten
from picdesk.newsimages.runs.places import Places
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from picdesk.records import Run

DEPTH = 100
"""Photos that the benchmark asks for an article."""

_DIGIT = re.compile(r"\d")


def is_header(fields: list[str]) -> bool:
    """Whether a line names columns: its first field is neither number nor address.

    Such lines may stand anywhere, as the organisers' evaluator passes over them anywhere.
    """
    return not _DIGIT.search(fields[0]) and "://" not in fields[0]


def split(line: str) -> list[str]:
    """The fields of a line; tabs that trail it are no fields."""
    fields = line.rstrip().split("\t")
    return [field.strip() for field in fields] if " " in line else fields


def read_ranked_lines(path: Path, to_article: Callable[[int, str], str]) -> Run:
    """A run with an article a line.

    Args:
        path: the file.
        to_article: from the number of a line and its first field to the article's id; raises what it cannot read.

    Raises:
        InputError: an article for the second time, an article without photos, an empty id, one photo twice for an
            article.
    """
    places = Places(path)
    for number, line in read_lines(path):
        fields = split(line)
        if not line.strip() or is_header(fields):
            continue
        article = to_article(number, fields[0])
        if article in places:
            what = f"article {shorten(fields[0])} is answered a second time"
            raise bad_line(path, number, what, "An article stands once in a run.")
        if len(fields) == 1:
            raise bad_line(path, number, f"article {shorten(fields[0])} has no photos")
        places.add_ranked(number, article, fields[1:])
    return places.run()


def write_ranked_lines(run: Run, to_field: Callable[[str], str]) -> Iterator[str]:
    """The lines of a run with an article a line: its first hundred photos.

    Args:
        run: the run.
        to_field: from the article's id to the first field of its line; raises what it cannot write.

    Raises:
        InputError: an article with fewer than a hundred photos, on which the organisers' evaluator stops; a name with
            a tab.
    """
    for article, places in run:
        if len(places) < DEPTH:
            what = f"article {printable(article)} has {len(places)} photos, and the format wants {DEPTH}"
            raise InputError(what, f"Rank to a depth of {DEPTH}, or write the run as TREC or CSV.")
        fields = [to_field(article), *(photo for photo, _ in places[:DEPTH])]
        if odd := next((field for field in fields if len(field.split("\t")) != 1), None):
            raise InputError(f"the format cannot hold {printable(odd)!r}: tabs separate its columns")
        yield "\t".join(fields)
