"""What each signal adds to a fused score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.search.fusion import fusion_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.search.fusion import Scale

_SHARED = frozenset({"convex"})
"""Fusions that divide by the sum of all weights."""


def contributions(
    fusion: str,
    signals: Mapping[str, Mapping[str, float]],
    weights: Mapping[str, float],
    scales: Mapping[str, Scale],
    photos: Sequence[str],
) -> list[dict[str, float]]:
    """For each photo, what each signal adds to its score; together they are the score.

    Every fusion is a sum over signals, so a signal's part is what is left where all others weigh nothing.

    Args:
        fusion: a key of ``FUSIONS``.
        signals: signal -> photo -> raw value.
        weights: of the signals; 1 where none is given.
        scales: of the signals.
        photos: ids.

    Raises:
        InputError: no such fusion.
    """
    join = fusion_named(fusion)
    given = {name: weights.get(name, 1.0) for name in signals}
    whole = sum(given.values())
    parts: list[dict[str, float]] = [{} for _ in photos]
    for name, weight in given.items():
        alone = join(signals, {other: weight if other == name else 0.0 for other in signals}, scales)
        share = (weight / whole if whole else 0.0) if fusion in _SHARED else 1.0
        for part, photo in zip(parts, photos, strict=True):
            part[name] = share * alone.get(photo, 0.0)
    return parts
