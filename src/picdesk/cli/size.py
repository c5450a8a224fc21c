"""The verb that says what an archive will take."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import ARCHIVES
from picdesk.cli.show import bytes_of, console, show_json, show_remark, size_of


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(rich_help_panel=ARCHIVES, epilog="Example: picdesk size --photos 51500000 --dim 512 --memory 8GB")(size)


def size(
    photos: Annotated[int, typer.Option(min=1, help="How many photos.", show_default=False)],
    dim: Annotated[int, typer.Option(min=1, help="Numbers of a vector: 512 for CLIP ViT-B/32.")] = 512,
    encoders: Annotated[int, typer.Option(min=1, help="Encoders, each with a vector a photo.")] = 1,
    memory: Annotated[str, typer.Option(metavar="SIZE", help="Memory that the indexes may take.")] = "4GB",
    machines: Annotated[int, typer.Option(min=1, help="Machines or cards that encode at the same time.")] = 1,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="Photos that one of them encodes a second; measure it with picdesk models bench. Default: 112, "
            "ViT-B/32 on two cores.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Calculate what an archive takes: disk, memory, time to encode, to index and to search."""
    from rich.table import Table

    from picdesk.archive.size import size_of_archive

    found = size_of_archive(
        photos, dim, encoders=encoders, memory=bytes_of(memory), machines=machines, photos_per_second=rate
    )
    if as_json:
        show_json(asdict(found))
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    disk = found.table_bytes + found.index_bytes
    table.add_row("photos", f"{photos:,}, {encoders} x {dim} numbers")
    table.add_row("on disk", f"{size_of(disk)}: rows and vectors {size_of(found.table_bytes)}, "
                             f"indexes {size_of(found.index_bytes)}")  # fmt: skip
    table.add_row("while compacting", f"{size_of(found.compacting_bytes)} more")
    table.add_row("index", found.index or "flat: every photo is compared")
    table.add_row("memory to search", size_of(found.memory_bytes))
    per = f"{found.photos_per_second:,.0f} photos/s on each of {machines:,}"
    table.add_row("to encode", f"{time_of(found.encode_seconds)} at {per}")
    table.add_row("to index", f"{time_of(found.index_seconds)} on two cores")
    table.add_row("one search", f"about {found.search_milliseconds:.2g} ms")
    console().print(table)
    if not quiet:
        show_remark("Calculated from figures of two shared cores, good to a factor of two; measure with: picdesk index")


def time_of(seconds: float) -> str:
    """A time for people.

    >>> time_of(50), time_of(3000), time_of(30_000), time_of(300_000)
    ('50 s', '50 min', '8.3 h', '3.5 days')
    """
    for unit, size_, most in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < most:
            value = seconds / size_
            return f"{value:.1f} {unit}" if unit == "h" else f"{value:.0f} {unit}"
    return f"{seconds / 86_400:.1f} days"
