"""How far raters agree: Krippendorff's alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def _nominal(levels: Floats, _: Floats) -> Floats:
    return np.asarray(levels[:, None] != levels[None, :], dtype=np.float64)


def _interval(levels: Floats, _: Floats) -> Floats:
    return np.asarray((levels[:, None] - levels[None, :]) ** 2, dtype=np.float64)


def _ordinal(_: Floats, counts: Floats) -> Floats:
    """The square of how many values lie between two levels, each end counting half."""
    middle = np.cumsum(counts) - counts / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2, dtype=np.float64)


DISTANCES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "ordinal": _ordinal,
    "interval": _interval,
    "nominal": _nominal,
}
"""Level of measurement -> squared distances of values, from the values and how often each was given."""


def krippendorff_alpha(values: Floats, measured: str = "ordinal") -> float | None:
    """Krippendorff's alpha: 1 where all agree, 0 where they agree as chance would, below where they contradict.

    Krippendorff: Content Analysis (4th edition, 2019), chapter 12, by coincidences; any number of raters, gaps allowed.

    Args:
        values: ``(units, raters)``, ``nan`` where not rated.
        measured: ``ordinal``, ``interval`` or ``nominal``.

    Returns:
        The coefficient; ``None`` where it is not defined: no unit with two ratings, or only one value in all of them.

    Raises:
        InputError: no such level of measurement.
    """
    if measured not in DISTANCES:
        raise InputError(f"nothing is measured on a scale {measured!r}", f"There are: {', '.join(DISTANCES)}.")
    given = ~np.isnan(values)
    paired = given.sum(axis=1) > 1
    levels = np.unique(values[paired][given[paired]])
    if len(levels) < 2:
        return None
    counts = np.stack([(values[paired] == level).sum(axis=1) for level in levels], axis=1).astype(np.float64)
    weights = 1 / (counts.sum(axis=1) - 1)
    coincidences = (counts * weights[:, None]).T @ counts - np.diag(weights @ counts)
    totals = coincidences.sum(axis=0)
    distances = DISTANCES[measured](levels, totals)
    observed = (coincidences * distances).sum()
    expected = (np.outer(totals, totals) * distances).sum() / (totals.sum() - 1)
    return float(1 - observed / expected)
