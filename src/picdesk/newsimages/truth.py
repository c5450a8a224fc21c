"""Which photos fit which articles, from the files that say so: the benchmark's article lists, and TREC qrels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.columns import ADDRESS_COLUMNS, ARTICLE_COLUMNS, PHOTO_COLUMNS, find_column
from picdesk.newsimages.runs.lines import bad_line, open_file, read_lines, shorten
from picdesk.photos.locate import printable
from picdesk.photos.sources.columns import text
from picdesk.photos.sources.rows import read_columns, read_rows
from picdesk.records import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

_NOTHING = frozenset({"", "n/a", "nan", "none", "null"})
_LONGEST_NOTHING = max(map(len, _NOTHING))
_QREL = re.compile(rb"(?:\xef\xbb\xbf)?\s*\S+\s+\S+\s+\S+\s+-?\d+(?:\.\d+)?\s*")
_PEEKED = 65536


def read_truth(path: Path) -> Truth:
    """The truth of a file.

    It is a list of articles with their photo: a table (CSV, TSV, JSON Lines, Parquet) with a column for the article's
    id (``article_id``, ``# article``, ...) and one for its photo's name (``image_id``, ``iid``, ...), as
    ``newsarticles.csv`` of NewsImages 2025 and the ground truth of 2021 are; an address column is read too. Or it is
    TREC qrels (``article 0 photo gain``), where an article can have several photos with gains.

    Returns:
        The truth. Rows that name no article or no photo, and in qrels articles for which nothing has a gain over 0, are
        left out, and counted in its notes.

    Raises:
        InputError: unreadable, neither of the two, an article for the second time (in qrels: with the same photo), a
            row that cannot be read; the line is named.
    """
    with open_file(path) as file:
        filled = (line for line in file.read(_PEEKED).splitlines() if line.strip())
        first = next(filled, b"")
    if not first:
        raise InputError(f"the truth is empty: {printable(str(path))}")
    truth = _from_qrels(path) if _QREL.fullmatch(first) else _from_table(path)
    if not truth.gains:
        raise InputError(f"no article has a photo in {printable(str(path))}", " ".join(truth.notes))
    return truth


def _from_table(path: Path) -> Truth:
    columns = _columns(path)
    gains: dict[str, dict[str, float]] = {}
    addresses: dict[str, str] = {}
    left_out = 0
    for line, row in read_rows(path, columns.values()):
        if isinstance(row, str):
            raise InputError(f"{printable(str(path))}: {row}", "Correct the row, or take it out.")
        article, photo = _said(row, columns["article"]), _said(row, columns["photo"])
        if not article or not photo:
            left_out += 1
            continue
        if article in gains:
            hint = "A list has an article once; write qrels where several photos fit."
            raise bad_line(path, line, f"article {shorten(article)} stands here a second time", hint)
        gains[article] = {photo: 1.0}
        if "address" in columns and (address := _said(row, columns["address"])):
            addresses[article] = address
    notes = (f"{left_out:,} rows of {path.name} name no article or no photo and are left out",) if left_out else ()
    return Truth(name=str(path), gains=gains, addresses=addresses, notes=notes)


def _columns(path: Path) -> Mapping[str, str]:
    present = read_columns(path)
    meant = {"article": ARTICLE_COLUMNS, "photo": PHOTO_COLUMNS, "address": ADDRESS_COLUMNS}
    columns = {part: column for part, names in meant.items() if (column := find_column(present, names)) is not None}
    for part, names in (("article", "article_id or article"), ("photo", "image_id, iid or photo")):
        if part not in columns:
            raise InputError(
                f"no column of {printable(str(path))} names the {part}",
                f"A truth is a table with a column {names}, or TREC qrels (article 0 photo gain).",
            )
    return columns


def _said(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    said = value.strip() if isinstance(value, str) else text(value)
    return "" if len(said) <= _LONGEST_NOTHING and said.lower() in _NOTHING else said


def _from_qrels(path: Path) -> Truth:
    gains: dict[str, dict[str, float]] = {}
    for number, line in read_lines(path):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 4:
            raise bad_line(path, number, f"{len(fields)} columns, where qrels have four: article 0 photo gain")
        article, _, photo, gain = fields
        if not re.fullmatch(r"-?\d+(\.\d+)?", gain, re.ASCII):
            raise bad_line(path, number, f"the gain {shorten(gain)!r} is no number")
        of_article = gains.setdefault(article, {})
        if photo in of_article:
            what = f"photo {shorten(photo)} is judged a second time for article {shorten(article)}"
            raise bad_line(path, number, what)
        of_article[photo] = float(gain)
    fitting = {
        article: positive
        for article, photos in gains.items()
        if (positive := {photo: gain for photo, gain in photos.items() if gain > 0})
    }
    nothing = len(gains) - len(fitting)
    notes = (f"nothing fits {nothing:,} articles of {path.name}; they are left out",) if nothing else ()
    return Truth(name=str(path), gains=fitting, notes=notes)
