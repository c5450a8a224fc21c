"""Average precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from picdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class AveragePrecision(Measure):
    """``AP@k``: the mean over the fitting photos of the precision at their rank, 0 for those past ``k``.

    ``map`` and ``map_cut`` of trec_eval.
    """

    family: ClassVar[str] = "AP"

    def of(self, judged: Judged) -> NDArray[np.float64]:
        """Mean precision at the fitting photos."""
        hits = judged.hits(None)
        # Hits are sorted by rank inside an article, so the number of a hit is how many were found up to it.
        found = np.arange(1, len(judged.hit_ranks) + 1) - np.repeat(np.cumsum(hits) - hits, hits)
        precision = np.where(judged.within(self.cutoff), found / judged.hit_ranks, 0.0)
        return np.bincount(judged.hit_articles, weights=precision, minlength=len(hits)) / judged.fits
