"""Mean reciprocal rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from picdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class ReciprocalRank(Measure):
    """``MRR@k``: 1 / rank of the first fitting photo, 0 where it is past ``k``.

    Voorhees: The TREC-8 Question Answering Track Report (1999); ``recip_rank`` of trec_eval.
    """

    family: ClassVar[str] = "MRR"

    def of(self, judged: Judged) -> NDArray[np.float64]:
        """1 / rank."""
        reach = np.inf if self.cutoff is None else self.cutoff
        return np.where(judged.first_rank <= reach, 1 / judged.first_rank, 0.0)
