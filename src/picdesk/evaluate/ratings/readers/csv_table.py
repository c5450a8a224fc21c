"""Ratings and choices in a table of one's own (CSV, TSV).

Ratings: columns ``run``, ``article``, ``rater``, ``value``, and where there are any ``task``, ``team``, ``own``.
Choices: columns ``first``, ``second``, ``winner`` (the run's name, ``first``, ``second`` or ``tie``), and where there
are any ``task``, ``article``, ``rater``, ``team``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.evaluate.ratings.choice import Choice
from picdesk.evaluate.ratings.readers.points import points
from picdesk.photos.locate import one_line, printable
from picdesk.photos.sources.columns import text
from picdesk.photos.sources.rows import read_columns, read_rows
from picdesk.records import Rating

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_RATING = {
    "run": ("run", "run_name"),
    "article": ("article", "article_id"),
    "rater": ("rater", "rater_id", "user"),
    "value": ("value", "rating", "score", "points"),
}
_CHOICE = {
    "first": ("first", "run_a", "left", "a"),
    "second": ("second", "run_b", "right", "b"),
    "winner": ("winner", "chosen", "choice"),
}
_MORE = {
    "task": ("task", "task_type"),
    "team": ("team", "group"),
    "own": ("own",),
    "article": ("article", "article_id"),
    "rater": ("rater", "rater_id", "user"),
}
_YES, _NO = frozenset({"1", "true", "yes"}), frozenset({"", "0", "false", "no"})
_TIE = frozenset({"tie", "both", "neither", "equal", ""})


def read_csv(path: Path) -> tuple[list[Rating], list[Choice]]:
    """The ratings or the choices of a table.

    Raises:
        InputError: it cannot be read, has other columns, or a line holds something that is none; the line is named.
    """
    present = read_columns(path)
    for needed, choices in ((_RATING, False), (_CHOICE, True)):
        matched = {field: _find(present, names) for field, names in {**_MORE, **needed}.items()}
        if all(matched[field] for field in needed):
            rows = _read(path, {field: column for field, column in matched.items() if column})
            if choices:
                return [], [_choice(path, line, said) for line, said in rows]
            ratings = (_rating(path, line, said) for line, said in rows)
            return [rating for rating in ratings if rating], []
    raise InputError(
        f"{printable(str(path))} has no columns of ratings",
        f"Ratings: {', '.join(_RATING)}. Choices: {', '.join(_CHOICE)}. Found: "
        f"{', '.join(map(printable, present)) or 'none'}.",
    )


def _read(path: Path, matched: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
    rows = []
    for line, row in read_rows(path, matched.values()):
        if isinstance(row, str):
            raise InputError(f"{printable(str(path))}: {row}", "Correct the line.")
        rows.append((line, {field: text(row.get(column)) for field, column in matched.items()}))
    return rows


def _rating(path: Path, line: int, said: Mapping[str, str]) -> Rating | None:
    try:
        value = points(said["value"])
    except ValueError as error:
        raise _bad(path, line, one_line(error)) from None
    for field in ("run", "article", "rater"):
        if not said[field]:
            raise _bad(path, line, f"no {field}")
    own = said.get("own", "").casefold()
    if own not in _YES | _NO:
        raise _bad(path, line, f"own is {printable(own)!r}, neither yes nor no")
    if value is None:
        return None
    return Rating(
        run=said["run"],
        task=said.get("task", ""),
        article=said["article"],
        rater=said["rater"],
        team=said.get("team", ""),
        value=value,
        own=own in _YES,
    )


def _choice(path: Path, line: int, said: Mapping[str, str]) -> Choice:
    first, second, winner = said["first"], said["second"], said["winner"]
    if not first or not second or first == second:
        raise _bad(path, line, "a choice is between two runs")
    shares = {first: 1.0, second: 0.0}
    # A run may be called "first": the runs' own names come before the words for the sides.
    share = shares.get(winner, {"first": 1.0, "second": 0.0}.get(winner.casefold()))
    if share is None:
        if winner.casefold() not in _TIE:
            raise _bad(path, line, f"the winner {printable(winner)!r} is neither {first} nor {second} nor a tie")
        share = 0.5
    more = {field: said.get(field, "") for field in ("task", "article", "rater", "team")}
    return Choice(first=first, second=second, share=share, **more)


def _bad(path: Path, line: int, why: str) -> InputError:
    return InputError(f"{printable(str(path))}, line {line}: {why}", "Correct the line, or leave it out.")


def _find(present: Sequence[str], names: Sequence[str]) -> str | None:
    spelled = {column.strip().casefold().replace(" ", "_"): column for column in reversed(present)}
    return next((spelled[name] for name in names if name in spelled), None)
