"""The survey of 2025 set up again: who rated what, from the organisers' spreadsheets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.evaluate.ratings.readers import read_judgements
from picdesk.evaluate.ratings.study.records import Rater
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from picdesk.evaluate.ratings.study.taking_part import TakingPart
    from picdesk.records import Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """What was asked in a survey.

    Attributes:
        articles: run and task -> its articles, each once.
        teams: run -> whose it is, where its own team's ratings stand in the sheets.
        raters: who rated, in the order of the sheets.
    """

    articles: Mapping[tuple[str, str], tuple[str, ...]]
    teams: Mapping[str, str]
    raters: tuple[Rater, ...]


def read_survey(paths: Iterable[Path]) -> Surveyed:
    """What the sheets of a survey asked, and whom.

    A team's members have no names in the sheet of their own runs; where another sheet names them, they count once.

    Raises:
        InputError: a file that cannot be read.
        ExtraMissing: spreadsheets need openpyxl.
    """
    ratings = read_judgements(paths).ratings
    articles: dict[tuple[str, str], dict[str, None]] = {}
    for rating in ratings:
        articles.setdefault((rating.run, rating.task), {})[rating.article] = None
    return Surveyed(
        articles={key: tuple(found) for key, found in articles.items()},
        teams={rating.run: rating.team for rating in ratings if rating.own},
        raters=_raters(ratings),
    )


def as_surveyed(surveyed: Surveyed, entries: Iterable[TakingPart]) -> tuple[list[TakingPart], list[str]]:
    """The runs of the survey, each with the articles that it was asked about and the team that it belongs to.

    Returns:
        The runs of the survey whose pictures are given, and notes about the others.

    Raises:
        InputError: no run of the survey is given, or one is given that the survey does not have.
    """
    given = list(entries)
    known = {run for run, _ in surveyed.articles}
    unknown = next((entry.run for entry in given if entry.run not in known), None)
    if unknown is not None:
        raise InputError(
            f"the survey has no run {printable(unknown)}", f"It has: {', '.join(map(printable, sorted(known)))}."
        )
    found, absent = [], []
    for (run, task), articles in surveyed.articles.items():
        entry = next((one for one in given if one.run == run and one.task in ("", task)), None)
        if entry is None:
            absent.append(f"{printable(run)} {printable(task)}".rstrip())
            continue
        pictures = {article: entry.pictures[article] for article in articles if article in entry.pictures}
        found.append(replace(entry, task=task, team=surveyed.teams.get(run, entry.team), pictures=pictures))
    notes = [f"runs of the survey whose pictures are not given: {', '.join(absent)}"] if absent else []
    return found, notes


def _raters(ratings: Iterable[Rating]) -> tuple[Rater, ...]:
    teams: dict[str, str] = {}
    nameless: dict[str, str] = {}
    for rating in ratings:
        (nameless if rating.own else teams).setdefault(rating.rater, rating.team)
    named = {team for team in teams.values() if team}
    teams |= {rater: team for rater, team in nameless.items() if team not in named}
    return tuple(Rater(id=f"rater-{n:02}", name=rater, team=team) for n, (rater, team) in enumerate(teams.items(), 1))
