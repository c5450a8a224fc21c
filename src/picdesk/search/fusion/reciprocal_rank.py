"""Reciprocal ranks, summed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from picdesk.search.fusion.order import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picdesk.search.fusion.scale import Scale

CONSTANT = 60


def reciprocal_rank(
    signals: Mapping[str, Mapping[str, float]],
    weights: Mapping[str, float],
    scales: Mapping[str, Scale],
    constant: int = CONSTANT,
) -> dict[str, float]:
    """The sum over signals of weight / (constant + rank), best rank 1; raw values count by their order alone.

    Cormack, Clarke & Büttcher: Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods
    (SIGIR 2009), with their constant 60.

    >>> reciprocal_rank({"words": {"a": 7.0, "b": 3.0}, "clip": {"b": 0.3}}, {}, {}, constant=1)
    {'a': 0.5, 'b': 0.8333333333333333}
    """
    del scales  # ranks have none
    parts: dict[str, list[float]] = {}
    for name, scores in signals.items():
        weight = weights.get(name, 1.0)
        for rank, photo in enumerate(in_order(scores), start=1):
            parts.setdefault(photo, []).append(weight / (constant + rank))
    return {photo: math.fsum(kept) for photo, kept in parts.items()}
