"""Many tests at once: the chance of a single false alarm among them all stays below the level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values of one family of tests, in the order given; compare them with the level as they are.

    The smallest is multiplied by the number of tests, the next by one less, and so on; none is smaller than one
    before it, and none exceeds 1. Holm: A Simple Sequentially Rejective Multiple Test Procedure (1979). It holds
    whatever the tests have to do with one another.

    Args:
        p: ``(m,)`` p-values.

    >>> holm([0.04, 0.01, 0.03]).tolist()
    [0.06, 0.03, 0.06]
    """
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    factors = np.arange(len(given), 0, -1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * factors), 1)
    return adjusted
