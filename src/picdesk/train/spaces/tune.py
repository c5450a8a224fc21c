"""The settings of a solved space that are best on held-back pairs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from picdesk.train.measure import mean_reciprocal_rank, ranks
from picdesk.train.spaces.memory import solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from picdesk.train.spaces.memory import Basis, MemorySettings

GRID: dict[str, tuple[float, ...]] = {
    "text_temperature": (0.04, 0.08, 0.16),
    "photo_temperature": (0.03, 0.06, 0.12),
    "photo_ridge": (0.1, 0.3, 1.0, 3.0),
    "text_ridge": (1.0, 3.0, 10.0),
    "power": (0.5, 1.0),
}
"""What is tried, one setting after the other."""


def tune(
    texts: Basis,
    photos: Basis,
    held_texts: NDArray[np.float32],
    held_photos: NDArray[np.float32],
    right: NDArray[np.int64],
    settings: MemorySettings,
) -> tuple[MemorySettings, float, int]:
    """Choose settings, one after the other, each with the others as they are best so far.

    Args:
        texts: of the pairs that are learned from.
        photos: of the same.
        held_texts: ``(n, d)`` features of the held-back texts.
        held_photos: ``(m, d)`` features of their photos, each once.
        right: ``(n,)``, each text's photo among them.
        settings: to begin with.

    Returns:
        The best settings, their MRR on the held-back pairs, and how many were tried.
    """
    tried: dict[MemorySettings, float] = {}

    def score(candidate: MemorySettings) -> float:
        if candidate not in tried:
            text, photo = solve(texts, photos, candidate)
            tried[candidate] = mean_reciprocal_rank(ranks(text(held_texts), photo(held_photos), right))
        return tried[candidate]

    best = settings
    score(best)
    for name, values in GRID.items():
        for value in values:
            candidate = replace(best, **{name: value})  # type: ignore[arg-type]
            if score(candidate) > score(best):
                best = candidate
    return best, score(best), len(tried)
