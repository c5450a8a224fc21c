"""The verb that fits how signals are joined."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import ArchivePath, Encoders, Json, Language, Published, Quiet, ReadingName, Translate
from picdesk.cli.panels import STORIES
from picdesk.cli.progress import progress_bar
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from picdesk.search.tune import Row, Tuned

KINDS = {
    "signal": "alone",
    "default": "default weights",
    "fitted": "fitted weights",
    "without": "left out",
}


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        rich_help_panel=STORIES, epilog="Example: picdesk tune archive newsarticles.csv --truth newsarticles.csv"
    )(tune)


def tune(
    archive: ArchivePath,
    articles: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLES",
            help="Articles whose photo is known: a table (CSV, TSV, JSONL, Parquet), a folder of pages; - for stdin.",
            show_default=False,
        ),
    ],
    truth: Annotated[Path, typer.Option(metavar="FILE", help="Which photos fit which articles.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the settings here, and leave the archive as it is. Default: fusion.toml in the archive.",
            show_default=False,
        ),
    ] = None,
    near: Annotated[
        bool, typer.Option("--near", help="Also weigh how near a photo was taken to each article's day.")
    ] = False,
    published: Published = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts of the articles, each measured by the others' weights.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same numbers.")] = 0,
    encoder: Encoders = None,
    reading: ReadingName = None,
    translate: Translate = False,
    language: Language = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit how words, encoders and captions are joined, on articles whose photo is known; search and rank use it."""
    from picdesk.api import open_archive
    from picdesk.cli.article_list import articles_of
    from picdesk.cli.search import chosen_reading
    from picdesk.newsimages.truth import read_truth

    known = read_truth(truth)
    read, unread = articles_of(articles)
    opened = open_archive(archive, encoder or None)
    with progress_bar(shown=not quiet) as bar:
        tuned, file = opened.tune(
            read,
            known,
            output=output,
            reading=chosen_reading(reading, translate=translate, language=language),
            folds=folds,
            seed=seed,
            near=near,
            published=published,
            progress=lambda done: bar.move(done, len(read), "articles"),
            compared=lambda done, every: bar.move(done, every, "photos compared"),
        )
    if as_json:
        show_json(document_of(tuned) | {"written": str(file)})
        return
    show_tuned(tuned, quiet=quiet)
    if not quiet:
        if unread:
            show_remark(f"{len(unread):,} articles could not be read")
        show_remark(f"written: {file}")


def document_of(tuned: Tuned) -> dict[str, Any]:
    """What was found as its JSON document."""
    from dataclasses import asdict

    return {
        "fusion": tuned.settings.fusion,
        "weights": dict(tuned.settings.weights),
        "articles": tuned.articles,
        "measure": "MRR@100",
        "best_alone": tuned.best_alone,
        "rows": [asdict(row) for row in tuned.rows],
    }


def show_tuned(tuned: Tuned, *, quiet: bool = False) -> None:
    """The ablation table, and what was chosen."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("", "weights"):
        table.add_column(column, overflow="fold")
    for column in ("MRR@100", "95 % interval", "gain", "p"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in tuned.rows:
        chosen = row.kind == "fitted" and row.name == tuned.chosen
        table.add_row(*_cells(row, tuned), style="bold" if chosen else "")
    console().print(table)
    if not quiet:
        show_remark(
            f"{tuned.articles:,} articles; fitted weights are measured on articles they were not fitted on; gains and "
            f"p-values (randomisation test, Holm) are against {tuned.best_alone} alone"
        )


def _cells(row: Row, tuned: Tuned) -> tuple[str, ...]:
    from picdesk.photos.locate import printable

    name = f"without {row.name}" if row.kind == "without" else f"{row.name}, {KINDS[row.kind]}"
    shown = (
        "" if row.kind == "signal" else ", ".join(f"{signal} {weight:.3g}" for signal, weight in row.weights.items())
    )
    itself = row.kind == "signal" and row.name == tuned.best_alone
    return (
        printable(name),
        printable(shown),
        f"{row.mean:.4f}",
        f"{row.low:.4f}-{row.high:.4f}",
        "" if itself else f"{row.gain:+.4f}",
        "" if itself else f"{row.p:.2g}",
    )
