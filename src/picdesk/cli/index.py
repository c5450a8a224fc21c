"""The verb that builds the neighbour index of a large archive."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import ArchivePath, Device, Encoders, Json, Quiet, ReadingName
from picdesk.cli.panels import ARCHIVES
from picdesk.cli.progress import progress_bar
from picdesk.cli.show import bytes_of, console, show_json, show_remark, size_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.archive.neighbours.built import BuiltIndex, Recall
    from picdesk.archive.neighbours.protocol import Progress


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(rich_help_panel=ARCHIVES, epilog="Example: picdesk index archive --memory 4GB --queries stories.csv")(
        index
    )


def index(
    archive: ArchivePath,
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Memory that all indexes together may take, built and open; of an archive on a disk. Default: 4 GiB.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="flat (exact), pq or rabitq; of an archive on a disk. Default: flat up to 500,000 photos, else what "
            "the memory has room for. In object storage it is LanceDB's own.",
            show_default=False,
        ),
    ] = None,
    queries: Annotated[
        str | None,
        typer.Option(
            metavar="ARTICLES",
            help="Articles to measure recall on, best some that none of the photos was used for; the more the better, "
            "20 at least. Default: photos of the archive, with noise.",
            show_default=False,
        ),
    ] = None,
    encoder: Encoders = None,
    reading: ReadingName = None,
    device: Device = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same sample.")] = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Build the neighbour index of a large archive, and measure how much of the exact answer it finds."""
    from picdesk.api import open_archive
    from picdesk.cli.article_list import articles_of

    opened = open_archive(archive, encoder or None)
    read, unread = articles_of(queries) if queries else ([], [])
    with progress_bar(shown=not quiet) as bar:

        def move(name: str, how: Progress) -> None:
            bar.move(how.done, how.of, f"{how.doing} {name}")

        room = None if memory is None else bytes_of(memory)
        built = opened.index(read, reading=reading, memory=room, kind=kind, seed=seed, device=device, progress=move)
    if as_json:
        show_json({"indexes": [document_of(each) for each in built]})
        return
    for each in built:
        _show(each)
    if unread and not quiet:
        show_remark(f"{len(unread):,} articles could not be read")


def document_of(built: BuiltIndex) -> dict[str, Any]:
    """An index as a JSON document."""
    chosen = built.chosen
    return {
        "encoder": built.encoder,
        "fingerprint": built.fingerprint,
        "kind": built.kind,
        "factory": built.factory,
        "photos": built.photos,
        "exact": chosen is None,
        "probes": built.probes,
        "candidates": built.candidates,
        "queries": built.queries,
        "recall": None if chosen is None else {"at_10": chosen.at_10, "at_100": chosen.at_100},
        "measured": [asdict(row) for row in built.recall],
        "seconds": built.seconds,
        "memory": built.memory,
        "bytes": built.bytes,
        "when": built.when,
    }


def _show(built: BuiltIndex) -> None:
    how = f"{built.kind} ({built.factory})" if built.factory else f"{built.kind}, every photo is compared"
    memory = "read as it is needed" if built.memory is None else f"{size_of(built.memory)} in memory"
    line = (
        f"{built.encoder}: {built.photos:,} photos, {how}, built in {built.seconds:.1f} s, "
        f"{memory}, {size_of(built.bytes)} on disk"
    )
    console().print(line, markup=False, soft_wrap=True)
    if built.recall:
        console().print(f"recall against exact, on {built.queries}:", markup=False, soft_wrap=True)
        _show_recall(built.recall, built)


def _show_recall(rows: Sequence[Recall], built: BuiltIndex) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("photos left", "lists", "compared", "recall@10", "recall@100", "ms"):
        table.add_column(name, justify="right")
    table.add_column("")
    for row in rows:
        chosen = row == built.chosen
        table.add_row(
            f"{row.share:.0%}",
            f"{row.probes:,}",
            f"{row.candidates:,}",
            f"{row.at_10:.3f}",
            f"{row.at_100:.3f}",
            f"{row.milliseconds:.2f}",
            "chosen" if chosen else "",
        )
    console().print(table)
