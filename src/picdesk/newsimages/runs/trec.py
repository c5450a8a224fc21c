"""TREC runs: ``article Q0 photo rank score tag``, a place a line.

What ``trec_eval`` reads. As there, the score orders and the rank is not looked at. Columns are separated by white
space; where they are separated by tabs, names may hold spaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.newsimages.runs.arrow import read_large
from picdesk.newsimages.runs.lines import bad_line, read_lines
from picdesk.newsimages.runs.places import Places, to_score
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from picdesk.records import Run

_COLUMNS = ("article", "Q0", "photo", "rank", "score", "tag")


def recognise_trec(lines: Sequence[str]) -> bool:
    """Whether a line has six columns, the second of them ``Q0`` as the format wants it, or ``0`` as many write."""
    return any(len(fields) == len(_COLUMNS) and fields[1].upper() in {"Q0", "0"} for fields in map(_fields, lines))


def read_trec(path: Path, _: Mapping[str, str] | None = None) -> Run:
    """A TREC run.

    Raises:
        InputError: a line without six columns, a score that is no finite number, one photo twice for an article.
    """
    first = next((line for _, line in read_lines(path) if line.strip()), "")
    delimiter = "\t" if first.count("\t") == len(_COLUMNS) - 1 else " "
    large = read_large(
        path,
        columns=_COLUMNS,
        delimiter=delimiter,
        quoted=False,
        header=False,
        article="article",
        photo="photo",
        value="score",
    )
    return large or _line_by_line(path)


def write_trec(run: Run, _: Mapping[str, str] | None = None) -> Iterator[str]:
    """The lines of a TREC run, columns separated by tabs.

    Raises:
        InputError: an id with white space in it, which ``trec_eval`` would take for two columns.
    """
    for kind, ids in (("article", run.articles), ("photo", run.names)):
        for name in ids:
            if len(name.split()) != 1:
                hint = "Write the run as CSV, where ids may hold spaces."
                raise InputError(f"a TREC run cannot name the {kind} {printable(name)!r}: it holds white space", hint)
    tag = "-".join(run.name.split()) or "picdesk"
    for article, places in run:
        for rank, (photo, score) in enumerate(places, start=1):
            yield f"{article}\tQ0\t{photo}\t{rank}\t{score!r}\t{tag}"


def _line_by_line(path: Path) -> Run:
    places = Places(path)
    for number, line in read_lines(path):
        if not line.strip():
            continue
        fields = _fields(line)
        if len(fields) != len(_COLUMNS):
            what = f"{len(fields)} columns, where a TREC run has six"
            raise bad_line(path, number, what, f"They are: {' '.join(_COLUMNS)}.")
        places.add(number, fields[0], fields[2], to_score(path, number, fields[4]))
    return places.run()


def _fields(line: str) -> list[str]:
    tabbed = line.split("\t")
    return [field.strip() for field in tabbed] if len(tabbed) == len(_COLUMNS) else line.split()
