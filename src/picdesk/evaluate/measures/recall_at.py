"""Recall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from picdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class RecallAt(Measure):
    """``R@k``: the share of the fitting photos that are among the first ``k``; ``recall`` of trec_eval.

    Where one photo fits each article, as in NewsImages, it is the share of articles whose photo is among them.
    """

    family: ClassVar[str] = "R"

    def of(self, judged: Judged) -> NDArray[np.float64]:
        """Found / fitting."""
        return judged.hits(self.cutoff) / judged.fits
