"""Runs beside one another: which is better, by how much, where, and whether chance explains it."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.evaluate.contests import Field, corrected, group
from picdesk.evaluate.evaluate import DEFAULT
from picdesk.evaluate.extremes import extremes
from picdesk.evaluate.measures import judge, parse_measure
from picdesk.evaluate.rank_change import DEPTH, rank_change
from picdesk.evaluate.significance import LEVEL, ROUNDS
from picdesk.evaluate.slices import slice_articles
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.evaluate.article_list import ArticleList
    from picdesk.evaluate.contests import Group
    from picdesk.evaluate.extremes import Extremes
    from picdesk.evaluate.measures import Measure
    from picdesk.evaluate.rank_change import RankChange
    from picdesk.records import Run, Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceTable:
    """The runs on every slice of the articles.

    Attributes:
        by: what the articles are sliced by.
        groups: one a slice.
    """

    by: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Runs beside one another.

    Attributes:
        runs: as they were given.
        truth: which photos fit.
        measures: names, the first being the one that wins and losses are ordered by.
        less_is_better: for each measure, whether a small value is a good one.
        baseline: name of the run that all others stand against; ``None`` where every pair was tested.
        articles: ids, in the order of ``ranks``.
        ranks: ``(r, n)`` int64: rank of the best placed fitting photo, 1 for the top, 0 where none is ranked.
        overall: the runs on all articles.
        slices: the runs on parts of the articles.
        changes: what became of the articles' ranks, pair by pair.
        extremes: the greatest wins and losses, pair by pair.
        listed: what is known of the articles; ``None`` where no list was given.
        rounds: random sign patterns, and resamples.
        level: coverage of the intervals; 1 minus it is what a corrected p-value has to stay below.
        seed: what the patterns and resamples were drawn with.
        notes: what the reader should know.
    """

    runs: tuple[Run, ...]
    truth: Truth
    measures: tuple[str, ...]
    less_is_better: tuple[bool, ...]
    baseline: str | None
    articles: tuple[str, ...]
    ranks: NDArray[np.int64]
    overall: Group
    slices: tuple[SliceTable, ...]
    changes: tuple[RankChange, ...]
    extremes: tuple[Extremes, ...]
    listed: ArticleList | None
    rounds: int
    level: float
    seed: int
    notes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the runs are called."""
        return tuple(run.name for run in self.runs)


def compare(
    runs: Sequence[Run],
    truth: Truth,
    *,
    measures: Sequence[Measure | str] = DEFAULT,
    baseline: str | None = None,
    listed: ArticleList | None = None,
    by: Sequence[str] = (),
    ignore_unknown: bool = False,
    depth: int = DEPTH,
    rounds: int = ROUNDS,
    level: float = LEVEL,
    seed: int = 0,
) -> Comparison:
    """Compare runs article by article.

    Every pair of runs is tested, or every run against ``baseline``, by each measure: the paired randomisation test,
    corrected by Holm's method over the pairs of a measure, and the paired bootstrap. In a table of slices the family is
    all pairs in all slices. An article that a run lacks counts as nothing found.

    Args:
        runs: two or more, each of its own name.
        truth: which photos fit which articles; its articles are those that count.
        measures: such as ``MRR@100``; wins and losses are ordered by the first.
        baseline: name of one of the runs.
        listed: headlines and columns of the articles.
        by: columns of ``listed``, or what follows from them (see ``slice_articles``); one table of slices each.
        ignore_unknown: leave out articles of a run that the truth does not have, instead of raising.
        depth: ranks that count as found when ranks are compared.
        rounds: random sign patterns, and resamples.
        level: coverage of the intervals; a difference is significant where its corrected p-value is below 1 - level.
        seed: what patterns and resamples are drawn with; the same seed gives the same numbers.

    Raises:
        InputError: fewer than two runs, two of one name, a baseline that is none of them, an unknown measure, column or
            article.
    """
    names = tuple(run.name for run in runs)
    _check(names, measures, baseline, by, listed)
    asked = (parse_measure(measure) if isinstance(measure, str) else measure for measure in measures)
    chosen = tuple({measure.name: measure for measure in asked}.values())  # each once: Holm counts tests
    pairs = _pairs(names, baseline)
    values, ranks, articles, notes = _judged(runs, truth, chosen, ignore_unknown)
    field = Field(runs=names, measures=chosen, pairs=pairs, values=values, rounds=rounds, level=level, seed=seed)
    (overall,) = corrected([group(field, "", slice(None))])
    return Comparison(
        runs=tuple(runs),
        truth=truth,
        measures=tuple(measure.name for measure in chosen),
        less_is_better=tuple(measure.less_is_better for measure in chosen),
        baseline=baseline,
        articles=articles,
        ranks=ranks,
        overall=overall,
        slices=tuple(_sliced(field, articles, listed, column) for column in by if listed),
        changes=_changes(names, pairs, ranks, depth),
        extremes=_extremes(field, ranks, articles),
        listed=listed,
        rounds=rounds,
        level=level,
        seed=seed,
        notes=(*truth.notes, *notes, *_equals(names, values, pairs), *(listed.notes if listed else ())),
    )


def _changes(
    names: Sequence[str], pairs: Sequence[tuple[int, int]], ranks: NDArray[np.int64], depth: int
) -> tuple[RankChange, ...]:
    return tuple(
        rank_change(ranks[first], ranks[second], names=(names[first], names[second]), depth=depth)
        for first, second in pairs
    )


def _extremes(field: Field, ranks: NDArray[np.int64], articles: Sequence[str]) -> tuple[Extremes, ...]:
    measure = field.measures[0]
    return tuple(
        extremes(
            articles,
            (field.values[first, 0], field.values[second, 0]),
            (ranks[first], ranks[second]),
            names=(field.runs[first], field.runs[second]),
            measure=measure.name,
            less_is_better=measure.less_is_better,
        )
        for first, second in field.pairs
    )


def _check(
    names: Sequence[str],
    measures: Sequence[object],
    baseline: str | None,
    by: Sequence[str],
    listed: ArticleList | None,
) -> None:
    if len(names) < 2:
        raise InputError(f"{len(names)} run cannot be compared", "Give two runs or more.")
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError(f"two runs are called {repeated[0]!r}", "Give each run a name of its own.")
    if baseline is not None and baseline not in names:
        raise InputError(
            f"the baseline {baseline!r} is none of the runs", f"The runs are: {', '.join(map(printable, names))}."
        )
    if not measures:
        raise InputError("no measure to compare by", f"The usual ones: {','.join(DEFAULT)}.")
    if by and listed is None:
        raise InputError(f"nothing says what {by[0]!r} is of the articles", "Give a list of the articles.")


def _pairs(names: Sequence[str], baseline: str | None) -> tuple[tuple[int, int], ...]:
    if baseline is None:
        return tuple(itertools.combinations(range(len(names)), 2))
    first = names.index(baseline)
    return tuple((first, second) for second in range(len(names)) if second != first)


def _judged(
    runs: Sequence[Run], truth: Truth, measures: Sequence[Measure], ignore_unknown: bool
) -> tuple[NDArray[np.float64], NDArray[np.int64], tuple[str, ...], list[str]]:
    """``(r, m, n)`` values, ``(r, n)`` ranks, ``n`` articles, and what is odd about the runs."""
    values = np.empty((len(runs), len(measures), len(truth.gains)))
    ranks = np.empty((len(runs), len(truth.gains)), dtype=np.int64)
    articles: tuple[str, ...] = ()
    notes = []
    for number, run in enumerate(runs):
        judged = judge(run, truth, ignore_unknown=ignore_unknown)
        articles = judged.articles
        values[number] = [measure.of(judged) for measure in measures]
        ranks[number] = np.where(np.isfinite(judged.first_rank), judged.first_rank, 0)
        if judged.missing:
            notes.append(f"{run.name} lacks {judged.missing:,} of the {len(articles):,} articles; they are not found")
        if judged.unknown:
            notes.append(f"{run.name}: {judged.unknown:,} articles that the truth does not have are left out")
    return values, ranks, articles, notes


def _sliced(field: Field, articles: Sequence[str], listed: ArticleList, by: str) -> SliceTable:
    slicing = slice_articles(articles, listed, by)
    return SliceTable(by=by, groups=corrected([group(field, name, rows) for name, rows in slicing.slices.items()]))


def _equals(names: Sequence[str], values: NDArray[np.float64], pairs: Sequence[tuple[int, int]]) -> list[str]:
    return [
        f"{names[first]} and {names[second]} do not differ in any article"
        for first, second in pairs
        if np.array_equal(values[first], values[second])
    ]
