"""The organisers' mean in two steps, and the plain one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.ratings.table import RatingTable


def item_means(table: RatingTable, weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """The official mean of each item: the mean over teams of the mean of a team's raters.

    Args:
        table: the ratings.
        weights: ``(raters,)``, how often each rater counts; each once by default.

    Returns:
        ``(items,)``; ``nan`` where nobody rated.
    """
    rated = ~np.isnan(table.values)
    counted = table.members * (np.ones(len(table.raters)) if weights is None else weights)[:, None]
    raters = rated.astype(np.float64) @ counted
    sums = np.where(rated, table.values, 0.0) @ counted
    has = raters > 0
    means = np.divide(sums, raters, out=np.zeros_like(sums), where=has)
    teams = has.sum(axis=1)
    return np.asarray(np.divide(means.sum(axis=1), teams, out=np.full(len(teams), np.nan), where=teams > 0))


def official_mean(table: RatingTable) -> float:
    """The official mean of a run: the mean over its items of their official means; ``nan`` without ratings.

    MediaEval NewsImages 2025: a team counts as much as any other, however many of its members rated.
    """
    means = item_means(table)
    return float(np.mean(means[~np.isnan(means)])) if np.any(~np.isnan(means)) else float("nan")


def plain_mean(table: RatingTable) -> float:
    """The mean of all ratings, each counting once; ``nan`` without ratings."""
    given = table.values[~np.isnan(table.values)]
    return float(given.mean()) if given.size else float("nan")
