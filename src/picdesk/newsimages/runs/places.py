"""Places of a run as they are read, one after the other; a million of them cost some tens of megabytes."""

from __future__ import annotations

import math
import re
from array import array
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.newsimages.runs.lines import bad_line, shorten
from picdesk.newsimages.runs.make import assemble
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.records import Run

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class Places:
    """Collects the places of one file.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._articles: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._rows, self._photos = array("q"), array("i")
        self._scores, self._lines = array("d"), array("q")
        self._descending = array("d")

    def __contains__(self, article: str) -> bool:
        return article in self._articles

    def add(self, line: int, article: str, photo: str, score: float) -> None:
        """Take one place.

        Raises:
            InputError: an id is empty.
        """
        if not article or not photo:
            raise bad_line(self._path, line, f"the {'photo' if article else 'article'} has no id")
        self._rows.append(self._articles.setdefault(article, len(self._articles)))
        self._photos.append(self._names.setdefault(photo, len(self._names)))
        self._scores.append(score)
        self._lines.append(line)

    def add_ranked(self, line: int, article: str, photos: list[str]) -> None:
        """Take all places of an article, best first.

        Raises:
            InputError: an id is empty.
        """
        if not article or not all(photos):
            raise bad_line(self._path, line, f"the {'photo' if article else 'article'} has no id")
        names, count = self._names, len(photos)
        if len(self._descending) != count:
            self._descending = array("d", range(-1, -count - 1, -1))
        self._rows += array("q", [self._articles.setdefault(article, len(self._articles))]) * count
        self._photos.extend([names.setdefault(photo, len(names)) for photo in photos])
        self._scores += self._descending
        self._lines += array("q", [line]) * count

    def run(self) -> Run:
        """The run, called as its file.

        Raises:
            InputError: nothing was taken, or one photo twice for an article.
        """
        if not self._rows:
            raise InputError(
                f"no article is answered in {printable(str(self._path))}", "Was the run written to its end?"
            )
        return assemble(
            self._path.stem,
            tuple(self._articles),
            tuple(self._names),
            np.array(self._rows, np.int64),
            np.array(self._photos, np.int32),
            np.array(self._scores, np.float64),
            source=str(self._path),
            lines=np.array(self._lines, np.int64),
        )


def to_score(path: Path, line: int, text: str, what: str = "score") -> float:
    """A number of a file.

    Raises:
        InputError: not a finite number.
    """
    score = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
    if not math.isfinite(score):
        raise bad_line(path, line, f"the {what} {shorten(text)!r} is not a finite number")
    return score
