"""Convex combination over theoretical bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.search.fusion.weighted import weighted_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.search.fusion.scale import Scale


def convex(
    signals: Mapping[str, Mapping[str, float]], weights: Mapping[str, float], scales: Mapping[str, Scale]
) -> dict[str, float]:
    """Each raw value on the way from the least there can be (0) to the largest found (1); weights sum to 1.

    TM2C2 of Bruch, Gai & Ingber: An Analysis of Fusion Functions for Hybrid Retrieval (ACM TOIS 42, 2023), for any
    number of signals.

    >>> convex({"words": {"a": 8.0, "b": 4.0}, "date": {"b": 1.0}}, {"words": 3.0, "date": 1.0}, {})
    {'a': 0.75, 'b': 0.625}
    """
    whole = sum(weights.get(name, 1.0) for name in signals)
    shares = {name: weights.get(name, 1.0) / whole for name in signals} if whole else {}
    return weighted_sum(signals, shares or dict.fromkeys(signals, 0.0), scales, _theoretical)


def _theoretical(scores: Mapping[str, float], scale: Scale) -> Callable[[float], float]:
    width = max(scores.values()) - scale.least
    return lambda raw: (raw - scale.least) / width if width > 0 else 0.0
