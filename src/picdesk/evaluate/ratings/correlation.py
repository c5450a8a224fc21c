"""Whether a score says what people say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Correlation:
    """How ratings and scores go together.

    Attributes:
        items: articles that have both.
        pearson: of the values; ``None`` where one side does not vary.
        spearman: of the ranks, equal ones sharing theirs; likewise.
        p: chance of a Spearman correlation this far from 0 where there is none, by permutations; likewise.
    """

    items: int
    pearson: float | None
    spearman: float | None
    p: float | None


def correlate(
    ratings: Mapping[str, float], scores: Mapping[str, float], generator: np.random.Generator, *, draws: int = 9999
) -> Correlation:
    """Correlate the ratings of articles with scores that a system gave them.

    Args:
        ratings: article -> mean rating.
        scores: article -> score, such as the cosine of a run's first photo.
        generator: the randomness of the permutation test.
        draws: how many permutations.
    """
    both = sorted(ratings.keys() & scores.keys())
    people = np.array([ratings[article] for article in both], dtype=np.float64)
    system = np.array([scores[article] for article in both], dtype=np.float64)
    if len(both) < 3 or np.ptp(people) == 0 or np.ptp(system) == 0:
        return Correlation(len(both), None, None, None)
    ranks, others = _standard(_ranks(people)), _standard(_ranks(system))
    spearman = float(ranks @ others)
    shuffled = generator.permuted(np.tile(others, (draws, 1)), axis=1) @ ranks
    # The order as observed is one of those that chance gives, so that p is never 0 (Phipson & Smyth 2010).
    p = (1 + int((np.abs(shuffled) >= abs(spearman) - 1e-12).sum())) / (draws + 1)
    return Correlation(len(both), float(_standard(people) @ _standard(system)), spearman, p)


def _ranks(values: Floats) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], dtype=np.float64)


def _standard(values: Floats) -> Floats:
    centred = values - values.mean()
    return np.asarray(centred / np.linalg.norm(centred), dtype=np.float64)
