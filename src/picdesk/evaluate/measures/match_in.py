"""How many articles have their photo among the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from picdesk.evaluate.measures.measure import Measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class MatchIn(Measure):
    """``matchIn100``: the number of articles with a fitting photo among the first 100; no share.

    The papers of NewsImages report it; the organisers' evaluator of 2021 calls it ``correctIn100``.
    """

    family: ClassVar[str] = "matchIn"

    @property
    def name(self) -> str:
        """As people write it: ``matchIn100``."""
        return f"{self.family}{self.cutoff or ''}"

    def of(self, judged: Judged) -> NDArray[np.float64]:
        """1 or 0."""
        return (judged.hits(self.cutoff) > 0).astype(np.float64)

    def weighted(self, values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """The sum."""
        return counts @ values

    def shown(self, mean: float) -> str:
        """A number of articles."""
        return f"{mean:,.0f}"
