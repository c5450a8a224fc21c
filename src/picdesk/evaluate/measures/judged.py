"""A run beside a truth: where in each article's list the fitting photos stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import InputError
from picdesk.newsimages.runs.make import at_line
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from picdesk.records import Run, Truth


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What measures look at. Only places that fit are kept: thousands, however large the archive is.

    Attributes:
        articles: ids of the truth's articles, sorted; ``n`` of them.
        places: ``(n,)`` how many photos the run has for each; 0 where it misses the article.
        hit_articles: ``(h,)`` index into ``articles`` of every fitting photo in the run, ascending.
        hit_ranks: ``(h,)`` its rank from 1, ascending inside an article.
        hit_gains: ``(h,)`` its gain.
        fit_articles: ``(t,)`` index into ``articles`` of every fitting photo in the truth, ascending.
        fit_ranks: ``(t,)`` its rank from 1 in an ideal answer: higher gains first.
        fit_gains: ``(t,)`` its gain.
        unknown: how many articles of the run the truth does not have.
    """

    articles: tuple[str, ...]
    places: NDArray[np.int64]
    hit_articles: NDArray[np.int64]
    hit_ranks: NDArray[np.int64]
    hit_gains: NDArray[np.float64]
    fit_articles: NDArray[np.int64]
    fit_ranks: NDArray[np.int64]
    fit_gains: NDArray[np.float64]
    unknown: int

    @cached_property
    def fits(self) -> NDArray[np.int64]:
        """``(n,)`` how many photos fit each article; at least 1."""
        return np.bincount(self.fit_articles, minlength=len(self.articles))

    @cached_property
    def first_rank(self) -> NDArray[np.float64]:
        """``(n,)`` rank of the first fitting photo; infinite where the run has none."""
        ranks = np.full(len(self.articles), np.inf)
        first = np.flatnonzero(np.diff(self.hit_articles, prepend=-1))
        ranks[self.hit_articles[first]] = self.hit_ranks[first]
        return ranks

    @property
    def missing(self) -> int:
        """How many articles of the truth the run has no photo for."""
        return int(np.count_nonzero(self.places == 0))

    def hits(self, cutoff: int | None) -> NDArray[np.int64]:
        """``(n,)`` how many fitting photos are among the first ``cutoff``."""
        return np.bincount(self.hit_articles[self.within(cutoff)], minlength=len(self.articles))

    def within(self, cutoff: int | None) -> NDArray[np.bool_]:
        """``(h,)`` which hits are among the first ``cutoff`` of their article."""
        return self.hit_ranks <= (np.inf if cutoff is None else cutoff)


def judge(run: Run, truth: Truth, *, ignore_unknown: bool = False) -> Judged:
    """Set a run beside a truth.

    Args:
        run: the run.
        truth: the truth.
        ignore_unknown: leave out articles of the run that the truth does not have.

    Raises:
        InputError: the run answers an article that the truth does not have (the first is named with its line), or none
            that it has.
    """
    articles = tuple(sorted(truth.gains))
    number = {article: position for position, article in enumerate(articles)}
    rows = np.array([number.get(article, -1) for article in run.articles], np.int64)
    unknown = np.flatnonzero(rows < 0)
    if len(unknown) and not ignore_unknown:
        raise _unknown(run, truth, int(unknown[0]), len(unknown))
    if len(unknown) == len(rows):
        raise InputError(
            f"run {printable(run.name)} answers none of the {len(articles):,} articles of {printable(truth.name)}",
            "Is it a run over another set of articles?",
        )
    lengths = np.diff(run.starts)
    places = np.zeros(len(articles), np.int64)
    places[rows[rows >= 0]] = lengths[rows >= 0]
    fit_articles, fit_ranks, fit_gains, fit_names = _fits(run, truth, articles)
    hit_articles, hit_ranks, hit_gains = _hits(run, np.repeat(rows, lengths), fit_articles, fit_names, fit_gains)
    return Judged(
        articles=articles,
        places=places,
        hit_articles=hit_articles,
        hit_ranks=hit_ranks,
        hit_gains=hit_gains,
        fit_articles=fit_articles,
        fit_ranks=fit_ranks,
        fit_gains=fit_gains,
        unknown=len(unknown),
    )


def _fits(
    run: Run, truth: Truth, articles: tuple[str, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Fitting photos by article and falling gain: article, rank in an ideal answer, gain, index of the name in the run.

    The index is -1 where the run does not have the photo.
    """
    name_of = {name: position for position, name in enumerate(run.names)}
    counts = np.array([len(truth.gains[article]) for article in articles], np.int64)
    total = int(counts.sum())
    numbers = np.repeat(np.arange(len(articles), dtype=np.int64), counts)
    gains = np.fromiter((gain for article in articles for gain in truth.gains[article].values()), np.float64, total)
    names = np.fromiter(
        (name_of.get(name, -1) for article in articles for name in truth.gains[article]), np.int64, total
    )
    order = np.lexsort((-gains, numbers))
    ranks = np.arange(1, total + 1) - np.repeat(np.cumsum(counts) - counts, counts)
    return numbers, ranks, gains[order], names[order]


def _hits(
    run: Run,
    rows: NDArray[np.int64],
    fit_articles: NDArray[np.int64],
    fit_names: NDArray[np.int64],
    fit_gains: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Fitting places of the run, by article and rank: article, rank, gain.

    Args:
        run: the run.
        rows: ``(m,)`` article of each place, -1 where the truth does not have it.
        fit_articles: article of each fitting photo.
        fit_names: its index in the run's names, or -1.
        fit_gains: its gain.
    """
    there = np.flatnonzero(fit_names >= 0)
    keys = fit_articles[there] * len(run.names) + fit_names[there]
    order = np.argsort(keys)
    keys, gains = keys[order], fit_gains[there[order]]
    wanted = np.zeros(len(run.names), bool)
    wanted[fit_names[there]] = True
    candidates = np.flatnonzero(wanted[run.photos] & (rows >= 0))
    sought = rows[candidates] * len(run.names) + run.photos[candidates]
    found = np.searchsorted(keys, sought)
    is_hit = keys[np.minimum(found, len(keys) - 1)] == sought if len(keys) else np.zeros(len(sought), bool)
    hits, found = candidates[is_hit], found[is_hit]
    first = np.repeat(run.starts[:-1], np.diff(run.starts))
    ranks = hits - first[hits] + 1
    by_article = np.lexsort((ranks, rows[hits]))
    return rows[hits][by_article], ranks[by_article], gains[found][by_article]


def _unknown(run: Run, truth: Truth, first: int, count: int) -> InputError:
    where = at_line(run.source, None if run.lines is None else int(run.lines[first]))
    article = printable(run.articles[first])
    others = f" (nor {count - 1:,} others)" if count > 1 else ""
    return InputError(
        f"{where}article {article} is not in the truth {printable(truth.name)}{others}",
        "Correct the id, or leave out unknown articles with --ignore-unknown.",
    )
