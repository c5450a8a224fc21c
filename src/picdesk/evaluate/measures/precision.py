"""Precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from picdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class Precision(Measure):
    """``P@k``: fitting photos among the first ``k``, divided by ``k`` even where the run has fewer; ``P`` of trec_eval.

    Without a cutoff: divided by the photos that the run has for the article; 0 where it has none.
    """

    family: ClassVar[str] = "P"

    def of(self, judged: Judged) -> NDArray[np.float64]:
        """Found / looked at."""
        looked_at = np.maximum(judged.places, 1) if self.cutoff is None else self.cutoff
        return judged.hits(self.cutoff) / looked_at
