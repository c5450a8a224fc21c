"""What became of each article's photo between two runs: nearer to the top, further down, found, lost.

As Table 4 of the WiSE-FT paper for NewsImages counts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ranks = NDArray[np.int64]

DEPTH = 100
"""Places of a run that count, where nothing else is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankChange:
    """The change of rank from a first run to a second, over the same articles.

    An article's rank is that of its best placed fitting photo, 1 for the top; an article is *found* where that rank is
    at most ``depth``. The six counts add up to the number of articles.

    Attributes:
        before: name of the first run.
        after: name of the second run.
        depth: places of each run that count.
        improved: articles found by both, nearer to the top in the second run.
        decreased: articles found by both, further down in the second run.
        unchanged: articles found by both at the same rank.
        mean_improvement: mean of (first rank - second rank) over the improved, in places; ``None`` without any.
        mean_decrease: mean of (second rank - first rank) over the decreased, in places; ``None`` without any.
        newly_found: articles that only the second run finds.
        lost: articles that only the first run finds.
        never_found: articles that neither finds.
    """

    before: str
    after: str
    depth: int
    improved: int
    decreased: int
    unchanged: int
    mean_improvement: float | None
    mean_decrease: float | None
    newly_found: int
    lost: int
    never_found: int


def rank_change(before: Ranks, after: Ranks, *, names: tuple[str, str], depth: int = DEPTH) -> RankChange:
    """Count what became of the articles.

    Args:
        before: ``(n,)`` each article's rank in the first run; 0 where no fitting photo is ranked.
        after: ``(n,)`` the same for the second run, articles in the same order.
        names: what the two runs are called.
        depth: ranks past it count as not found.

    >>> import numpy as np
    >>> change = rank_change(np.array([9, 2, 4, 0]), np.array([1, 5, 4, 3]), names=("old", "new"))
    >>> change.improved, change.mean_improvement, change.decreased, change.mean_decrease, change.newly_found
    (1, 8.0, 1, 3.0, 1)
    """
    first, second = ((ranks > 0) & (ranks <= depth) for ranks in (before, after))
    rise = (before - after)[first & second]
    return RankChange(
        before=names[0],
        after=names[1],
        depth=depth,
        improved=int((rise > 0).sum()),
        decreased=int((rise < 0).sum()),
        unchanged=int((rise == 0).sum()),
        mean_improvement=_mean(rise[rise > 0]),
        mean_decrease=_mean(-rise[rise < 0]),
        newly_found=int((second & ~first).sum()),
        lost=int((first & ~second).sum()),
        never_found=int((~first & ~second).sum()),
    )


def _mean(places: Ranks) -> float | None:
    return float(places.mean()) if len(places) else None
