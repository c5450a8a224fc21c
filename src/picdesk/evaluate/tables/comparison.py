"""The tables of a comparison: scores with marks, contests, slices, changes of rank, wins and losses."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from picdesk.evaluate.tables.digits import digits, number_text, percent, signed
from picdesk.evaluate.tables.table import Cell, Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.evaluate.compare import Comparison, SliceTable
    from picdesk.evaluate.contests import Contest, Group
    from picdesk.evaluate.extremes import Extreme, Extremes

BETTER, WORSE = "†", "‡"
"""Marks against a baseline. Without one, a run carries the letters of the runs that it beats."""


def tables_of(comparison: Comparison) -> tuple[Table, ...]:
    """Every table of a comparison, the scores first."""
    return (
        score_table(comparison),
        contest_table(comparison),
        *(slice_table(comparison, sliced) for sliced in comparison.slices),
        change_table(comparison),
        *(extremes_table(comparison, most) for most in comparison.extremes),
    )


def score_table(comparison: Comparison) -> Table:
    """Each run's means, with marks of significance; the best of each column stands out."""
    labels = run_labels(comparison)
    rows = _score_rows(comparison, comparison.overall, [Cell(label) for label in labels])
    columns = (Column("run"), *(Column(name, number=True) for name in comparison.measures))
    articles = comparison.overall.articles
    counted = f"{articles:,} article{'s' if articles != 1 else ''}; one that a run lacks counts as not found."
    return Table("Scores", columns, rows, (*mark_legend(comparison), f"Bold: the best of its column. {counted}"))


def contest_table(comparison: Comparison) -> Table:
    """Each pair of runs by each measure: difference, interval, p-values."""
    places, one_pair = digits(comparison), len(comparison.changes) == 1
    columns = (
        Column("measure"),
        *(() if one_pair else (Column("run"), Column("against"))),
        Column("difference", number=True),
        Column(f"{percent(comparison.level)} interval", number=True),
        Column("p", number=True),
        Column("p (Holm)", number=True),
        Column("p (bootstrap)", number=True),
    )
    rows = tuple(
        (
            Cell(contest.measure),
            *(() if one_pair else (Cell(contest.run), Cell(contest.against))),
            Cell(signed(contest.difference, shown), best=contest.p_holm < 1 - comparison.level),
            Cell(f"{signed(contest.low, shown)} to {signed(contest.high, shown)}"),
            Cell(_p(contest.p)),
            Cell(_p(contest.p_holm)),
            Cell(_p(contest.p_bootstrap)),
        )
        for contest in comparison.overall.contests
        for shown in [places[contest.measure]]
    )
    exact = any(contest.exact for contest in comparison.overall.contests)
    change = comparison.changes[0]
    return Table(
        f"Differences, {change.after} against {change.before}" if one_pair else "Differences",
        columns,
        rows,
        (
            f"p: paired randomisation test, two-sided, {comparison.rounds:,} random sign patterns"
            f"{' (all of them where they can be counted)' if exact else ''}, seed {comparison.seed}"
            f"{_signs(comparison)}. "
            f"p (Holm): the same, corrected over the {_family(comparison)} of a measure. "
            f"Interval (percentile) and p (bootstrap, by shifting): {comparison.rounds:,} resamples of the articles. "
            f"Bold: p (Holm) below {1 - comparison.level:.2g}.",
        ),
    )


def slice_table(comparison: Comparison, sliced: SliceTable) -> Table:
    """The runs on each slice of the articles."""
    columns = (
        Column(sliced.by),
        Column("articles", number=True),
        Column("run"),
        *(Column(name, number=True) for name in comparison.measures),
    )
    lettered = comparison.baseline is None
    labels = [letter(number) for number in range(len(comparison.runs))] if lettered else run_labels(comparison)
    rows: list[tuple[Cell, ...]] = []
    for one in sliced.groups:
        scores = _score_rows(comparison, one, [Cell(label) for label in labels])
        for number, row in enumerate(scores):
            first = number == 0
            rows.append((Cell(one.name if first else ""), Cell(f"{one.articles:,}" if first else ""), *row))
    legend = mark_legend(comparison, slices=len(sliced.groups))
    named = (f"{', '.join(run_labels(comparison))}.",) if lettered else ()
    return Table(f"By {sliced.by}", columns, tuple(rows), (*named, *legend))


def change_table(comparison: Comparison) -> Table:
    """What became of the articles' ranks."""
    names = ("improved", "mean rise", "decreased", "mean fall", "unchanged", "newly found", "lost", "never found")
    one_pair = len(comparison.changes) == 1
    pair = () if one_pair else (Column("from"), Column("to"))
    columns = (*pair, *(Column(name, number=True) for name in names))
    rows = tuple(
        (
            *(() if one_pair else (Cell(change.before), Cell(change.after))),
            Cell(f"{change.improved:,}"),
            Cell(_places(change.mean_improvement)),
            Cell(f"{change.decreased:,}"),
            Cell(_places(change.mean_decrease)),
            Cell(f"{change.unchanged:,}"),
            Cell(f"{change.newly_found:,}"),
            Cell(f"{change.lost:,}"),
            Cell(f"{change.never_found:,}"),
        )
        for change in comparison.changes
    )
    first = comparison.changes[0]
    depth = first.depth
    return Table(
        f"Changes of rank, from {first.before} to {first.after}" if one_pair else "Changes of rank",
        columns,
        rows,
        (
            f"Improved, decreased, unchanged: articles whose photo both runs have among their first {depth}; mean rise "
            "and fall: by how many places, over these. Newly found, lost: only the second, only the first run has it.",
        ),
    )


def extremes_table(comparison: Comparison, most: Extremes) -> Table:
    """The articles that changed most, wins first."""
    columns = (
        Column(""),
        Column("article"),
        Column("headline"),
        Column("rank before", number=True),
        Column("after", number=True),
        Column(f"{most.measure} before", number=True),
        Column("after", number=True),
    )
    rows = tuple(
        _extreme_row(comparison, kind, one, digits(comparison)[most.measure])
        for kind, several in (("win", most.wins), ("loss", most.losses))
        for one in several
    )
    return Table(f"Wins and losses, from {most.before} to {most.after}", columns, rows)


def run_labels(comparison: Comparison) -> list[str]:
    """The runs' names, each behind its letter where the marks are letters, the baseline named as such."""
    if comparison.baseline is not None:
        return [f"{name} (baseline)" if name == comparison.baseline else name for name in comparison.names]
    return [f"{letter(number)} {name}" for number, name in enumerate(comparison.names)]


def letter(number: int) -> str:
    """a, b, ... z, aa, ab, ...

    >>> [letter(0), letter(25), letter(26)]
    ['a', 'z', 'aa']
    """
    high, low = divmod(number, 26)
    return (letter(high - 1) if high else "") + string.ascii_lowercase[low]


def marks(comparison: Comparison, one: Group, run: str, measure: str) -> str:
    """What stands behind a score: whom it beats, or how it stands to the baseline."""
    alpha = 1 - comparison.level
    significant = [
        contest
        for contest in one.contests
        if contest.measure == measure and contest.p_holm < alpha and contest.difference
    ]
    if comparison.baseline is not None:
        return "".join(BETTER if contest.better else WORSE for contest in significant if contest.run == run)
    beaten = [_loser(contest) for contest in significant if _winner(contest) == run]
    return ",".join(letter(number) for number, name in enumerate(comparison.names) if name in beaten)


def mark_legend(comparison: Comparison, slices: int = 1) -> tuple[str, ...]:
    """What the marks mean, and by which test."""
    over = f"{_family(comparison)} of a measure" + (f" in {slices} slices" if slices > 1 else "")
    test = (
        f"paired randomisation test, two-sided, p < {1 - comparison.level:.2g} after Holm's correction over the {over}"
    )
    if comparison.baseline is not None:
        return (f"{BETTER} better, {WORSE} worse than {comparison.baseline} ({test}).",)
    return (f"A letter behind a score: better than the run of that letter ({test}).",)


def _score_rows(comparison: Comparison, one: Group, firsts: Sequence[Cell]) -> tuple[tuple[Cell, ...], ...]:
    places = digits(comparison)
    best = [
        (min if lower else max)(scores)
        for lower, scores in zip(comparison.less_is_better, zip(*one.means, strict=True), strict=True)
    ]
    return tuple(
        (
            first,
            *(
                Cell(
                    number_text(score, places[measure]),
                    marks=marks(comparison, one, name, measure),
                    # Where every run is the best, none stands out.
                    best=score == best[column] and any(other[column] != score for other in one.means),
                )
                for column, (measure, score) in enumerate(zip(comparison.measures, scores, strict=True))
            ),
        )
        for first, name, scores in zip(firsts, comparison.names, one.means, strict=True)
    )


def _extreme_row(comparison: Comparison, kind: str, one: Extreme, places: int) -> tuple[Cell, ...]:
    headline = comparison.listed.headline(one.article) if comparison.listed else ""
    return (
        Cell(kind),
        Cell(one.article),
        Cell(headline),
        Cell(_rank(one.rank_before)),
        Cell(_rank(one.rank_after)),
        Cell(number_text(one.before, places)),
        Cell(number_text(one.after, places)),
    )


def _family(comparison: Comparison) -> str:
    pairs = len(comparison.changes)
    return "one contest" if pairs == 1 else f"{pairs} contests"


def _signs(comparison: Comparison) -> str:
    of_signs = dict.fromkeys(contest.measure for contest in comparison.overall.contests if contest.test == "sign")
    return f"; for {', '.join(of_signs)} the sign test" if of_signs else ""


def _winner(contest: Contest) -> str:
    return contest.run if contest.better else contest.against


def _loser(contest: Contest) -> str:
    return contest.against if contest.better else contest.run


def _p(p: float) -> str:
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def _places(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.1f}"


def _rank(rank: int | None) -> str:
    return "-" if rank is None else str(rank)
