"""A comparison as CSV (RFC 4180) for programs: one row a contest, on all articles and on every slice."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.evaluate.compare import Comparison
    from picdesk.evaluate.contests import Group

COLUMNS = (
    "by",
    "slice",
    "articles",
    "measure",
    "run",
    "mean",
    "against",
    "mean_against",
    "difference",
    "low",
    "high",
    "p",
    "p_holm",
    "p_bootstrap",
)


def comparison_csv(comparison: Comparison) -> str:
    """Every contest with both means, numbers in full; ``by`` and ``slice`` are empty where all articles count."""
    drawn = io.StringIO()
    writer = csv.writer(drawn, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(comparison, "", comparison.overall))
    for sliced in comparison.slices:
        for one in sliced.groups:
            writer.writerows(_rows(comparison, sliced.by, one))
    return drawn.getvalue()


def _rows(comparison: Comparison, by: str, one: Group) -> Iterator[tuple[object, ...]]:
    means = {
        (run, measure): mean
        for run, row in zip(comparison.names, one.means, strict=True)
        for measure, mean in zip(comparison.measures, row, strict=True)
    }
    for contest in one.contests:
        measure = contest.measure
        yield (
            by,
            one.name,
            one.articles,
            measure,
            contest.run,
            means[contest.run, measure],
            contest.against,
            means[contest.against, measure],
            contest.difference,
            contest.low,
            contest.high,
            contest.p,
            contest.p_holm,
            contest.p_bootstrap,
        )
