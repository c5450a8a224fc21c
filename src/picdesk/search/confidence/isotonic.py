"""Isotonic regression: the rising steps that are nearest to what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A rising curve through points; between them it is a straight line, past its ends it goes on level.

    Attributes:
        scores: ``(m,)``, rising.
        probabilities: ``(m,)``, never falling.
    """

    scores: Floats
    probabilities: Floats

    def at(self, scores: Floats) -> Floats:
        """The curve at scores ``(n,)``."""
        return np.asarray(np.interp(scores, self.scores, self.probabilities))


def pool_adjacent_violators(values: Floats, weights: Floats | None = None) -> Floats:
    """The never falling numbers ``(n,)`` nearest to ``values`` ``(n,)`` by weighted squares.

    Barlow, Bartholomew, Bremner & Brunk: Statistical Inference under Order Restrictions (1972): neighbours that fall
    are joined to their mean until none does.
    """
    sized = np.ones(len(values)) if weights is None else weights
    means: list[float] = []
    sizes: list[float] = []
    counts: list[int] = []
    for value, size in zip(values.tolist(), sized.tolist(), strict=True):
        mean, weight, count = value, size, 1
        while means and means[-1] >= mean:
            before = sizes.pop()
            mean = (means.pop() * before + mean * weight) / (before + weight)
            weight += before
            count += counts.pop()
        means.append(mean)
        sizes.append(weight)
        counts.append(count)
    return np.repeat(means, counts)


def fit_steps(scores: Floats, labels: Floats) -> Steps:
    """The rising curve from scores to probabilities that is nearest to labels (Zadrozny & Elkan, KDD 2002).

    Nothing is certain after so many looks: no step is lower than the lowest value that Laplace's rule of succession,
    (fits + 1) / (looks + 2), has for all looks up to some step, and none is higher than the highest from some step on.

    Args:
        scores: ``(n,)``.
        labels: ``(n,)``, 0 to 1.
    """
    points, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(places, weights=labels) / counts
    fitted = pool_adjacent_violators(means, counts.astype(np.float64))
    low, high = _ends(fitted * counts, counts)
    starts = np.flatnonzero(np.diff(fitted, prepend=-np.inf))
    corners = np.unique(np.concatenate([starts, np.append(starts[1:], len(points)) - 1]))
    return Steps(points[corners], np.clip(fitted, low, high)[corners])


def _ends(fits: Floats, looks: NDArray[np.int64]) -> tuple[float, float]:
    """The lowest and the highest probability that may be said."""
    low = np.min((np.cumsum(fits) + 1) / (np.cumsum(looks) + 2))
    high = np.max((np.cumsum(fits[::-1]) + 1) / (np.cumsum(looks[::-1]) + 2))
    return float(low), float(high)
