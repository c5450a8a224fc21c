"""How well texts find their photos: what a run is judged by while it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

DEPTH = 100
_BLOCK = 1024


def ranks(texts: NDArray[np.float32], photos: NDArray[np.float32], right: NDArray[np.int64]) -> NDArray[np.int64]:
    """At which place each text finds its photo among all photos.

    Args:
        texts: ``(n, d)``, unit rows.
        photos: ``(m, d)``, unit rows, each photo once.
        right: ``(n,)``, the row of each text's photo.

    Returns:
        ``(n,)``, 1 for the best. Of equal scores the earlier row comes first.

    Raises:
        InputError: a vector is not finite, so that nothing can be ranked.
    """
    places = [np.empty(0, np.int64)]
    for start in range(0, len(texts), _BLOCK):
        rows = right[start : start + _BLOCK]
        scores = texts[start : start + _BLOCK] @ photos.T
        if not np.isfinite(scores).all():
            raise InputError("the vectors are not finite", "Train with a smaller --rate.")
        own = np.take_along_axis(scores, rows[:, None], axis=1)
        ties = (scores == own) & (np.arange(len(photos)) < rows[:, None])
        places.append(1 + (scores > own).sum(axis=1) + ties.sum(axis=1))
    return np.concatenate(places)


def mean_reciprocal_rank(places: NDArray[np.int64], depth: int = DEPTH) -> float:
    """MRR@depth of places from `ranks`; a photo further down counts 0."""
    return float(np.where(places <= depth, 1 / places, 0).mean()) if len(places) else 0.0


def figures(places: NDArray[np.int64]) -> dict[str, float]:
    """What a model card says: MRR@100 and recall at 1, 10 and 100."""
    recalls = {f"R@{depth}": float((places <= depth).mean()) for depth in (1, 10, 100)}
    return {f"MRR@{DEPTH}": mean_reciprocal_rank(places)} | recalls


def by_photo(ids: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs, some of one photo: which pairs bring the photos, each once, and which of those each pair has.

    >>> [list(map(int, rows)) for rows in by_photo(["a", "b", "a"])]
    [[0, 1], [0, 1, 0]]
    """
    first: dict[str, int] = {}
    right = [first.setdefault(photo, len(first)) for photo in ids]
    seen: Mapping[int, int] = {number: row for row, number in reversed(list(enumerate(right)))}
    return np.array([seen[number] for number in range(len(first))], np.int64), np.array(right, np.int64)
