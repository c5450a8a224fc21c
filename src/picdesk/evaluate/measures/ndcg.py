"""Normalised discounted cumulative gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from picdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class NDCG(Measure):
    """``nDCG@k``: the sum of gain / log2(rank + 1) over the first ``k``, divided by that of an ideal answer.

    Järvelin & Kekäläinen: Cumulated gain-based evaluation of IR techniques (2002), with the discount of trec_eval's
    ``ndcg``; gains count as they are.
    """

    family: ClassVar[str] = "nDCG"

    def of(self, judged: Judged) -> NDArray[np.float64]:
        """Found / ideal."""
        found = self._discounted(len(judged.articles), judged.hit_articles, judged.hit_ranks, judged.hit_gains)
        return found / self._discounted(len(judged.articles), judged.fit_articles, judged.fit_ranks, judged.fit_gains)

    def _discounted(
        self, count: int, articles: NDArray[np.int64], ranks: NDArray[np.int64], gains: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        counted = np.where(ranks <= (np.inf if self.cutoff is None else self.cutoff), gains / np.log2(ranks + 1), 0)
        return np.bincount(articles, weights=counted, minlength=count).astype(np.float64)
