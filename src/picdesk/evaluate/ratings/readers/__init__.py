"""Files of ratings and of choices, and studies that are under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.evaluate.ratings.readers.csv_table import read_csv
from picdesk.evaluate.ratings.readers.survey2025 import read_survey2025
from picdesk.evaluate.ratings.study.folder import is_study
from picdesk.evaluate.ratings.study.results import read_study_answers
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from picdesk.evaluate.ratings.choice import Choice
    from picdesk.records import Rating


@dataclass(frozen=True, slots=True)
class Judged:
    """What people said.

    Attributes:
        ratings: points, in the order of the files.
        choices: choices between two, in the order of the files.
        notes: what was left out.
    """

    ratings: tuple[Rating, ...]
    choices: tuple[Choice, ...]
    notes: tuple[str, ...] = ()


READERS: Mapping[str, Callable[[Path], tuple[list[Rating], list[Choice]]]] = {
    ".xlsx": read_survey2025,
    ".csv": read_csv,
    ".tsv": read_csv,
}
"""Ending -> reader."""


def read_judgements(paths: Iterable[Path]) -> Judged:
    """Read ratings and choices: the organisers' spreadsheets (.xlsx), tables (.csv, .tsv), folders of studies.

    The same rating in two files counts once and is noted.

    Raises:
        InputError: a file that cannot be read, an ending that is not known, or a person who rates one picture twice
            and differently; file and place are named.
        ExtraMissing: spreadsheets need openpyxl.
    """
    ratings: dict[tuple[str, str, str, str], Rating] = {}
    choices: list[Choice] = []
    again = 0
    for path in paths:
        reader = read_study_answers if is_study(path) else READERS.get(path.suffix.lower())
        if reader is None:
            raise InputError(
                f"{printable(str(path))} is no file of ratings",
                f"There are: {', '.join(READERS)}, and the folders that picdesk rate setup makes.",
            )
        found, chosen = reader(path)
        choices += chosen
        for rating in found:
            key = (rating.run, rating.task, rating.article, rating.rater)
            known = ratings.setdefault(key, rating)
            if known.value != rating.value:
                raise InputError(
                    f"{printable(str(path))}: {printable(rating.rater)} rates article {printable(rating.article)} of "
                    f"{printable(rating.run)} twice, with {known.value:g} and {rating.value:g}",
                    "Keep one of the two.",
                )
            again += known is not rating
    notes = (f"{again:,} ratings stand twice and count once",) if again else ()
    return Judged(tuple(ratings.values()), tuple(choices), notes)


__all__ = ["READERS", "Judged", "read_judgements"]
