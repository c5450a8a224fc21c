"""What every article got, as CSV for other programs."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from picdesk.evaluate.evaluate import Evaluation
    from picdesk.evaluate.protocol2021 import Protocol2021


def write_articles(path: Path, evaluations: Mapping[str, Evaluation]) -> None:
    """Write ``run,article_id,rank`` and a column a measure; what is infinite, a rank that there is not, stays empty.

    Args:
        path: the file.
        evaluations: what the run is called -> its evaluation; all of the same measures.

    Raises:
        InputError: the file cannot be written.
    """
    first = next(iter(evaluations.values()))
    rows = (
        [run, article, _text(rank, ".0f"), *map(_text, values)]
        for run, evaluation in evaluations.items()
        for article, rank, *values in zip(
            evaluation.articles,
            evaluation.first_rank.tolist(),
            *(column.tolist() for column in evaluation.values.values()),
            strict=True,
        )
    )
    _write(path, ["run", "article_id", "rank", *first.values], rows)


def write_positions(path: Path, results: Mapping[str, Protocol2021]) -> None:
    """Write ``run,article_id,rank`` of the articles whose photo was found.

    Args:
        path: the file.
        results: what the run is called -> its result.

    Raises:
        InputError: the file cannot be written.
    """
    rows = (
        [run, article, position] for run, result in results.items() for article, position in result.positions.items()
    )
    _write(path, ["run", "article_id", "rank"], rows)


def _text(value: float, form: str = "") -> str:
    return format(value, form) if math.isfinite(value) else ""


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
    except OSError as error:
        raise InputError(f"{printable(str(path))} cannot be written: {error.strerror or error}") from None
