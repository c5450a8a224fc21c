"""Below which probability an answer's best photo is said not to fit well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def default_risk(probabilities: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """The risk that tells best photos that fit from those that do not.

    It is 1 minus the probability from which on answers are taken where the share of fitting ones that are taken exceeds
    that of the others by most (Youden: Index for Rating Diagnostic Tests, 1950). That bound does not move where the
    truth names one photo of an article and others would fit too.

    Args:
        probabilities: ``(n,)``, of the first hits of answers.
        labels: ``(n,)``, whether they fit, 0 to 1.

    Returns:
        0 to 1; 1, which takes every answer, where all or none fit.
    """
    fits, others = labels.sum(), (1 - labels).sum()
    if not fits or not others:
        return 1.0
    order = np.argsort(-probabilities, kind="stable")
    ahead = np.cumsum(labels[order]) / fits - np.cumsum(1 - labels[order]) / others
    # Answers of one probability are taken together.
    ends = np.append(np.diff(probabilities[order]) != 0, True)
    best = int(np.argmax(np.where(ends, ahead, -np.inf)))
    return float(1 - probabilities[order][best])
