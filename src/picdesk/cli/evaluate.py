"""The verb that measures runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import SCORES
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.evaluate.evaluate import Evaluation
    from picdesk.evaluate.measures import Measure
    from picdesk.records import Truth

PROTOCOLS = ("newsimages2021",)


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        rich_help_panel=SCORES,
        epilog="Example: picdesk evaluate run.tsv --truth newsarticles.csv --measures MRR@100,R@10,nDCG@10",
    )(evaluate)


def evaluate(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run files.", show_default=False)],
    truth: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Which photos fit: newsarticles.csv, TREC qrels, or the ground truth of 2021.",
            show_default=False,
        ),
    ],
    measures: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="MRR, R, P, nDCG, AP, Success with or without @k, matchIn100, MedianRank; separated by commas. "
            "Default: MRR@100,R@1,R@5,R@10,R@50,R@100.",
            show_default=False,
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="newsimages2021: count as the organisers' own evaluator does, to the digit.",
            show_default=False,
        ),
    ] = None,
    run_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="trec, csv, newsimages2021, newsimages2022 or newsimages2023. Default: the first lines tell.",
            show_default=False,
        ),
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Leave out articles of a run that the truth does not have.")
    ] = False,
    minimum: Annotated[
        list[str] | None,
        typer.Option(
            "--min",
            metavar="MEASURE=VALUE",
            help="Exit with 1 where a run stays below; repeatable.",
            show_default=False,
        ),
    ] = None,
    per_article: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write every article's rank and values as CSV.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the intervals.")] = 0,
    resamples: Annotated[
        int, typer.Option(min=0, max=100_000, help="Samples for the 95 % intervals; 0 for no intervals.")
    ] = 2000,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure one or more runs: how high the fitting photos stand."""
    demands = _demands(minimum or [])
    if protocol is not None:
        _check_protocol(protocol, measures, run_format)
        _by_protocol(runs, truth, demands, per_article, as_json=as_json, quiet=quiet)
        return
    from picdesk.evaluate.per_article import write_articles
    from picdesk.newsimages.truth import read_truth

    wanted = _measures(measures, demands)
    told = read_truth(truth)
    evaluations = [
        (name, path, _evaluation(path, told, wanted, run_format, ignore_unknown, seed, resamples))
        for path, name in zip(runs, _names(runs), strict=True)
    ]
    if per_article:
        write_articles(per_article, {name: evaluation for name, _, evaluation in evaluations})
    documents = [_document(name, path, evaluation, told) for name, path, evaluation in evaluations]
    if as_json:
        show_json({"truth": str(truth), "runs": documents})
    else:
        rows = {name: _rows(evaluation, wanted) for name, _, evaluation in evaluations}
        _show(rows, documents, intervals=resamples > 0, quiet=quiet)
    _check_demands(demands, {name: evaluation.means for name, _, evaluation in evaluations})


def _evaluation(
    path: Path, truth: Truth, wanted: Sequence[Measure], run_format: str | None, ignore: bool, seed: int, resamples: int
) -> Evaluation:
    import numpy as np

    from picdesk.evaluate.evaluate import evaluate as measure_run
    from picdesk.newsimages.runs import read_run

    run = read_run(path, run_format, addresses=truth.addresses)
    return measure_run(
        run, truth, wanted, ignore_unknown=ignore, generator=np.random.default_rng(seed), resamples=resamples
    )


def _by_protocol(
    runs: Sequence[Path],
    truth: Path,
    demands: Mapping[str, float],
    per_article: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    from picdesk.evaluate.per_article import write_positions
    from picdesk.evaluate.protocol2021 import evaluate_2021

    results = {name: evaluate_2021(path, truth) for path, name in zip(runs, _names(runs), strict=True)}
    if per_article:
        write_positions(per_article, results)
    documents = [
        {
            "run": name,
            "file": str(path),
            "articles": result.articles,
            "measures": result.measures,
            "intervals": {},
            "printed": result.printed,
            "notes": list(result.notes),
        }
        for path, (name, result) in zip(runs, results.items(), strict=True)
    ]
    if as_json:
        show_json({"truth": str(truth), "protocol": "newsimages2021", "runs": documents})
    else:
        rows = {name: [(*figure, "") for figure in result.printed.items()] for name, result in results.items()}
        _show(rows, documents, intervals=False, quiet=quiet)
    _check_demands(demands, {name: result.measures for name, result in results.items()})


def _check_protocol(protocol: str, measures: str | None, run_format: str | None) -> None:
    from picdesk.errors import InputError
    from picdesk.photos.locate import printable

    if protocol not in PROTOCOLS:
        raise InputError(f"no protocol is called {printable(protocol)!r}", f"There is {', '.join(PROTOCOLS)}.")
    if measures is not None or run_format not in {None, "newsimages2021"}:
        raise InputError(
            "a protocol has its own measures and its own format", "Leave out --measures and --format, or --protocol."
        )


def _measures(text: str | None, demands: Mapping[str, float]) -> list[Measure]:
    """The measures asked for, and those of which something is demanded."""
    from picdesk.evaluate.evaluate import DEFAULT
    from picdesk.evaluate.measures import parse_measure

    names = DEFAULT if text is None else [name for name in text.split(",") if name.strip()]
    wanted = {measure.name: measure for measure in map(parse_measure, [*names, *demands])}
    return list(wanted.values())


def _demands(texts: Sequence[str]) -> dict[str, float]:
    """Measure's name -> the least it may be."""
    import math

    from picdesk.errors import InputError
    from picdesk.evaluate.measures import parse_measure
    from picdesk.photos.locate import printable

    demands = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            least = float(value)
        except ValueError:
            least = math.nan
        if not math.isfinite(least):
            raise InputError(f"--min {printable(text)} names no number", "Write it as --min MRR@100=0.25.")
        measure = parse_measure(name)
        if measure.less_is_better:
            raise InputError(f"less is better in {measure.name}, so nothing can be demanded of it with --min")
        demands[measure.name] = least
    return demands


def _check_demands(demands: Mapping[str, float], means: Mapping[str, Mapping[str, float]]) -> None:
    from picdesk.errors import InputError, ThresholdMissed
    from picdesk.photos.locate import printable

    missed = []
    for run, figures in means.items():
        for name, least in demands.items():
            if name not in figures:
                raise InputError(f"the protocol has no measure {name}", f"It has {', '.join(figures)}.")
            if figures[name] < least:
                missed.append(f"{printable(run)}: {name} is {figures[name]:.5g}, below the demanded {least:g}")
    if missed:
        raise ThresholdMissed("\n".join(missed))


def _names(paths: Sequence[Path]) -> list[str]:
    """What runs are called: as their files, or by the whole path where two files have one name."""
    stems = [path.stem for path in paths]
    names = stems if len(set(stems)) == len(stems) else [str(path) for path in paths]
    if len(set(names)) < len(names):
        from picdesk.errors import InputError

        raise InputError("a run is named twice", "Name each file once.")
    return names


def _document(name: str, path: Path, evaluation: Evaluation, truth: Truth) -> dict[str, Any]:
    """A run as its JSON document. What is infinite has no number there, and is ``null``."""
    notes = list(truth.notes)
    if evaluation.missing:
        notes.append(
            f"{evaluation.missing:,} of {len(evaluation.articles):,} articles have no photo in {name}: they count 0"
        )
    if evaluation.unknown:
        notes.append(f"{evaluation.unknown:,} articles of {name} are not in the truth and were left out")
    return {
        "run": name,
        "file": str(path),
        "articles": len(evaluation.articles),
        "missing": evaluation.missing,
        "unknown": evaluation.unknown,
        "measures": {measure: _finite(value) for measure, value in evaluation.means.items()},
        "intervals": {measure: [_finite(low), _finite(high)] for measure, (low, high) in evaluation.intervals.items()},
        "notes": notes,
    }


def _finite(value: float) -> float | None:
    import math

    return value if math.isfinite(value) else None


def _rows(evaluation: Evaluation, measures: Sequence[Measure]) -> list[tuple[str, str, str]]:
    """Measure, figure and interval, for people."""
    rows = []
    for measure in measures:
        low_high = evaluation.intervals.get(measure.name)
        interval = " to ".join(measure.shown(end) for end in low_high) if low_high else ""
        rows.append((measure.name, measure.shown(evaluation.means[measure.name]), interval))
    return rows


def _show(
    rows: Mapping[str, Sequence[tuple[str, str, str]]],
    documents: Sequence[Mapping[str, Any]],
    *,
    intervals: bool,
    quiet: bool,
) -> None:
    from rich.table import Table
    from rich.text import Text

    from picdesk.photos.locate import printable

    if not quiet:
        for note in dict.fromkeys(note for document in documents for note in document["notes"]):
            show_remark(printable(note))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("run", overflow="fold")
    table.add_column("articles", justify="right")
    table.add_column("measure")
    table.add_column("value", justify="right")
    if intervals:
        table.add_column("95 % interval", justify="right")
    for document, (run, figures) in zip(documents, rows.items(), strict=True):
        for number, (measure, value, interval) in enumerate(figures):
            about: list[Any] = ["", ""] if number else [Text(printable(run)), f"{document['articles']:,}"]
            table.add_row(*about, measure, value, *([interval] if intervals else []))
    console().print(table)
