"""Several rankings become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RRF_CONSTANT = 60


def reciprocal_rank_fusion(rankings: Iterable[Sequence[str]], constant: int = RRF_CONSTANT) -> dict[str, float]:
    """Score of each id: the sum over rankings of 1 / (constant + rank), best rank 1.

    Cormack, Clarke & Büttcher: Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods
    (SIGIR 2009), with their constant 60.

    >>> reciprocal_rank_fusion([["a", "b"], ["b"]], constant=1)
    {'a': 0.5, 'b': 0.8333333333333333}
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, photo in enumerate(ranking, start=1):
            scores[photo] = scores.get(photo, 0.0) + 1 / (constant + rank)
    return scores


def in_order(scores: dict[str, float]) -> list[str]:
    """Ids by score, equal scores by id: the one order of the house.

    >>> in_order({"b": 1.0, "a": 1.0, "c": 2.0})
    ['c', 'a', 'b']
    """
    return sorted(scores, key=lambda photo: (-scores[photo], photo))
