"""Answers as a table, in the columns that `picdesk.evaluate.ratings.readers` reads."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from picdesk.photos.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from picdesk.evaluate.ratings.choice import Choice
    from picdesk.records import Rating

_RATING = ("run", "task", "article", "rater", "team", "value", "own")
_CHOICE = ("first", "second", "winner", "task", "article", "rater", "team")
_SIDES = {1.0: "first", 0.0: "second", 0.5: "tie"}


def write_judgements(path: Path, ratings: Sequence[Rating], choices: Sequence[Choice]) -> int:
    """Write ratings, or choices where there are no ratings, as CSV.

    Returns:
        How many lines.

    Raises:
        InputError: it cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    if ratings or not choices:
        writer.writerow(_RATING)
        writer.writerows(
            [one.run, one.task, one.article, one.rater, one.team, f"{one.value:g}", int(one.own)] for one in ratings
        )
    else:
        writer.writerow(_CHOICE)
        writer.writerows(
            [one.first, one.second, _SIDES[one.share], one.task, one.article, one.rater, one.team] for one in choices
        )
    write_whole(path, text.getvalue().encode())
    return len(ratings) or len(choices)
