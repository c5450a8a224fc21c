"""Verbs about what the desk chose."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import ArchivePath, Json, Quiet
from picdesk.cli.panels import ARCHIVES
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.archive.choices import Choice


def register(app: typer.Typer) -> None:
    """Put ``picdesk choices`` and its verbs on the command line."""
    choices = typer.Typer(
        help="Which photos the desk picked and rejected for which stories.",
        epilog="Example: picdesk choices export archive -o choices.csv",
        no_args_is_help=True,
    )
    choices.command("export", epilog="Example: picdesk choices export archive -o choices.csv")(export)
    choices.command("import", epilog="Example: picdesk choices import archive choices.csv")(import_)
    app.add_typer(choices, name="choices", rich_help_panel=ARCHIVES)


def export(
    archive: ArchivePath,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write them: .csv or .jsonl. Default: CSV on the screen.",
            show_default=False,
        ),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Also what was taken back or decided anew, and when.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write down what was picked and rejected, to learn from elsewhere or to carry over."""
    from picdesk.api import open_archive
    from picdesk.archive.choices_file import FORMATS, document_of, format_of
    from picdesk.errors import InputError, NothingFound

    kind = format_of(out) if out else "csv"
    chosen = open_archive(archive).choices(history=history)
    if not chosen:
        raise NothingFound(f"nothing was picked or rejected in {archive}", "Choose photos at the desk: picdesk serve.")
    text = FORMATS[kind](chosen)
    if out:
        try:
            out.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise InputError(f"{out} cannot be written: {error.strerror or error}") from None
    if as_json:
        show_json({**_counts(chosen), "output": str(out) if out else None, "choices": list(map(document_of, chosen))})
    elif out and not quiet:
        counts = _counts(chosen)
        said = f"{counts['picked']:,} picked and {counts['rejected']:,} rejected for {counts['stories']:,} stories"
        console().print(f"{said}: {out}", markup=False, soft_wrap=True)
    elif not out:
        sys.stdout.write(text.replace("\r\n", "\n"))


def import_(
    archive: ArchivePath,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What picdesk choices export wrote.", show_default=False)
    ],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put choices of another archive, or of a copy, into this one; those that are here already stay as they are."""
    from picdesk.api import open_archive

    read, new, unknown = open_archive(archive).import_choices(file)
    if as_json:
        show_json({"read": read, "new": new, "photos_not_here": unknown})
    elif not quiet:
        console().print(f"{new:,} new of {read:,}")
        if unknown:
            show_remark(f"{unknown:,} are of photos that are not in this archive: nothing is learned from them here")


def _counts(choices: Sequence[Choice]) -> dict[str, int]:
    verdicts = Counter(choice.verdict for choice in choices)
    stories = len({choice.article for choice in choices})
    return {"picked": verdicts["picked"], "rejected": verdicts["rejected"], "stories": stories}
