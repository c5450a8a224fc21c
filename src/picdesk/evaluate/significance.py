"""Paired tests between runs: could the articles' differences have come about by chance?

Smucker, Allan & Carterette: A Comparison of Statistical Significance Tests for Information Retrieval Evaluation
(CIKM 2007) recommend the randomisation test; Sakai: Evaluating Evaluation Metrics based on the Bootstrap (SIGIR 2006)
describes the bootstrap. Both are two-sided, and both ask about the mean difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROUNDS = 10_000
"""Random sign patterns, or resamples, where nothing else is asked for."""

LEVEL = 0.95
"""Coverage of intervals where nothing else is asked for."""

_ENUMERATED = 16  # differences other than zero: 65,536 patterns are fewer than anyone can feel
_BLOCK = 2_000_000  # numbers held at once, 16 MB
_TIE = 1e-12  # sums that differ by less than this part of all magnitudes differ by rounding


@dataclass(frozen=True, slots=True)
class Randomised:
    """What the randomisation test says of ``c`` columns.

    Attributes:
        p: ``(c,)`` the share of sign patterns whose sum is at least as far from 0 as the one observed.
        exact: ``(c,)`` bool; whether every pattern counted, so that a second seed gives the same.
    """

    p: Floats
    exact: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """What the paired bootstrap says of ``c`` columns.

    Attributes:
        low: ``(c,)`` lower end of the percentile interval of the mean difference.
        high: ``(c,)`` its upper end.
        p: ``(c,)`` by the shift method: how often a resampled mean lies as far from the mean as the mean from 0.
    """

    low: Floats
    high: Floats
    p: Floats


def randomisation_test(differences: Floats, *, rng: np.random.Generator, rounds: int = ROUNDS) -> Randomised:
    """Fisher's paired randomisation test of each column, two-sided.

    Were two runs the same, each article's difference could as well have had the other sign. With at most 16
    differences other than zero every pattern is enumerated; where all of them have one size (recall of single photos)
    the binomial distribution counts every pattern of any number. Else ``rounds`` random patterns are drawn, the same
    for every column, and ``p = (b + 1) / (rounds + 1)``, which is never 0 (Davison & Hinkley 1997).

    Args:
        differences: ``(n, c)``; rows are articles, columns are pairs of runs. Finite.
        rng: draws the patterns.
        rounds: how many.

    >>> tested = randomisation_test(np.array([[1.0], [1.0], [1.0], [0.0]]), rng=np.random.default_rng(0))
    >>> tested.p.tolist(), tested.exact.tolist()
    ([0.25], [True])
    """
    columns = differences.shape[1]
    p, exact = np.ones(columns), np.zeros(columns, dtype=bool)
    for column in range(columns):
        known = _exact_p(differences[:, column])
        if known is not None:
            p[column], exact[column] = known, True
    if not exact.all():
        p[~exact] = _drawn_p(differences[:, ~exact], rng, rounds)
    return Randomised(p, exact)


def paired_bootstrap(
    differences: Floats, *, rng: np.random.Generator, rounds: int = ROUNDS, level: float = LEVEL
) -> Bootstrapped:
    """Resample the articles with replacement: the interval of each column's mean, and whether it may be 0.

    A single article cannot be resampled into anything else: its interval is the point, and p is 1.

    Args:
        differences: ``(n, c)``; rows are articles, columns are pairs of runs. Finite.
        rng: draws the resamples, the same for every column.
        rounds: how many.
        level: coverage of the interval, over 0 and under 1.
    """
    observed = differences.mean(axis=0)
    if len(differences) == 1:
        return Bootstrapped(observed, observed, np.ones_like(observed))
    means = resampled_means(differences, rng=rng, rounds=rounds)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    tie = _TIE * np.abs(differences).mean(axis=0)
    as_far = (np.abs(means - observed) >= np.abs(observed) - tie).sum(axis=0)
    return Bootstrapped(low, high, (as_far + 1) / (rounds + 1))


def resampled_means(values: Floats, *, rng: np.random.Generator, rounds: int = ROUNDS) -> Floats:
    """``(rounds, c)``: means of the columns of ``(n, c)`` over articles drawn with replacement.

    Rows are counted, not copied: each resample is a row of counts, and the means are one matrix product a block.
    """
    articles = len(values)
    means = np.empty((rounds, values.shape[1]))
    for rows in _blocks(rounds, articles):
        size = rows.stop - rows.start
        drawn = rng.integers(0, articles, size=(size, articles))
        drawn += np.arange(size)[:, None] * articles
        counts = np.bincount(drawn.ravel(), minlength=size * articles).reshape(size, articles)
        means[rows] = counts.astype(np.float64) @ values / articles
    return means


def _exact_p(column: Floats) -> float | None:
    """The share of all sign patterns, or nothing where there are too many to count."""
    magnitudes = np.abs(column[column != 0])
    if not len(magnitudes):
        return 1.0
    if len(magnitudes) <= _ENUMERATED:
        return _enumerated_p(magnitudes, abs(float(column.sum())))
    if magnitudes.max() - magnitudes.min() <= _TIE * magnitudes.max():
        return _binomial_p(int((column > 0).sum()), len(magnitudes))
    return None


def _enumerated_p(magnitudes: Floats, observed: float) -> float:
    sums = np.zeros(1)
    for magnitude in magnitudes:
        sums = np.concatenate([sums + magnitude, sums - magnitude])
    return float((np.abs(sums) >= observed - _TIE * magnitudes.sum()).mean())


def _binomial_p(positive: int, count: int) -> float:
    """Two-sided binomial test at one half, McNemar's exact test; in logarithms, since 2^8500 is no float."""
    fewer = min(positive, count - positive)
    if 2 * fewer == count:
        return 1.0
    number = np.arange(fewer)
    patterns = np.concatenate([[0.0], np.cumsum(np.log(count - number) - np.log(number + 1))])
    tail = np.log(np.exp(patterns - patterns[-1]).sum()) + patterns[-1]
    return float(2 * np.exp(tail - count * np.log(2)))


def _drawn_p(differences: Floats, rng: np.random.Generator, rounds: int) -> Floats:
    total = differences.sum(axis=0)
    needed = np.abs(total) - _TIE * np.abs(differences).sum(axis=0)
    as_far = np.zeros(differences.shape[1], dtype=np.int64)
    for rows in _blocks(rounds, len(differences)):
        # Adding up the positive ones alone needs no signs: the others' sum is what is left of the total.
        positive = _coins((rows.stop - rows.start, len(differences)), rng) @ differences
        as_far += (np.abs(2 * positive - total) >= needed).sum(axis=0)
    return (as_far + 1) / (rounds + 1)


def _coins(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Zeros and ones, each with one half; a random bit each, since bytes would cost eight times the drawing."""
    rows, columns = shape
    packed = rng.integers(0, 256, size=(rows, -(-columns // 8)), dtype=np.uint8)
    return np.unpackbits(packed, axis=1, count=columns).astype(np.float64)


def _blocks(rounds: int, width: int) -> Iterator[slice]:
    size = max(1, _BLOCK // max(1, width))
    for start in range(0, rounds, size):
        yield slice(start, min(start + size, rounds))
