"""The median rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from picdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class MedianRank(Measure):
    """``MedianRank``: the median over articles of the rank of the first fitting photo; less is better.

    An article whose photo is not in the run has no rank: it counts as worse than any, infinite. The median is a number
    as long as the run finds the photos of more than half of the articles, and infinite after that, whatever depth the
    run has. Of an even number of articles it is the mean of the two in the middle.
    """

    family: ClassVar[str] = "MedianRank"
    less_is_better: ClassVar[bool] = True

    def of(self, judged: Judged) -> NDArray[np.float64]:
        """The rank, infinite where there is none."""
        reach = np.inf if self.cutoff is None else self.cutoff
        return np.where(judged.first_rank <= reach, judged.first_rank, np.inf)

    def weighted(self, values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """The median of each sample."""
        order = np.argsort(values)
        up_to = np.cumsum(counts[:, order], axis=1)
        total = up_to[:, -1:]
        lower = np.argmax(up_to > (total - 1) // 2, axis=1)
        upper = np.argmax(up_to > total // 2, axis=1)
        ranked = values[order]
        medians: NDArray[np.float64] = (ranked[lower] + ranked[upper]) / 2
        return medians

    def shown(self, mean: float) -> str:
        """A rank, or that there is none."""
        return f"{mean:,.1f}" if np.isfinite(mean) else "not found"
