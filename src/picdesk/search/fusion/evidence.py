"""The sum of evidence: BM25 as it is, and how far a cosine stands out of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.search.fusion.weighted import weighted_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from picdesk.search.fusion.scale import Scale


def evidence(
    signals: Mapping[str, Mapping[str, float]], weights: Mapping[str, float], scales: Mapping[str, Scale]
) -> dict[str, float]:
    """Each raw value less its mean over the archive, by its standard deviation there, weighted and summed.

    BM25 comes from log odds that a photo is relevant (Robertson & Zaragoza 2009) and has mean 0 and deviation 1 here:
    it counts as it is, so that words which met strongly outvote an encoder and words which barely met do not. A
    standardised cosine times the distance between fitting and other photos, in standard deviations, is up to a constant
    the log odds of two normal distributions of one width. Log odds of independent signals may be summed.

    >>> from picdesk.search.fusion import Scale
    >>> clip = Scale(least=-1.0, mean=0.1, deviation=0.1, dense=True)
    >>> scores = evidence({"words": {"a": 5.0}, "clip": {"a": 0.2, "b": 0.4}}, {"clip": 2.0}, {"clip": clip})
    >>> {photo: round(score, 6) for photo, score in scores.items()}
    {'a': 7.0, 'b': 6.0}
    """
    return weighted_sum(signals, weights, scales, _standing_out)


def _standing_out(_: Mapping[str, float], scale: Scale) -> Callable[[float], float]:
    return lambda raw: (raw - scale.mean) / scale.deviation
