"""Weights that put the fitting photos highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FACTORS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0)
"""What each default weight is multiplied by."""

ROUNDS = 3


class Fit:
    """Weights of one fusion, searched one signal at a time around the defaults; what was tried is remembered.

    Args:
        start: ``(s,)`` default weights.
        values: given weights, ``(n,)`` the measure of every article.
    """

    def __init__(self, start: Floats, values: Callable[[Floats], Floats]) -> None:
        self._start = start
        self._values = values
        self._tried: dict[tuple[float, ...], Floats] = {}

    def values(self, weights: Sequence[float]) -> Floats:
        """``(n,)`` the measure of every article."""
        key = tuple(weights)
        if key not in self._tried:
            self._tried[key] = self._values(np.array(key))
        return self._tried[key]

    def best(self, among: NDArray[np.bool_]) -> tuple[float, ...]:
        """Weights with the highest mean over some articles; of equals, those nearest to the defaults.

        Args:
            among: ``(n,)`` which articles count.
        """
        factors = [1.0] * len(self._start)
        # Only ratios matter, so a round turns each signal's weight while the others stand.
        for _ in range(ROUNDS):
            before = list(factors)
            for signal in range(len(factors)):
                tried = [[*factors[:signal], factor, *factors[signal + 1 :]] for factor in FACTORS]
                usable = [each for each in tried if any(each)]
                factors = max(usable, key=lambda each: (self._mean(each, among), -_distance(each)))
            if factors == before:
                break
        return tuple(float(weight) for weight in self._start * factors)

    def _mean(self, factors: Sequence[float], among: NDArray[np.bool_]) -> float:
        return float(self.values([float(weight) for weight in self._start * factors])[among].mean())


def cross_validated(fit: Fit, folds: NDArray[np.int64]) -> Floats:
    """``(n,)`` the measure of every article under weights that were fitted without it.

    Args:
        fit: of a fusion.
        folds: ``(n,)`` which part each article is in.
    """
    values = np.zeros(len(folds))
    for fold in np.unique(folds):
        held_back = folds == fold
        values[held_back] = fit.values(fit.best(~held_back))[held_back]
    return values


def dealt(articles: int, folds: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Parts of equal size, to one, for articles at random."""
    return generator.permutation(np.arange(articles) % folds)


def _distance(factors: Sequence[float]) -> float:
    return float(sum(abs(np.log(factor)) if factor else 10.0 for factor in factors))
