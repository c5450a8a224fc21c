"""How far a figure would move with other articles: bootstrap percentile intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.evaluate.measures import Measure

RESAMPLES = 2000
LEVEL = 0.95
_CELLS = 4_000_000  # of a block of samples: 32 MB


def bootstrap_intervals(
    measures: Sequence[Measure],
    values: Sequence[NDArray[np.float64]],
    generator: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> list[tuple[float, float]]:
    """Percentile intervals over articles drawn with replacement.

    Efron & Tibshirani: An Introduction to the Bootstrap (1993), chapter 13. All measures are taken of the same samples.
    Articles with the same values in all measures are interchangeable, and a run over 8,500 articles has some hundred
    kinds of them; how often each kind is drawn is one multinomial draw, which is the same as drawing articles.

    Args:
        measures: the measures.
        values: for each measure ``(n,)``, one value an article; ``n`` at least 1.
        generator: the randomness; one seed gives the same intervals on every machine.
        resamples: how many samples.
        level: share of the samples inside the interval.

    Returns:
        (low, high) for each measure. Infinite where the measure is, as `MedianRank` can be.
    """
    kinds, sizes = _kinds(np.stack(values))
    count = int(sizes.sum())
    block = max(1, _CELLS // len(sizes))
    means = np.empty((len(measures), resamples))
    for start in range(0, resamples, block):
        drawn = generator.multinomial(count, sizes / count, size=min(block, resamples - start))
        for number, measure in enumerate(measures):
            means[number, start : start + len(drawn)] = measure.weighted(kinds[number], drawn)
    tail = (1 - level) / 2
    return [_percentiles(row, tail) for row in means]


def _kinds(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The distinct columns, sorted, and how many articles have each."""
    order = np.lexsort(values[::-1])
    ordered = values[:, order]
    starts = np.flatnonzero(np.concatenate([[True], np.any(ordered[:, 1:] != ordered[:, :-1], axis=0)]))
    return ordered[:, starts], np.diff(np.append(starts, values.shape[1]))


def _percentiles(means: NDArray[np.float64], tail: float) -> tuple[float, float]:
    """The quantiles ``tail`` and ``1 - tail``, between two samples in proportion; of one beside infinity, outwards.

    Written here because `numpy.quantile` loads masked arrays, a tenth of the whole start of the command line.
    """
    ordered = np.sort(means)
    place = tail * (len(ordered) - 1)
    before = int(place)
    after = min(before + 1, len(ordered) - 1)
    outer, inner = ordered[[before, -1 - before]], ordered[[after, -1 - after]]
    if not np.all(np.isfinite([outer, inner])):
        return float(outer[0]), float(outer[1])
    low, high = outer + (place - before) * (inner - outer)
    return float(low), float(high)
