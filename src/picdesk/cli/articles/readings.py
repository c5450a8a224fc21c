"""The verb that lists the readings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.show import console, show_json, show_remark


def register(articles: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    articles.command("readings", epilog="Example: picdesk articles readings bakker-2025-long > own.toml")(list_readings)


def list_readings(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME|FILE]", help="Print this one as TOML.", show_default=False)
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say in which ways a story can become a query, or print one of them as TOML."""
    from rich.table import Table

    from picdesk.articles.reading import load_reading, readings

    chosen = readings().values() if name is None else [load_reading(name)]
    if as_json:
        show_json({"readings": [asdict(reading) for reading in chosen]})
        return
    if name is not None:
        typer.echo(load_reading(name).to_toml(), nl=False)
        return
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for reading in chosen:
        table.add_row(reading.name, reading.about)
    console().print(table)
    if not quiet:
        show_remark("Use one: picdesk search ARCHIVE STORY --reading NAME")
