"""What signals say about articles whose photo is known, kept so that weights can be tried in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.search.fusion import FUSIONS, Scale
from picdesk.search.signals.of_many import answers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from picdesk.search.signals.of_many import Source

    Floats = NDArray[np.float64]

DEPTH = 100
"""Ranks that count: the measure is MRR@100."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Candidates of many articles, by every fusion.

    Every fusion is a weighted sum of what it makes of each signal's values, so these are kept, and a weighting is one
    matrix product.

    Attributes:
        articles: how many, those whose photo no signal named included.
        numbers: ``(a,)`` which articles have their photo among the candidates.
        starts: ``(a,)`` where the candidates of each of these begin.
        fitting: ``(m,)`` whether a candidate fits.
        before: ``(m,)`` place of the candidate among its article's, by id, which decides between equal scores.
        parts: fusion's name -> ``(s, m)`` what it makes of the signals' values.
        alone: ``(s, n)`` reciprocal rank of every article's photo by each signal alone.
        names: of the signals.
    """

    articles: int
    numbers: NDArray[np.int64]
    starts: NDArray[np.int64]
    fitting: NDArray[np.bool_]
    before: NDArray[np.int64]
    parts: Mapping[str, NDArray[np.float32]]
    alone: Floats
    names: tuple[str, ...]

    def reciprocal_ranks(self, fusion: str, weights: Floats) -> Floats:
        """``(n,)`` reciprocal rank of the best placed fitting photo of every article; 0 past ``DEPTH``.

        Args:
            fusion: one of ``FUSIONS``.
            weights: ``(s,)`` of the signals.
        """
        found = np.zeros(self.articles)
        if not len(self.numbers):
            return found
        scores = weights.astype(np.float32) @ self.parts[fusion]
        sizes = np.diff(np.append(self.starts, len(scores)))
        best = np.maximum.reduceat(np.where(self.fitting, scores, -np.inf), self.starts)
        level = scores == np.repeat(best, sizes)
        last = int(self.before.max()) + 1
        first = np.minimum.reduceat(np.where(level & self.fitting, self.before, last), self.starts)
        ahead = (scores > np.repeat(best, sizes)) | (level & (self.before < np.repeat(first, sizes)))
        ranks = 1 + np.add.reduceat(ahead.astype(np.int64), self.starts)
        found[self.numbers] = np.where(ranks <= DEPTH, 1 / ranks, 0.0)
        return found


def pairs_of(
    sources: Sequence[Source], fitting: Sequence[frozenset[str]], progress: Callable[[int], None] = lambda _: None
) -> Pairs:
    """Ask all signals about all articles.

    Args:
        sources: the signals, each with an answer for every article.
        fitting: ids of the photos that fit each article.
        progress: called with the number of articles done so far.

    Raises:
        InputError: no signal names a fitting photo of any article.
    """
    names = tuple(source.name for source in sources)
    numbers, sizes = list[int](), list[int]()
    fits: list[NDArray[np.bool_]] = []
    before: list[NDArray[np.int64]] = []
    parts: dict[str, list[NDArray[np.float32]]] = {fusion: [] for fusion in FUSIONS}
    alone = np.zeros((len(sources), len(fitting)))
    nothing: tuple[dict[str, float], Scale] = {}, Scale()
    for number, answers in enumerate(answers_of(sources)):
        said = {name: answers.get(name, nothing) for name in names}
        scores = {name: values for name, (values, _) in said.items()}
        alone[:, number] = [reciprocal_rank_of(values, fitting[number]) for values in scores.values()]
        ids = sorted({photo for values in scores.values() for photo in values})
        there = np.array([photo in fitting[number] for photo in ids], dtype=bool)
        if there.any():
            numbers.append(number)
            sizes.append(len(ids))
            fits.append(there)
            before.append(np.arange(len(ids)))
            scales = {name: scale for name, (_, scale) in said.items()}
            for fusion, kept in parts.items():
                kept.append(_parts(fusion, scores, scales, ids))
        progress(number + 1)
    if not numbers:
        raise InputError(
            "no signal finds a fitting photo of any article",
            "Check that ARTICLES, --truth and the archive belong together: names of photos as the archive has them.",
        )
    return Pairs(
        articles=len(fitting),
        numbers=np.array(numbers),
        starts=np.concatenate([[0], np.cumsum(sizes[:-1], dtype=np.int64)]).astype(np.int64),
        fitting=np.concatenate(fits),
        before=np.concatenate(before),
        parts={fusion: np.concatenate(kept, axis=1) for fusion, kept in parts.items()},
        alone=alone,
        names=names,
    )


def reciprocal_rank_of(values: Mapping[str, float], fitting: frozenset[str]) -> float:
    """Of the best placed fitting photo, in the order of the house; 0 where none is among the first ``DEPTH``.

    >>> reciprocal_rank_of({"a": 3.0, "b": 2.0, "c": 2.0}, frozenset("c"))
    0.3333333333333333
    """
    named = [(-value, photo) for photo, value in values.items() if photo in fitting]
    if not named:
        return 0.0
    best = min(named)
    rank = 1 + sum((-value, photo) < best for photo, value in values.items())
    return 1 / rank if rank <= DEPTH else 0.0


def _parts(
    fusion: str, scores: Mapping[str, Mapping[str, float]], scales: Mapping[str, Scale], ids: Sequence[str]
) -> NDArray[np.float32]:
    """``(s, m)``: what a fusion makes of each signal's values, by itself with all others weighing nothing."""
    join = FUSIONS[fusion]
    rows = np.zeros((len(scores), len(ids)), dtype=np.float32)
    for row, name in enumerate(scores):
        joined = join(scores, {other: float(other == name) for other in scores}, scales)
        rows[row] = [joined[photo] for photo in ids]
    return rows
