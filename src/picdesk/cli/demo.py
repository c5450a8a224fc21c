"""The verb that shows the whole job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import START
from picdesk.cli.search import document_of, show_ranking
from picdesk.cli.show import console, show_json


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(rich_help_panel=START, epilog="Example: picdesk demo")(demo)


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where the demo's files go.")] = Path(
        "picdesk-demo"
    ),
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Build a small archive from real photos, search it with three stories, draw the answer. Offline."""
    from picdesk.demo import run_demo

    made = run_demo(folder)
    if as_json:
        show_json(
            {
                "archive": str(made.archive),
                "sheet": str(made.sheet),
                "kept": made.added.kept,
                "already": made.added.already,
                "answers": [document_of(ranking) for ranking in made.rankings],
            }
        )
        return
    out = console()
    out.print(f"{made.added.kept + made.added.already} photos in {made.archive}", markup=False)
    for ranking in made.rankings:
        article = ranking.query.article
        out.print(f"\n[bold]{article.headline if article else ''}[/]")
        show_ranking(ranking, quiet=True)
    if quiet:
        return
    out.print(f"\nThe same with pictures: {made.sheet}", markup=False, soft_wrap=True)
    out.print(
        "Visual search is off: these answers come from captions, keywords and names alone. To switch it on, fetch an "
        "encoder once and name it when photos are added:",
        markup=False,
    )
    out.print("  picdesk models get clip-vit-b-32", markup=False)
    out.print(f"  picdesk add {made.archive} {made.photos} --encoder clip-vit-b-32", markup=False, soft_wrap=True)
