"""Logistic regression, small enough to be read: Newton's method with an L2 penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ROUNDS = 100
_STILL = 1e-10
_HALVINGS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """A fitted model: the log-odds are ``intercept`` + ``weights`` x features.

    Attributes:
        weights: ``(f,)``, for features as they are given.
        intercept: a number.
    """

    weights: Floats
    intercept: float

    def scores(self, features: Floats) -> Floats:
        """Log-odds ``(n,)`` of rows ``(n, f)``."""
        return np.asarray(features @ self.weights + self.intercept)

    def probabilities(self, features: Floats) -> Floats:
        """Probabilities ``(n,)`` of rows ``(n, f)``."""
        return sigmoid(self.scores(features))


def fit_logistic(features: Floats, labels: Floats, penalty: float = 1.0) -> Logistic:
    """The weights that make labels most likely, under a penalty.

    Minimises the sum of the log-losses + ``penalty`` / 2 x the squared weights of the standardised features, by Newton
    steps (iteratively reweighted least squares: Hastie, Tibshirani & Friedman, The Elements of Statistical Learning,
    4.4.1), halved where a full one would climb. The intercept is free. A feature that never changes weighs nothing.

    Args:
        features: ``(n, f)``.
        labels: ``(n,)``, 0 to 1: a share of people counts like so many of each.
        penalty: 0 or more.
    """
    means, spread = features.mean(axis=0), features.std(axis=0)
    # Rounding leaves constants a spread of some 1e-17 of their size.
    varies = spread > 1e-12 * np.maximum(1.0, np.abs(means))
    scale = np.where(varies, spread, 1.0)
    rows = np.column_stack([(features - means) / scale * varies, np.ones(len(features))])
    free = np.append(np.where(varies, penalty, 1.0), 1e-9)  # what never varies must not make the system singular
    weights = np.zeros(rows.shape[1])
    loss = _loss(rows, labels, weights, free)
    for _ in range(_ROUNDS):
        chance = sigmoid(rows @ weights)
        slope = rows.T @ (chance - labels) + free * weights
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + np.diag(free)
        step = np.linalg.solve(curve, slope)
        shorter, least = _descended(rows, labels, weights, free, step, loss)
        gained, weights, loss = loss - least, shorter, least
        if gained <= _STILL * max(1.0, abs(loss)):
            break
    plain = weights[:-1] / scale
    return Logistic(plain, float(weights[-1] - plain @ means))


def sigmoid(scores: Floats) -> Floats:
    """1 / (1 + exp(-score)), without overflow."""
    small = np.exp(-np.abs(scores))
    return np.asarray(np.where(scores >= 0, 1.0, small) / (1 + small))


def _descended(
    rows: Floats, labels: Floats, weights: Floats, penalty: Floats, step: Floats, loss: float
) -> tuple[Floats, float]:
    for halved in range(_HALVINGS):
        shorter = weights - step / 2**halved
        least = _loss(rows, labels, shorter, penalty)
        if least <= loss:
            return shorter, least
    return weights, loss


def _loss(rows: Floats, labels: Floats, weights: Floats, penalty: Floats) -> float:
    scores = rows @ weights
    return float((np.logaddexp(0.0, scores) - labels * scores).sum() + (penalty * weights**2).sum() / 2)
