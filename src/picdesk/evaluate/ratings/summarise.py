"""What people think of each run."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import NothingFound
from picdesk.evaluate.ratings.agreement import krippendorff_alpha
from picdesk.evaluate.ratings.intervals import RESAMPLES, rating_intervals
from picdesk.evaluate.ratings.means import item_means, official_mean, plain_mean
from picdesk.evaluate.ratings.table import RatingTable, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from picdesk.records import Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run in one task.

    Attributes:
        run: the run.
        task: the task.
        official_mean: mean over items of the mean over teams of the mean of a team's raters, own ratings left out.
        mean: mean of all ratings that count.
        ratings: how many count.
        own: how many were left out as ratings of the own run.
        items: how many articles were rated.
        raters: how many people rated.
        teams: how many teams.
        intervals: of the official mean, over ``items``, ``raters`` and ``both``.
        alpha: Krippendorff's alpha, ``ordinal`` and ``interval``; ``None`` where it is not defined.
    """

    run: str
    task: str
    official_mean: float
    mean: float
    ratings: int
    own: int
    items: int
    raters: int
    teams: int
    intervals: Mapping[str, tuple[float, float]]
    alpha: Mapping[str, float | None]


def summarise(
    ratings: Sequence[Rating], generator: np.random.Generator, *, resamples: int = RESAMPLES
) -> list[RunSummary]:
    """Summarise ratings: by task, the best run first.

    Args:
        ratings: what people said; own ratings may be among them.
        generator: the randomness of the intervals.
        resamples: how many samples the intervals are taken from.

    Raises:
        NothingFound: no rating counts.
    """
    if all(rating.own for rating in ratings):
        raise NothingFound("there is no rating that counts", "Ratings of one's own runs count in no mean.")
    summaries = []
    for (run, task), found in by_run(ratings).items():
        table = table_of(found)
        if table.items:
            summaries.append(_summary(run, task, found, table, generator, resamples))
    return sorted(summaries, key=lambda one: (one.task, -one.official_mean, one.run))


def by_run(ratings: Iterable[Rating]) -> dict[tuple[str, str], list[Rating]]:
    """Ratings by run and task, in the order in which they were met."""
    found = defaultdict(list)
    for rating in ratings:
        found[rating.run, rating.task].append(rating)
    return dict(found)


def item_ratings(ratings: Iterable[Rating]) -> dict[str, float]:
    """The official mean of each article of one run."""
    table = table_of(ratings)
    means = item_means(table)
    return {item: float(mean) for item, mean in zip(table.items, means, strict=True) if not math.isnan(mean)}


def category_means(
    ratings: Sequence[Rating], categories: Mapping[str, str]
) -> dict[tuple[str, str, str], tuple[float, int]]:
    """Official means by run, task and category of the article; articles without one are of the category "".

    Args:
        ratings: what people said.
        categories: article -> category.

    Returns:
        Run, task and category -> official mean, and over how many articles.
    """
    means = {}
    for (run, task), found in by_run(ratings).items():
        sorts = defaultdict(list)
        for rating in found:
            sorts[categories.get(rating.article, "")].append(rating)
        for category in sorted(sorts):
            table = table_of(sorts[category])
            if table.items:
                means[run, task, category] = (official_mean(table), len(table.items))
    return means


def overall_alpha(ratings: Sequence[Rating]) -> dict[str, float | None]:
    """Krippendorff's alpha over all runs: a unit is an article's picture of one run; own ratings are left out."""
    counted = [rating for rating in ratings if not rating.own]
    units = {key: n for n, key in enumerate(dict.fromkeys((one.run, one.task, one.article) for one in counted))}
    raters = {rater: n for n, rater in enumerate(dict.fromkeys(rating.rater for rating in counted))}
    values = np.full((len(units), len(raters)), np.nan)
    for rating in counted:
        values[units[rating.run, rating.task, rating.article], raters[rating.rater]] = rating.value
    return {measured: krippendorff_alpha(values, measured) for measured in ("ordinal", "interval")}


def _summary(
    run: str, task: str, found: Sequence[Rating], table: RatingTable, generator: np.random.Generator, resamples: int
) -> RunSummary:
    return RunSummary(
        run=run,
        task=task,
        official_mean=official_mean(table),
        mean=plain_mean(table),
        ratings=int((~np.isnan(table.values)).sum()),
        own=sum(rating.own for rating in found),
        items=len(table.items),
        raters=len(table.raters),
        teams=len(table.teams),
        intervals=rating_intervals(table, generator, resamples=resamples),
        alpha={measured: krippendorff_alpha(table.values, measured) for measured in ("ordinal", "interval")},
    )
