"""Weighted sum of values stretched between the smallest and the largest that a signal named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.search.fusion.weighted import weighted_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.search.fusion.scale import Scale


def min_max(
    signals: Mapping[str, Mapping[str, float]], weights: Mapping[str, float], scales: Mapping[str, Scale]
) -> dict[str, float]:
    """Each raw value on the way from a signal's smallest (0) to its largest (1), weighted and summed.

    A sparse signal's smallest is the least there can be, which photos that it did not name have.

    >>> min_max({"words": {"a": 8.0, "b": 4.0}}, {}, {})
    {'a': 1.0, 'b': 0.5}
    """
    return weighted_sum(signals, weights, scales, _stretched)


def _stretched(scores: Mapping[str, float], scale: Scale) -> Callable[[float], float]:
    low = min(scores.values()) if scale.dense else scale.least
    width = max(scores.values()) - low
    return lambda raw: (raw - low) / width if width > 0 else 0.0
