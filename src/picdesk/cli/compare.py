"""The verb that sets runs beside one another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import SCORES
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from picdesk.evaluate.article_list import ArticleList
    from picdesk.evaluate.compare import Comparison
    from picdesk.evaluate.contests import Group
    from picdesk.evaluate.extremes import Extreme
    from picdesk.evaluate.tables.table import Cell, Table
    from picdesk.records import Run


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        rich_help_panel=SCORES,
        epilog="Example: picdesk compare words.tsv fused.tsv --truth newsarticles.csv -o table.md -o report.html",
    )(compare)


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Two runs or more.", show_default=False)],
    truth: Annotated[Path, typer.Option(metavar="FILE", help="Which photos fit which articles.", show_default=False)],
    baseline: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Test all others against this one; default: every pair.", show_default=False),
    ] = None,
    measures: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Such as MRR@100,R@5; wins and losses go by the first. Default: MRR@100 and R@1, 5, 10, 50, 100.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Also on parts of the articles: a column of their list, or length, domain, section; repeatable.",
            show_default=False,
        ),
    ] = None,
    articles: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="List of the articles; default: the truth, where it is one.", show_default=False
        ),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(
            metavar="SOURCE", help="Pictures for the report: a folder, a list, tars, as for add.", show_default=False
        ),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Also write FILE.md, .tex, .csv (tables), .png, .svg, .pdf (plots), .html (report with pictures); "
            "repeatable.",
            show_default=False,
        ),
    ] = None,
    format: Annotated[
        str | None, typer.Option(metavar="NAME", help="Format of the runs; default: recognised.", show_default=False)
    ] = None,
    ignore_unknown: Annotated[
        bool, typer.Option("--ignore-unknown", help="Leave out articles that the truth does not have.")
    ] = False,
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals, 1 - alpha.")] = 0.95,
    rounds: Annotated[int, typer.Option(min=100, max=1_000_000, help="Random patterns of the tests.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same numbers.")] = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare runs: scores with paired significance tests, parts of the articles, changes of rank, wins and losses."""
    from picdesk.evaluate.compare import compare as compare_runs
    from picdesk.evaluate.evaluate import DEFAULT
    from picdesk.evaluate.outputs import check_outputs, write_output
    from picdesk.newsimages.truth import read_truth
    from picdesk.photos.locate import printable

    check_outputs(output or [], photos=photos)
    known = read_truth(truth)
    read = _read_runs(runs, format, known.addresses)
    compared = compare_runs(
        read,
        known,
        measures=[name.strip() for name in measures.split(",")] if measures else DEFAULT,
        baseline=_baseline(baseline, runs, read),
        listed=_listed(articles, truth, known.gains, by or []),
        by=by or [],
        ignore_unknown=ignore_unknown,
        level=level,
        rounds=rounds,
        seed=seed,
    )
    for path in output or []:
        write_output(compared, path, photos=photos)
    if as_json:
        show_json(document_of(compared) | {"written": [str(path) for path in output or []]})
    else:
        show_comparison(compared, quiet=quiet)
    if not quiet:
        for path in output or []:
            show_remark(f"written: {printable(str(path))}")


def document_of(comparison: Comparison) -> dict[str, Any]:
    """A comparison as its JSON document."""
    from dataclasses import asdict

    def group(one: Group) -> dict[str, Any]:
        rows = zip(comparison.names, one.means, strict=True)
        return {
            "articles": one.articles,
            "runs": [
                {"run": run, "measures": dict(zip(comparison.measures, map(_finite, means), strict=True))}
                for run, means in rows
            ],
            "contests": [{name: _finite(value) for name, value in asdict(contest).items()} for contest in one.contests],
        }

    def extreme(one: Extreme) -> dict[str, Any]:
        headline = comparison.listed.headline(one.article) if comparison.listed else ""
        return {name: _finite(value) for name, value in asdict(one).items()} | {"headline": headline or None}

    return {
        "truth": comparison.truth.name,
        "baseline": comparison.baseline,
        "level": comparison.level,
        "rounds": comparison.rounds,
        "seed": comparison.seed,
        **group(comparison.overall),
        "slices": [
            {"by": sliced.by, "slices": [{"slice": one.name} | group(one) for one in sliced.groups]}
            for sliced in comparison.slices
        ],
        "changes": [asdict(change) for change in comparison.changes],
        "extremes": [
            {
                "before": most.before,
                "after": most.after,
                "measure": most.measure,
                "wins": [extreme(one) for one in most.wins],
                "losses": [extreme(one) for one in most.losses],
            }
            for most in comparison.extremes
        ],
        "notes": list(comparison.notes),
    }


def show_comparison(comparison: Comparison, *, quiet: bool = False) -> None:
    """A comparison as tables; wins and losses only where there is a single pair of runs."""
    from picdesk.evaluate.tables.comparison import tables_of
    from picdesk.photos.locate import printable

    tables = tables_of(comparison)
    pairs = len(comparison.extremes)
    for table in tables if pairs == 1 else tables[:-pairs]:
        _show_table(table, quiet=quiet)
    if quiet:
        return
    if pairs > 1:
        show_remark(f"wins and losses of {pairs} pairs of runs are in the files that -o writes, and in --json")
    for note in comparison.notes:
        show_remark(printable(note))


def _show_table(table: Table, *, quiet: bool) -> None:
    from rich.table import Table as Drawn
    from rich.text import Text

    from picdesk.photos.locate import printable

    out = console()
    out.print(Text(f"\n{printable(table.title)}", style="bold"))
    drawn = Drawn(box=None, pad_edge=False, header_style="dim")
    for column in table.columns:
        drawn.add_column(Text(printable(column.name)), justify="right" if column.number else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*map(_cell, row))
    out.print(drawn)
    if not quiet:
        for sentence in table.legend:
            out.print(Text(printable(sentence), style="dim"))


def _cell(cell: Cell) -> Any:
    from rich.text import Text

    from picdesk.photos.locate import printable

    marks = f" {printable(cell.marks)}" if cell.marks else ""
    return Text.assemble((printable(cell.text), "bold" if cell.best else ""), (marks, "yellow"))


def _finite(value: Any) -> Any:
    """JSON has no infinity: a rank that nobody knows is null."""
    return None if value in {float("inf"), float("-inf")} else value


def _read_runs(paths: list[Path], format: str | None, addresses: Any) -> list[Run]:
    """The runs; those whose files have one name are called by their paths."""
    from collections import Counter
    from dataclasses import replace

    from picdesk.newsimages.runs.formats import read_run

    read = [read_run(path, format, addresses=addresses) for path in paths]
    counts = Counter(run.name for run in read)
    return [
        replace(run, name=str(path)) if counts[run.name] > 1 else run for run, path in zip(read, paths, strict=True)
    ]


def _baseline(wanted: str | None, paths: list[Path], runs: list[Run]) -> str | None:
    """The name of the run that is meant: by its name, or by its path as it was given."""
    return next((run.name for run, path in zip(runs, paths, strict=True) if wanted == str(path)), wanted)


def _listed(articles: Path | None, truth: Path, known: Any, by: list[str]) -> ArticleList | None:
    from picdesk.evaluate.article_list import read_article_list, try_article_list

    if articles is not None:
        return read_article_list(articles, known)
    return read_article_list(truth, known) if by else try_article_list(truth, known)
