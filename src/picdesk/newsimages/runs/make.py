"""Places in any order become a run: grouped by article, ordered by score and then by name, each photo once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.photos.locate import printable
from picdesk.records import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


def make_run(name: str, rankings: Mapping[str, Sequence[tuple[str, float]]]) -> Run:
    """A run from what a system answered in memory.

    Args:
        name: what the run is called.
        rankings: article id -> its photos' names with their scores, in any order.

    Raises:
        InputError: a photo is named twice for one article, or a score is not a finite number.

    >>> [place for _, places in make_run("mine", {"7": [("b", 1.0), ("a", 1.0), ("c", 2.0)]}) for place in places]
    [('c', 2.0), ('a', 1.0), ('b', 1.0)]
    """
    names: dict[str, int] = {}
    counts = [len(places) for places in rankings.values()]
    total = sum(counts)
    photos = np.fromiter(
        (names.setdefault(photo, len(names)) for places in rankings.values() for photo, _ in places), np.int32, total
    )
    scores = np.fromiter((score for places in rankings.values() for _, score in places), np.float64, total)
    rows = np.repeat(np.arange(len(counts), dtype=np.int64), np.array(counts, np.int64))
    return assemble(name, tuple(rankings), tuple(names), rows, photos, scores)


def assemble(
    name: str,
    articles: tuple[str, ...],
    names: tuple[str, ...],
    rows: NDArray[np.int64],
    photos: NDArray[np.int32],
    scores: NDArray[np.float64],
    *,
    source: str = "",
    lines: NDArray[np.int64] | None = None,
) -> Run:
    """A run from its places, which may come in any order.

    Args:
        name: what the run is called.
        articles: ids, each once.
        names: names of photos, each once.
        rows: ``(m,)`` index into ``articles``.
        photos: ``(m,)`` index into ``names``.
        scores: ``(m,)``.
        source: the file the places stand in.
        lines: ``(m,)`` line of each place in that file.

    Returns:
        Inside an article the higher score comes first, and of equal scores the name that sorts first by code points.

    Raises:
        InputError: a photo is named twice for one article, or a score is not a finite number.
    """
    _finite(articles, rows, scores, source, lines)
    lengths = np.bincount(rows, minlength=len(articles))
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    first = None if lines is None else _first_lines(len(articles), rows, lines)
    order = _order(names, rows, photos, scores)
    if order is not None:
        rows, photos, scores = rows[order], photos[order], scores[order]
        lines = None if lines is None else lines[order]
    _each_photo_once(articles, names, rows, photos, source, lines)
    return Run(
        name=name,
        articles=articles,
        starts=starts,
        photos=photos,
        names=names,
        scores=scores,
        source=source,
        lines=first,
    )


def at_line(source: str, line: int | None) -> str:
    """Where in a file something stands, for messages; empty without a file."""
    if not source or line is None:
        return ""
    return f"{printable(source)}, line {line}: "


def _order(
    names: tuple[str, ...], rows: NDArray[np.int64], photos: NDArray[np.int32], scores: NDArray[np.float64]
) -> NDArray[np.int64] | None:
    """The order of the places, or ``None`` where they stand in it already, as most files' do."""
    by_name = np.empty(len(names), np.int64)
    if np.any(rows[1:] < rows[:-1]):
        unsorted = np.arange(len(rows))
    else:
        # A tie here and there must not cost the sorting of a million places.
        rising = (rows[1:] == rows[:-1]) & (scores[1:] >= scores[:-1])
        if not rising.any():
            return None
        doubtful = np.zeros(int(rows[-1]) + 1, bool)
        doubtful[rows[1:][rising]] = True
        unsorted = np.flatnonzero(doubtful[rows])
    by_name[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    order = np.arange(len(rows))
    order[unsorted] = unsorted[np.lexsort((by_name[photos[unsorted]], -scores[unsorted], rows[unsorted]))]
    return order


def _first_lines(articles: int, rows: NDArray[np.int64], lines: NDArray[np.int64]) -> NDArray[np.int64]:
    first = np.full(articles, np.iinfo(np.int64).max)
    np.minimum.at(first, rows, lines)
    return first


def _finite(
    articles: tuple[str, ...],
    rows: NDArray[np.int64],
    scores: NDArray[np.float64],
    source: str,
    lines: NDArray[np.int64] | None,
) -> None:
    bad = np.flatnonzero(~np.isfinite(scores))
    if len(bad):
        place = int(bad[0])
        where = at_line(source, None if lines is None else int(lines[place]))
        article = printable(articles[rows[place]])
        raise InputError(
            f"{where}the score {scores[place]} of a photo of article {article} is not a finite number",
            "A photo without a score cannot be ordered; leave it out of the run.",
        )


def _each_photo_once(
    articles: tuple[str, ...],
    names: tuple[str, ...],
    rows: NDArray[np.int64],
    photos: NDArray[np.int32],
    source: str,
    lines: NDArray[np.int64] | None,
) -> None:
    places = rows * len(names) + photos
    ordered = np.sort(places)
    if not np.any(ordered[1:] == ordered[:-1]):
        return
    order = np.argsort(places, kind="stable") if lines is None else np.lexsort((lines, places))
    again = order[1:][places[order[1:]] == places[order[:-1]]]
    place = int(again[0] if lines is None else again[np.argmin(lines[again])])
    where = at_line(source, None if lines is None else int(lines[place]))
    photo, article = printable(names[photos[place]]), printable(articles[rows[place]])
    raise InputError(
        f"{where}photo {photo} is named a second time for article {article}",
        "A run names a photo once an article; leave out the lower of the two places.",
    )
