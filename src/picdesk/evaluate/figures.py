"""Paired tests by measures that are no means, such as the median rank, whose values can be infinite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.evaluate.significance import LEVEL, ROUNDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Figure = Callable[[Floats, NDArray[np.int64]], Floats]
    """``(k,)`` values, ``(b, k)`` how often each occurs in each of ``b`` samples -> ``(b,)``."""

_BLOCK = 2_000_000
_TIE = 1e-12


def signs(first: Floats, second: Floats) -> Floats:
    """``(n,)`` 1 where the second value is the larger one, -1 where the first is, 0 where they are equal.

    The randomisation test of these is the sign test (Dixon & Mood 1946), which asks which run is ahead more often. The
    difference of two medians would be a poor statistic to randomise: where one run has every photo at rank 2 and the
    other at rank 30, nearly every pattern gives medians that are just as far apart.
    """
    return np.greater(second, first).astype(np.float64) - np.less(second, first)


def bootstrap_figures(
    first: Floats,
    second: Floats,
    figure: Figure,
    *,
    rng: np.random.Generator,
    rounds: int = ROUNDS,
    level: float = LEVEL,
) -> tuple[float, float, float]:
    """Resample the articles: low and high end of the interval of second minus first, and p by the shift method.

    Articles with the same two values are interchangeable, so how often each such pair occurs is one multinomial draw.
    An end is infinite where the figure of one run alone is; where both are, they do not differ. A single article cannot
    be resampled into anything else: p is 1.

    Args:
        first: ``(n,)`` the first run's values; may be infinite.
        second: ``(n,)`` the second run's.
        figure: what becomes of them.
        rng: draws the resamples.
        rounds: how many.
        level: coverage of the interval.
    """
    kinds, sizes = np.unique(np.stack([first, second]), axis=1, return_counts=True)
    count = int(sizes.sum())
    observed = float(minus(figure(kinds[1], sizes[None, :]), figure(kinds[0], sizes[None, :]))[0])
    if count == 1:
        return observed, observed, 1.0
    drawn = []
    for size in _blocks(rounds, len(sizes)):
        counts = rng.multinomial(count, sizes / count, size=size)
        drawn.append(minus(figure(kinds[1], counts), figure(kinds[0], counts)))
    differences = np.concatenate(drawn)
    low = float(np.quantile(differences, (1 - level) / 2, method="lower"))
    high = float(np.quantile(differences, (1 + level) / 2, method="higher"))
    away = np.abs(minus(differences, np.full_like(differences, observed)))
    return low, high, float(((away >= abs(observed) * (1 - _TIE)).sum() + 1) / (rounds + 1))


def minus(second: Floats, first: Floats) -> Floats:
    """The difference; two infinite figures do not differ."""
    return np.subtract(second, first, out=np.zeros_like(second), where=second != first)


def _blocks(rounds: int, width: int) -> Iterator[int]:
    size = max(1, _BLOCK // width)
    for start in range(0, rounds, size):
        yield min(size, rounds - start)
