"""Runs as CSV (RFC 4180) with a header: ``article_id,photo,rank,score``, a place a line.

The columns may come in any order and among others, and be separated by commas, semicolons, tabs or bars. The score
orders; a table without scores is ordered by its ranks.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from picdesk.newsimages.columns import ARTICLE_COLUMNS, PHOTO_COLUMNS, find_column, separator
from picdesk.newsimages.runs.arrow import read_large
from picdesk.newsimages.runs.lines import bad_line, read_lines
from picdesk.newsimages.runs.places import Places, to_score
from picdesk.photos.locate import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from picdesk.records import Run

_HINT = "The header names the columns article_id, photo, and score or rank."


def recognise_csv(lines: Sequence[str]) -> bool:
    """Whether the first line is a header that names an article, a photo and a score or rank."""
    return _columns(_header(lines[0])) is not None if lines else False


def read_csv(path: Path, _: Mapping[str, str] | None = None) -> Run:
    """A run from CSV.

    Raises:
        InputError: no such header, a row of another length, a score that is no finite number, a quote that is never
            closed, one photo twice for an article.
    """
    start, first = next(read_lines(path), (1, ""))
    header = _header(first)
    columns = _columns(header)
    if columns is None:
        raise bad_line(path, start, "no header of a run", _HINT)
    article, photo, value = columns
    if len(set(header)) == len(header):
        large = read_large(
            path,
            columns=header,
            delimiter=separator(first),
            quoted=True,
            header=True,
            article=article,
            photo=photo,
            value=value,
        )
        if large:
            return large
    return _line_by_line(path, header, article, photo, value)


def write_csv(run: Run, _: Mapping[str, str] | None = None) -> Iterator[str]:
    """The lines of a run as CSV."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="")
    yield "article_id,photo,rank,score"
    for article, places in run:
        for rank, (photo, score) in enumerate(places, start=1):
            writer.writerow([article, photo, rank, repr(score)])
            yield line.getvalue()
            line.seek(0)
            line.truncate()


def _header(line: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=separator(line)), [])]


def _columns(header: Sequence[str]) -> tuple[str, str, str] | None:
    """The columns of article, photo and what orders: the score, or minus the rank."""
    article, photo = find_column(header, ARTICLE_COLUMNS), find_column(header, PHOTO_COLUMNS)
    score, rank = find_column(header, ("score",)), find_column(header, ("rank",))
    if article is None or photo is None or (score is None and rank is None):
        return None
    return article, photo, score if score is not None else f"-{rank}"


def _line_by_line(path: Path, header: Sequence[str], article: str, photo: str, value: str) -> Run:
    places = Places(path)
    sign = -1 if value.startswith("-") else 1
    at_article, at_photo, at_value = (header.index(name) for name in (article, photo, value.removeprefix("-")))
    for number, fields in _rows(path, separator(next(read_lines(path))[1])):
        if len(fields) != len(header):
            raise bad_line(path, number, f"{len(fields)} columns, where the header has {len(header)}")
        score = to_score(path, number, fields[at_value], value.removeprefix("-"))
        places.add(number, fields[at_article].strip(), fields[at_photo].strip(), sign * score)
    return places.run()


def _rows(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows below the header, each with the number of its last line."""
    ended = False

    def feed() -> Iterator[str]:
        nonlocal ended
        for _, line in read_lines(path):
            yield f"{line}\n"
        ended = True

    reader = csv.reader(feed(), delimiter=delimiter)
    try:
        next(reader)
        for fields in reader:
            if ended:
                # Only inside quotes does the reader ask for a line beyond the last.
                raise bad_line(path, reader.line_num, "the file ends inside quotes")
            if any("\n" in field for field in fields):
                raise bad_line(path, reader.line_num, "a field holds a line end; is a quote missing?")
            if any(map(str.strip, fields)):
                yield reader.line_num, fields
    except csv.Error as error:
        raise bad_line(path, reader.line_num, one_line(error)) from None
