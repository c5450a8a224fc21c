"""How far an official mean would move with other items and other raters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.evaluate.ratings.means import item_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.ratings.table import RatingTable

RESAMPLES = 2000
LEVEL = 0.95


def rating_intervals(
    table: RatingTable, generator: np.random.Generator, *, resamples: int = RESAMPLES, level: float = LEVEL
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of the official mean, over ``items``, over ``raters``, and over ``both``.

    Items and raters are crossed, so both are drawn with replacement at once (Owen: The Pigeonhole Bootstrap, Annals of
    Applied Statistics 2007); a team none of whose members is drawn does not count in that sample.

    Args:
        table: the ratings, at least one.
        generator: the randomness.
        resamples: how many samples.
        level: share of the samples inside the interval.

    Returns:
        (low, high) by what was drawn.
    """
    items, raters = table.values.shape
    by_item = generator.multinomial(items, np.full(items, 1 / items), size=resamples).astype(np.float64)
    by_rater = generator.multinomial(raters, np.full(raters, 1 / raters), size=resamples).astype(np.float64)
    everyone = item_means(table)
    drawn = np.stack([item_means(table, weights) for weights in by_rater])
    evenly = np.ones_like(by_item)
    return {
        "items": _bounds(_means(np.broadcast_to(everyone, by_item.shape), by_item), level),
        "raters": _bounds(_means(drawn, evenly), level),
        "both": _bounds(_means(drawn, by_item), level),
    }


def _means(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted means of rows over what is known; rows that know nothing are left out."""
    known = ~np.isnan(values)
    counted = np.where(known, weights, 0.0)
    totals = counted.sum(axis=1)
    sums = (np.where(known, values, 0.0) * counted).sum(axis=1)
    return np.asarray(sums[totals > 0] / totals[totals > 0], dtype=np.float64)


def _bounds(means: NDArray[np.float64], level: float) -> tuple[float, float]:
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
