"""The weighted sum that most fusions are, over values that each makes comparable in its own way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from picdesk.search.fusion.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Comparable = Callable[[Mapping[str, float], Scale], Callable[[float], float]]


def weighted_sum(
    signals: Mapping[str, Mapping[str, float]],
    weights: Mapping[str, float],
    scales: Mapping[str, Scale],
    comparable: Comparable,
) -> dict[str, float]:
    """The sum over signals of weight times comparable value.

    A photo that a dense signal did not name counts as its last one named; of a sparse signal it counts 0.

    Args:
        signals: signal's name -> photo id -> raw value.
        weights: signal's name -> weight, 0 or more; 1 where none is given.
        scales: signal's name -> its scale; a sparse one from 0 where none is given.
        comparable: given a signal's raw values and scale, makes the function that one raw value goes through.
    """
    parts: dict[str, list[float]] = {photo: [] for scores in signals.values() for photo in scores}
    for name, scores in signals.items():
        weight, scale = weights.get(name, 1.0), scales.get(name, Scale())
        if not scores or not weight:
            continue
        value = comparable(scores, scale)
        missing = weight * value(min(scores.values())) if scale.dense else 0.0
        for photo, kept in parts.items():
            raw = scores.get(photo)
            kept.append(missing if raw is None else weight * value(raw))
    # Summed without rounding error in between, so that the order in which signals come changes nothing.
    return {photo: math.fsum(kept) for photo, kept in parts.items()}
