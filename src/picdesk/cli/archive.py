"""Verbs that look after an archive."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.index import document_of as index_document
from picdesk.cli.options import ArchivePath, Json, Quiet
from picdesk.cli.panels import ARCHIVES
from picdesk.cli.show import console, show_json, show_remark, size_of

if TYPE_CHECKING:
    from picdesk.archive.info import Coverage, Info


def register(app: typer.Typer) -> None:
    """Put this file's verbs on the command line."""
    app.command(rich_help_panel=ARCHIVES, epilog="Example: picdesk info archive --refused")(info)
    app.command(rich_help_panel=ARCHIVES, epilog="Example: picdesk verify archive")(verify)
    app.command(rich_help_panel=ARCHIVES, epilog="Example: picdesk compact archive")(compact)


def info(
    archive: ArchivePath,
    refused: Annotated[bool, typer.Option("--refused", help="List what was not taken, and why.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what is in an archive."""
    from picdesk.api import open_archive

    found = open_archive(archive).info()
    if as_json:
        show_json(_document(found))
    elif refused:
        _show_refused(found)
    else:
        _show_info(found)
        if found.refusals and not quiet:
            show_remark("Files that were not taken, with reasons: --refused")


def verify(
    archive: ArchivePath,
    quick: Annotated[bool, typer.Option("--quick", help="Do not read the originals again.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check every promise of an archive and name what is broken."""
    from picdesk.api import open_archive

    problems = open_archive(archive).verify(originals=not quick)
    if as_json:
        show_json({"ok": not problems, "problems": [asdict(problem) for problem in problems]})
    else:
        for problem in problems:
            console().print(f"{problem.promise}: {problem.item} {problem.what}", markup=False, soft_wrap=True)
        if not quiet:
            console().print(f"{len(problems):,} problems" if problems else "every promise holds")
    if problems:
        raise typer.Exit(1)


def compact(archive: ArchivePath, as_json: Json = False, quiet: Quiet = False) -> None:
    """Give back the room of removed photos and superseded versions."""
    from picdesk.api import open_archive

    done = open_archive(archive).compact()
    if as_json:
        show_json({"before": done.before, "after": done.after})
    elif not quiet:
        console().print(f"{size_of(done.before)} before, {size_of(done.after)} after")


def _document(found: Info) -> dict[str, object]:
    return {
        "photos": found.photos,
        "encoders": [_coverage(entry) for entry in found.encoders],
        "meaning": _coverage(found.meaning) if found.meaning else None,
        "said": found.said,
        "refused": [asdict(refusal) for refusal in found.refusals],
        "bytes": found.bytes,
        "language": found.language,
        "choices": found.choices,
        "uses": found.uses,
        "indexes": [index_document(each) for each in found.indexes],
        "broken_indexes": list(found.broken_indexes),
    }


def _coverage(entry: Coverage) -> dict[str, object]:
    return {
        "name": entry.encoder.name,
        "fingerprint": entry.encoder.fingerprint,
        "location": entry.encoder.location,
        "dimension": entry.encoder.dimension,
        "photos": entry.photos,
    }


def _show_info(found: Info) -> None:
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("photos", f"{found.photos:,}")
    for entry in found.encoders:
        about = f"{entry.encoder.fingerprint[:12]}, {entry.encoder.dimension} numbers"
        table.add_row("encoder", f"{entry.encoder.name} ({about}): {entry.photos:,} photos")
    if not found.encoders:
        table.add_row("encoder", "none: photos are found by their words alone")
    if found.meaning:
        table.add_row("meaning", f"{found.meaning.encoder.name}: captions of {found.meaning.photos:,} photos")
    for built in found.indexes:
        recall = f"recall@100 {built.chosen.at_100:.3f}" if built.chosen else "exact"
        table.add_row("index", f"{built.encoder}: {built.photos:,} photos, {built.kind}, {recall}")
    for trouble in found.broken_indexes:
        table.add_row("index", trouble)
    for column, count in found.said.items():
        table.add_row(column, f"{count:,} photos")
    table.add_row("refused", f"{sum(refusal.id is None for refusal in found.refusals):,} files")
    table.add_row("removed", f"{sum(refusal.id is not None for refusal in found.refusals):,} photos")
    for row, count in (("choices", found.choices), ("uses", found.uses)):
        if count:
            table.add_row(row, f"{count:,}")
    table.add_row("words in", found.language)
    table.add_row("on disk", size_of(found.bytes))
    console().print(table)


def _show_refused(found: Info) -> None:
    from picdesk.photos.locate import shown

    for refusal in found.refusals:
        line = f"{refusal.when:%Y-%m-%d %H:%M}  {shown(refusal.uri)}: {refusal.reason}"
        console().print(line, markup=False, soft_wrap=True)
