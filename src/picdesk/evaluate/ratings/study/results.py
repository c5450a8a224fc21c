"""From answers to ratings and choices."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from picdesk.evaluate.ratings.choice import Choice
from picdesk.evaluate.ratings.study.answers import read_answers
from picdesk.evaluate.ratings.study.folder import read_study
from picdesk.evaluate.ratings.study.plan import plan
from picdesk.evaluate.ratings.study.records import PAIRS, SCALE
from picdesk.records import Rating

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from picdesk.evaluate.ratings.study.records import Item, Rater, Study

TIE = "tie"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rater is.

    Attributes:
        rater: who.
        answered: questions that have an answer.
        asked: questions in all.
    """

    rater: Rater
    answered: int
    asked: int


def read_study_answers(folder: Path) -> tuple[list[Rating], list[Choice]]:
    """Everything that was answered so far.

    An answer about a picture that several runs gave is a rating of each; of a pair, of each two runs. What a team's
    rater says of the team's own run is marked as such and counts in no mean.

    Raises:
        InputError: there is no study, or it is damaged.
    """
    study = read_study(folder)
    ratings: list[Rating] = []
    choices: list[Choice] = []
    asked = plan(study)
    for rater in study.raters:
        answers = read_answers(folder, rater.id)
        for item in asked[rater.id]:
            value = answers.get(item.key)
            if value is None or value not in allowed(study, item):
                continue
            if study.kind == PAIRS:
                choices += _choices(study, rater, item, value)
            else:
                ratings += _ratings(study, rater, item, float(value))
    return ratings, choices


def progress_of(folder: Path) -> list[Progress]:
    """How far each rater is, in the order of the study.

    Raises:
        InputError: there is no study, or it is damaged.
    """
    study = read_study(folder)
    asked = plan(study)
    found = []
    for rater in study.raters:
        keys = {item.key for item in asked[rater.id]}
        found.append(Progress(rater, len(keys & read_answers(folder, rater.id).keys()), len(keys)))
    return found


def allowed(study: Study, item: Item) -> tuple[str, ...]:
    """What may be answered to a question."""
    return (*item.pictures, TIE) if study.kind == PAIRS else tuple(map(str, SCALE))


def _ratings(study: Study, rater: Rater, item: Item, value: float) -> list[Rating]:
    teams = _teams(study, item.task)
    return [
        Rating(
            run=run,
            task=item.task,
            article=item.article,
            rater=rater.name,
            team=rater.team,
            value=value,
            own=bool(rater.team) and teams[run] == rater.team,
        )
        for run in item.runs[0]
    ]


def _choices(study: Study, rater: Rater, item: Item, value: str) -> list[Choice]:
    teams = _teams(study, item.task)
    share = 0.5 if value == TIE else float(value == item.pictures[0])
    return [
        Choice(
            first=first,
            second=second,
            share=share,
            task=item.task,
            article=item.article,
            rater=rater.name,
            team=rater.team,
        )
        for first, second in product(*item.runs)
        if not rater.team or rater.team not in (teams[first], teams[second])
    ]


def _teams(study: Study, task: str) -> Mapping[str, str]:
    return {entry.run: entry.team for entry in study.entries if entry.task == task}
