"""What a measure is: a value such as ``MRR@100`` that turns a judged run into one number an article."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.evaluate.measures.judged import Judged


@dataclass(frozen=True, slots=True)
class Measure(ABC):
    """A measure, with its cutoff.

    Attributes:
        cutoff: how many photos of an article are looked at; ``None`` for all that the run has.
    """

    family: ClassVar[str]
    """What stands before the cutoff in the name."""
    less_is_better: ClassVar[bool] = False

    cutoff: int | None = None

    @property
    def name(self) -> str:
        """As people write it: ``MRR@100``."""
        return self.family if self.cutoff is None else f"{self.family}@{self.cutoff}"

    @abstractmethod
    def of(self, judged: Judged) -> NDArray[np.float64]:
        """One value an article of the truth: ``(n,)``, in the order of ``judged.articles``. Missing articles have 0."""

    def mean(self, values: NDArray[np.float64]) -> float:
        """The values of all articles as one number."""
        return float(self.weighted(values, np.ones((1, len(values)), np.int64))[0])

    def weighted(self, values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same, of samples in which the articles occur several times or not at all.

        Args:
            values: ``(n,)``.
            counts: ``(b, n)`` how often each article occurs in each of ``b`` samples.

        Returns:
            ``(b,)``.
        """
        means: NDArray[np.float64] = (counts @ values) / counts.sum(axis=1)
        return means

    def shown(self, mean: float) -> str:
        """The figure for people."""
        return f"{mean:.4f}"
