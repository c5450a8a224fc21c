"""Success."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from picdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class Success(Measure):
    """``Success@k``: 1 where a fitting photo is among the first ``k``, else 0; ``success`` of trec_eval."""

    family: ClassVar[str] = "Success"

    def of(self, judged: Judged) -> NDArray[np.float64]:
        """1 or 0."""
        return (judged.hits(self.cutoff) > 0).astype(np.float64)
