"""Verbs about people's ratings."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import SCORES
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from picdesk.evaluate.ratings.bradley_terry import Strength
    from picdesk.evaluate.ratings.summarise import RunSummary
    from picdesk.records import Rating


def register(app: typer.Typer) -> None:
    """Put ``picdesk ratings`` and its verbs on the command line."""
    ratings = typer.Typer(
        help="People's ratings: official means, intervals, agreement.",
        epilog="Example: picdesk ratings summarise survey_results_Das-RU.xlsx",
        no_args_is_help=True,
    )
    ratings.callback()(_ratings)  # keeps the verb's name although it is the only one
    ratings.command(
        epilog="Example: picdesk ratings summarise survey_results_Das-RU.xlsx survey_results_BASELINE_v2.xlsx"
    )(summarise)
    app.add_typer(ratings, name="ratings", rich_help_panel=SCORES)


def _ratings() -> None:
    """People's ratings: official means, intervals, agreement."""


def summarise(
    file: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="The organisers' spreadsheets (.xlsx), or tables (.csv, .tsv) of ratings (run, article, rater, value) "
            "or of choices (first, second, winner).",
            show_default=False,
        ),
    ],
    categories: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Table with the columns article and category.", show_default=False),
    ] = None,
    scores: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN=FILE",
            help="The run file behind a rated run: do its scores say what people say? Repeatable.",
            show_default=False,
        ),
    ] = None,
    resamples: Annotated[int, typer.Option(min=100, help="Samples that intervals are taken from.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Where chance begins.")] = 0,
    prior: Annotated[
        float, typer.Option(min=0, help="Wins given to every run against every other beforehand (choices).")
    ] = 0.0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Summarise ratings as the organisers do: the mean over teams, own ratings left out."""
    import numpy as np

    from picdesk.errors import NothingFound
    from picdesk.evaluate.ratings.bradley_terry import bradley_terry
    from picdesk.evaluate.ratings.readers import read_judgements
    from picdesk.evaluate.ratings.summarise import overall_alpha
    from picdesk.evaluate.ratings.summarise import summarise as summarise_ratings

    judged = read_judgements(file)
    if not judged.ratings and not judged.choices:
        raise NothingFound("no rating in the files", "Cells without a rating are empty there.")
    chance = np.random.default_rng(seed)
    runs = summarise_ratings(judged.ratings, chance, resamples=resamples) if judged.ratings else []
    tasks = dict.fromkeys(choice.task for choice in judged.choices)
    pairs = {
        task: bradley_terry([choice for choice in judged.choices if choice.task == task], prior=prior) for task in tasks
    }
    document: dict[str, Any] = {
        "runs": [asdict(run) for run in runs],
        "agreement": overall_alpha(judged.ratings) if judged.ratings else {},
        "categories": _categories(judged.ratings, categories) if categories else [],
        "correlations": _correlations(judged.ratings, scores or [], chance),
        "choices": [{"task": task} | asdict(one) for task, strengths in pairs.items() for one in strengths],
        "notes": list(judged.notes),
    }
    if as_json:
        show_json(document)
        return
    _show(runs, pairs, document, quiet=quiet)


def _categories(ratings: Sequence[Rating], path: Path) -> list[dict[str, Any]]:
    from picdesk.evaluate.ratings.categories import read_categories
    from picdesk.evaluate.ratings.summarise import category_means

    means = category_means(ratings, read_categories(path))
    return [
        {"run": run, "task": task, "category": category, "official_mean": mean, "items": items}
        for (run, task, category), (mean, items) in means.items()
    ]


def _correlations(
    ratings: Sequence[Rating], scores: Sequence[str], chance: np.random.Generator
) -> list[dict[str, Any]]:
    from picdesk.errors import InputError
    from picdesk.evaluate.ratings.correlation import correlate
    from picdesk.evaluate.ratings.summarise import by_run, item_ratings
    from picdesk.newsimages.runs import read_run

    rows = []
    for pair in scores:
        name, equals, path = pair.partition("=")
        rated = {task: found for (run, task), found in by_run(ratings).items() if run == name}
        if not equals or not rated:
            known = ", ".join(dict.fromkeys(rating.run for rating in ratings))
            raise InputError(f"--scores {pair} names no rated run", f"Write RUN=FILE; rated runs: {known}.")
        first = {article: places[0][1] for article, places in read_run(Path(path)) if places}
        for task, found in rated.items():
            rows.append({"run": name, "task": task} | asdict(correlate(item_ratings(found), first, chance)))
    return rows


def _show(
    runs: Sequence[RunSummary],
    pairs: Mapping[str, Sequence[Strength]],
    document: Mapping[str, Any],
    *,
    quiet: bool,
) -> None:
    if runs:
        _table(
            [
                "run",
                "task",
                "official",
                "95 %",
                "mean",
                "ratings",
                "items",
                "raters",
                "teams",
                "alpha",
            ],
            [
                [
                    run.run,
                    run.task,
                    f"{run.official_mean:.3f}",
                    "{:.3f} to {:.3f}".format(*run.intervals["both"]),
                    f"{run.mean:.3f}",
                    f"{run.ratings:,}",
                    str(run.items),
                    str(run.raters),
                    str(run.teams),
                    _number(run.alpha["ordinal"]),
                ]
                for run in runs
            ],
        )
    for task, strengths in pairs.items():
        rows = [[one.run, task, f"{one.score:.3f}", f"{one.wins:g}", str(one.choices)] for one in strengths]
        _table(["run", "task", "strength", "wins", "choices"], rows)
    if document["categories"]:
        rows = [
            [row["run"], row["task"], row["category"] or "-", f"{row['official_mean']:.3f}", str(row["items"])]
            for row in document["categories"]
        ]
        _table(["run", "task", "category", "official", "items"], rows)
    if document["correlations"]:
        keys = ("spearman", "p", "pearson")
        rows = [
            [row["run"], row["task"], str(row["items"]), *(_number(row[key]) for key in keys)]
            for row in document["correlations"]
        ]
        _table(["run", "task", "items", *keys], rows)
    if quiet:
        return
    for note in document["notes"]:
        show_remark(note)
    own = sum(run.own for run in runs)
    if own:
        show_remark(f"{own:,} ratings of one's own runs count in no mean")
    if runs:
        show_remark("95 %: what other items and other raters would have given (both drawn with replacement)")
        alpha = _number(document["agreement"]["ordinal"])
        show_remark(f"agreement over all runs: Krippendorff's alpha {alpha} (ordinal)")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number < 2 or column == "category" else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
