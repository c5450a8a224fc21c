"""Pairs of runs on one set of articles: means, differences, and whether chance explains them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from picdesk.evaluate.figures import bootstrap_figures, signs
from picdesk.evaluate.holm import holm
from picdesk.evaluate.significance import paired_bootstrap, randomisation_test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from picdesk.evaluate.measures import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One run against another, by one measure.

    Attributes:
        measure: its name.
        against: the first run: the baseline, where there is one.
        run: the second run.
        difference: figure of the second minus figure of the first.
        low: lower end of the difference's bootstrap interval.
        high: its upper end.
        test: what ``p`` is of: the paired ``randomisation`` test, or the ``sign`` test where the measure is neither a
            mean nor a sum.
        p: two-sided, uncorrected.
        exact: whether every sign pattern counted.
        p_holm: ``p`` after Holm's correction over the contests of this measure.
        p_bootstrap: of the paired bootstrap by the shift method, uncorrected.
        better: whether the second run's figure is the better one; a measure such as a median rank is better when low.
    """

    measure: str
    against: str
    run: str
    difference: float
    low: float
    high: float
    test: str
    p: float
    exact: bool
    p_holm: float
    p_bootstrap: float
    better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Runs on some articles.

    Attributes:
        name: the slice; empty for all articles.
        articles: how many.
        means: the figures, run by run, measure by measure.
        contests: pair by pair, measure by measure.
    """

    name: str
    articles: int
    means: tuple[tuple[float, ...], ...]
    contests: tuple[Contest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The runs that stand against one another.

    Attributes:
        runs: their names.
        measures: what they are judged by.
        pairs: (first, second) as numbers of runs.
        values: ``(r, m, n)`` float64: run, measure, article.
        rounds: of the test and of the bootstrap.
        level: coverage of the intervals.
        seed: every group draws from a generator of its own, made from it, so that no group depends on another.
    """

    runs: tuple[str, ...]
    measures: tuple[Measure, ...]
    pairs: tuple[tuple[int, int], ...]
    values: NDArray[np.float64]
    rounds: int
    level: float
    seed: int


@dataclass(frozen=True, slots=True)
class _Tests:
    """What the tests say of every pair by one measure; each ``(p,)``, in the order of the pairs."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    p: NDArray[np.float64]
    exact: NDArray[np.bool_]
    p_bootstrap: NDArray[np.float64]


def group(field: Field, name: str, rows: NDArray[np.int64] | slice) -> Group:
    """The runs on some of the articles, p-values as yet uncorrected."""
    values = field.values[:, :, rows]
    added = [number for number, measure in enumerate(field.measures) if _adds_up(measure)]
    tests = _test_sums(field, values, added) | {
        number: _test_figures(field, values, number) for number in range(len(field.measures)) if number not in added
    }
    means = tuple(
        tuple(measure.mean(values[run, number]) for number, measure in enumerate(field.measures))
        for run in range(len(field.runs))
    )
    contests = []
    for pair, (against, run) in enumerate(field.pairs):
        for number, measure in enumerate(field.measures):
            tested, (before, after) = tests[number], (means[against][number], means[run][number])
            contests.append(
                Contest(
                    measure=measure.name,
                    against=field.runs[against],
                    run=field.runs[run],
                    difference=after - before if after != before else 0.0,  # two medians can both be infinite
                    low=float(tested.low[pair]),
                    high=float(tested.high[pair]),
                    test="randomisation" if number in added else "sign",
                    p=float(tested.p[pair]),
                    exact=bool(tested.exact[pair]),
                    p_holm=float(tested.p[pair]),
                    p_bootstrap=float(tested.p_bootstrap[pair]),
                    better=after < before if measure.less_is_better else after > before,
                )
            )
    return Group(name=name, articles=values.shape[2], means=means, contests=tuple(contests))


def _adds_up(measure: Measure) -> bool:
    """Whether the figure is a mean or a sum, so that articles' differences say all; a median passes over the one."""
    return measure.mean(np.array([0.0, 0.0, 1.0])) != 0


def _test_sums(field: Field, values: NDArray[np.float64], numbers: list[int]) -> dict[int, _Tests]:
    """All pairs by all measures that are means or sums, of the same sign patterns and the same resamples."""
    if not numbers:
        return {}
    first, second = (list(side) for side in zip(*field.pairs, strict=True))
    differences = values[second][:, numbers] - values[first][:, numbers]
    pairs, measures, articles = differences.shape
    columns = np.ascontiguousarray(differences.reshape(pairs * measures, articles).T)
    rng = np.random.default_rng(field.seed)
    tested = randomisation_test(columns, rng=rng, rounds=field.rounds)
    resampled = paired_bootstrap(columns, rng=rng, rounds=field.rounds, level=field.level)
    scales = [field.measures[number].mean(np.ones(articles)) for number in numbers]  # 1 of means, n of sums
    return {
        number: _Tests(
            low=resampled.low[place::measures] * scales[place],
            high=resampled.high[place::measures] * scales[place],
            p=tested.p[place::measures],
            exact=tested.exact[place::measures],
            p_bootstrap=resampled.p[place::measures],
        )
        for place, number in enumerate(numbers)
    }


def _test_figures(field: Field, values: NDArray[np.float64], number: int) -> _Tests:
    """All pairs by a measure that is neither: the sign test, and the bootstrap of the figure itself."""
    sides = [(values[first, number], values[second, number]) for first, second in field.pairs]
    ahead = np.stack([signs(before, after) for before, after in sides], axis=1)
    tested = randomisation_test(ahead, rng=np.random.default_rng(field.seed), rounds=field.rounds)
    resampled = [
        bootstrap_figures(
            before,
            after,
            field.measures[number].weighted,
            rng=np.random.default_rng(field.seed),
            rounds=field.rounds,
            level=field.level,
        )
        for before, after in sides
    ]
    low, high, p_bootstrap = (np.array(column) for column in zip(*resampled, strict=True))
    return _Tests(low=low, high=high, p=tested.p, exact=tested.exact, p_bootstrap=p_bootstrap)


def corrected(groups: Sequence[Group]) -> tuple[Group, ...]:
    """The groups with Holm's correction, each measure's contests in all of them being one family."""
    families: dict[str, list[float]] = defaultdict(list)
    for one in groups:
        for contest in one.contests:
            families[contest.measure].append(contest.p)
    adjusted = {measure: iter(holm(p).tolist()) for measure, p in families.items()}
    return tuple(
        replace(
            one,
            contests=tuple(replace(contest, p_holm=next(adjusted[contest.measure])) for contest in one.contests),
        )
        for one in groups
    )
