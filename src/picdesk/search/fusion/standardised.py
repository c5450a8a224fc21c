"""Weighted sum of values standardised among those that a signal named."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from picdesk.search.fusion.scale import Scale
from picdesk.search.fusion.weighted import weighted_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def standardised(
    signals: Mapping[str, Mapping[str, float]], weights: Mapping[str, float], scales: Mapping[str, Scale]
) -> dict[str, float]:
    """Each raw value less the mean of the signal's values, by their standard deviation (z-score), weighted and summed.

    Where all values of a signal are one, it says nothing. Of a sparse signal, a photo that was not named counts as the
    least there can be, as in the other values.

    >>> standardised({"clip": {"a": 0.75, "b": 0.25}}, {"clip": 2.0}, {})
    {'a': 2.0, 'b': -2.0}
    """
    everyone = [photo for scores in signals.values() for photo in scores]
    filled = {name: _filled(scores, everyone, scales.get(name, Scale())) for name, scores in signals.items()}
    return weighted_sum(filled, weights, scales, _z)


def _filled(scores: Mapping[str, float], everyone: Sequence[str], scale: Scale) -> dict[str, float]:
    """A sparse signal with the photos that it did not name."""
    return dict(scores) if scale.dense or not scores else dict.fromkeys(everyone, scale.least) | dict(scores)


def _z(scores: Mapping[str, float], _: Scale) -> Callable[[float], float]:
    mean, spread = statistics.fmean(scores.values()), statistics.pstdev(scores.values())
    return lambda raw: (raw - mean) / spread if spread > 0 else 0.0
