"""How fast it is learned, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from picdesk.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The share of the full learning rate that a step gets: a product of its parts, each of which may stay out.

    Attributes:
        warm_up: share of all steps over which the rate rises from nothing, in a straight line.
        cosine: whether it then falls to nothing as half a cosine (Loshchilov & Hutter, ICLR 2017).
        decay: factor after every epoch; 1 for none.
        halve_after: measurements without a better one after which the rate is halved; ``None`` for never.
    """

    warm_up: float = 0.0
    cosine: bool = False
    decay: float = 1.0
    halve_after: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.warm_up < 1:
            raise InputError(f"a warm-up over {self.warm_up} of all steps", "Give a share from 0 to under 1.")
        if not 0 < self.decay <= 1:
            raise InputError(f"a decay of {self.decay} an epoch", "Give a factor over 0 and up to 1.")
        if self.halve_after is not None and self.halve_after < 1:
            raise InputError(f"halving after {self.halve_after} measurements", "Give 1 or more.")

    def share(self, step: int, steps: int, epoch: int, halvings: int) -> float:
        """Of the full rate.

        Args:
            step: from 0.
            steps: in the whole run.
            epoch: from 0.
            halvings: how often the rate was halved so far.

        >>> Schedule(warm_up=0.5).share(0, 4, 0, 0), Schedule(decay=0.9).share(7, 8, 1, 1)
        (0.5, 0.45)
        """
        warm = math.ceil(self.warm_up * steps)
        if step < warm:
            return (step + 1) / warm
        share = self.decay**epoch * 0.5**halvings
        if self.cosine:
            share *= (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm))) / 2
        return share
