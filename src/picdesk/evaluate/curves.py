"""Recall over the number of places that are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.evaluate.measures import judge, parse_measure
from picdesk.evaluate.significance import resampled_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.compare import Comparison

PLACES = (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 80, 100)
"""Numbers of places, evenly spread on a logarithmic axis."""

_ROUNDS = 1000  # a band is read by eye


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean recall of a run among its first places.

    Attributes:
        run: its name.
        mean: ``(len(PLACES),)`` float64.
        low: lower end of the bootstrap interval over articles.
        high: its upper end.
    """

    run: str
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def recall_curves(comparison: Comparison) -> tuple[Curve, ...]:
    """The curve of each run, its band from the comparison's level and seed."""
    measures = [parse_measure(f"R@{places}") for places in PLACES]
    edges = [(1 - comparison.level) / 2, (1 + comparison.level) / 2]
    curves = []
    for run in comparison.runs:
        judged = judge(run, comparison.truth, ignore_unknown=True)
        values = np.stack([measure.of(judged) for measure in measures], axis=1)
        rng = np.random.default_rng(comparison.seed)
        low, high = np.quantile(resampled_means(values, rng=rng, rounds=_ROUNDS), edges, axis=0)
        curves.append(Curve(run.name, values.mean(axis=0), low, high))
    return tuple(curves)
