"""The articles that two runs treat most differently: the greatest wins and the greatest losses."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.evaluate.figures import minus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SHOWN = 10
"""Wins, and losses, that are listed where nothing else is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """One article in two runs.

    Attributes:
        article: its id.
        before: the measure's value in the first run.
        after: the same in the second run.
        rank_before: rank of the best placed fitting photo in the first run, 1 for the top; ``None`` if not ranked.
        rank_after: the same in the second run.
    """

    article: str
    before: float
    after: float
    rank_before: int | None
    rank_after: int | None


@dataclass(frozen=True, slots=True)
class Extremes:
    """The greatest wins of the second run over the first, and its greatest losses, the greatest first.

    Attributes:
        before: name of the first run.
        after: name of the second run.
        measure: by which the articles were ordered.
        wins: articles that gained.
        losses: articles that lost.
    """

    before: str
    after: str
    measure: str
    wins: tuple[Extreme, ...]
    losses: tuple[Extreme, ...]


def extremes(
    articles: Sequence[str],
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    ranks: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    names: tuple[str, str],
    measure: str,
    less_is_better: bool = False,
    count: int = SHOWN,
) -> Extremes:
    """Find the articles whose value changed most.

    Equal changes are ordered by the change of the reciprocal rank, then by id. Articles whose value stayed are never
    listed, so that two equal runs have neither wins nor losses.

    Args:
        articles: ``n`` ids.
        values: ``(n,)`` the measure in the first and in the second run.
        ranks: ``(n,)`` ranks of the best fitting photo in both; 0 where none is ranked.
        names: what the two runs are called.
        measure: what the measure is called.
        less_is_better: whether a fall of the value is a win.
        count: the most wins, and the most losses, to list.
    """
    before, after = values
    rise = minus(after, before)
    gain = -rise if less_is_better else rise
    nearer = _reciprocal(ranks[1]) - _reciprocal(ranks[0])

    def listed(sign: int) -> tuple[Extreme, ...]:
        rows = np.flatnonzero(gain * sign > 0).tolist()
        first = heapq.nsmallest(count, rows, key=lambda row: (-sign * gain[row], -sign * nearer[row], articles[row]))
        return tuple(
            Extreme(
                article=articles[row],
                before=float(before[row]),
                after=float(after[row]),
                rank_before=int(ranks[0][row]) or None,
                rank_after=int(ranks[1][row]) or None,
            )
            for row in first
        )

    return Extremes(names[0], names[1], measure, listed(1), listed(-1))


def _reciprocal(ranks: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(ranks > 0, 1 / np.maximum(ranks, 1), 0.0)
