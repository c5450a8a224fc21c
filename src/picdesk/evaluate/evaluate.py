"""A run and a truth become figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.evaluate.intervals import RESAMPLES, bootstrap_intervals
from picdesk.evaluate.measures import judge, parse_measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from picdesk.evaluate.measures import Measure
    from picdesk.records import Run, Truth

DEFAULT = ("MRR@100", "R@1", "R@5", "R@10", "R@50", "R@100")
"""What the NewsImages papers report."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What a run is worth.

    Attributes:
        run: what the run is called.
        articles: ids of the truth's articles, sorted; every one counts, whether the run has it or not.
        values: measure's name -> ``(n,)``, one value an article.
        means: measure's name -> the figure.
        intervals: measure's name -> 95 % bootstrap interval over articles; empty where none was asked for.
        first_rank: ``(n,)`` rank of the first fitting photo, infinite where the run has none.
        missing: articles that the run has no photo for; they count 0.
        unknown: articles of the run that the truth does not have and that were left out.
    """

    run: str
    articles: tuple[str, ...]
    values: Mapping[str, NDArray[np.float64]]
    means: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    first_rank: NDArray[np.float64]
    missing: int
    unknown: int


def evaluate(
    run: Run,
    truth: Truth,
    measures: Sequence[Measure | str] = DEFAULT,
    *,
    ignore_unknown: bool = False,
    generator: np.random.Generator | None = None,
    resamples: int = RESAMPLES,
) -> Evaluation:
    """Measure a run.

    Args:
        run: the run.
        truth: the truth; each of its articles counts, a missing one with 0 (in `MedianRank`: infinite).
        measures: measures or their names.
        ignore_unknown: leave out articles of the run that the truth does not have, instead of raising.
        generator: the randomness of the intervals; without one, seed 0.
        resamples: samples for the intervals; 0 for none.

    Raises:
        InputError: no such measure, none at all, or an article that the truth does not have.

    >>> from picdesk.newsimages.runs import make_run
    >>> from picdesk.records import Truth
    >>> run = make_run("mine", {"7": [("a", 0.9), ("b", 0.4)], "8": [("c", 0.7)]})
    >>> truth = Truth(name="all", gains={"7": {"b": 1}, "8": {"c": 1}, "9": {"d": 1}})
    >>> dict(evaluate(run, truth, ["MRR", "R@1"]).means)
    {'MRR': 0.5, 'R@1': 0.3333333333333333}
    """
    wanted = {
        measure.name: measure for measure in (parse_measure(one) if isinstance(one, str) else one for one in measures)
    }
    if not wanted:
        raise InputError("no measure was asked for", f"The usual ones are {', '.join(DEFAULT)}.")
    judged = judge(run, truth, ignore_unknown=ignore_unknown)
    values = {name: measure.of(judged) for name, measure in wanted.items()}
    intervals: list[tuple[float, float]] = []
    if resamples:
        chosen = generator or np.random.default_rng(0)
        intervals = bootstrap_intervals(list(wanted.values()), list(values.values()), chosen, resamples=resamples)
    return Evaluation(
        run=run.name,
        articles=judged.articles,
        values=values,
        means={name: measure.mean(values[name]) for name, measure in wanted.items()},
        intervals=dict(zip(wanted, intervals, strict=True)) if intervals else {},
        first_rank=judged.first_rank,
        missing=judged.missing,
        unknown=judged.unknown,
    )
