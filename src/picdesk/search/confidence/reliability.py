"""How far probabilities can be believed: Brier score, expected calibration error, reliability diagram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The hits whose probability lies between two bounds.

    Attributes:
        low: lower bound.
        high: upper bound.
        hits: how many.
        said: mean of their probabilities.
        seen: share of them that fit.
    """

    low: float
    high: float
    hits: int
    said: float
    seen: float


def brier_score(probabilities: Floats, labels: Floats) -> float:
    """Mean squared difference of probabilities ``(n,)`` and labels ``(n,)`` (Brier 1950); 0 is best."""
    return float(np.mean((probabilities - labels) ** 2))


def reliability(probabilities: Floats, labels: Floats, bins: int = BINS) -> tuple[Bin, ...]:
    """What was said and what was seen, in bins of equal width; empty bins are left out.

    Args:
        probabilities: ``(n,)``, 0 to 1.
        labels: ``(n,)``, 0 to 1.
        bins: how many.
    """
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    found = []
    for place in np.unique(places).tolist():
        inside = places == place
        said, seen = float(probabilities[inside].mean()), float(labels[inside].mean())
        found.append(Bin(place / bins, (place + 1) / bins, int(inside.sum()), said, seen))
    return tuple(found)


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Mean over hits of the difference of said and seen of their bin (Naeini et al., AAAI 2015); 0 is best."""
    hits = sum(each.hits for each in bins)
    return sum(each.hits * abs(each.said - each.seen) for each in bins) / hits if hits else 0.0


def diagram(bins: Sequence[Bin], width: int = 40) -> str:
    """A reliability diagram in letters: a bar of what was seen, and ``|`` where the bar of honest numbers would end.

    >>> print(diagram([Bin(0.0, 0.1, 90, 0.05, 0.0), Bin(0.6, 0.7, 10, 0.65, 0.5)], width=20))
    said            hits     said     seen
      0 -  10 %       90    5.0 %    0.0 % |
     60 -  70 %       10   65.0 %   50.0 % ##########  |
    """
    lines = [f"{'said':12}{'hits':>8}{'said':>9}{'seen':>9}"]
    for each in bins:
        mark = min(max(round(each.said * width), 1), width) - 1
        bar = list(("#" * round(each.seen * width)).ljust(width))
        bar[mark] = "|"
        span = f"{each.low * 100:3.0f} - {each.high * 100:3.0f} %"
        figures = f"{each.hits:>9,}{each.said * 100:>7.1f} %{each.seen * 100:>7.1f} %"
        lines.append(f"{span}{figures} {''.join(bar)}".rstrip())
    return "\n".join(lines)
