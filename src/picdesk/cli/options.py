"""Arguments and options that several verbs share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

ArchivePath = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="The archive's folder.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress, no remarks.")]
Encoders = Annotated[
    list[str] | None,
    typer.Option(
        "--encoder",
        metavar="ENCODER",
        help="Folder of an encoder, or the name of one that filled the archive; repeatable. "
        "Default: those that filled the archive.",
        show_default=False,
    ),
]
ReadingName = Annotated[
    str | None,
    typer.Option(
        "--reading",
        metavar="NAME|FILE",
        help="How the story becomes a query: a reading's name or its TOML file; see picdesk articles readings.",
        show_default=False,
    ),
]
Translate = Annotated[bool, typer.Option("--translate", help="Translate the story into English first.")]
Language = Annotated[
    str | None,
    typer.Option(
        metavar="CODE", help="The story's language, such as de. Default: it is found out.", show_default=False
    ),
]
Rights = Annotated[str | None, typer.Option(help="Words in rights, usage terms or instructions.", show_default=False)]
Credit = Annotated[str | None, typer.Option(help="Words in the credit line.", show_default=False)]
After = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Taken on this day or later.", show_default=False),
]
Before = Annotated[
    dt.datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Taken on this day or earlier.", show_default=False),
]
Orientation = Annotated[str | None, typer.Option(help="landscape, portrait or square.", show_default=False)]
Filter = Annotated[
    str | None,
    typer.Option(
        metavar="CONDITIONS",
        help="Conditions joined by and, or, not: credit:AP and not ai and (place:Berlin or people:Merkel) and "
        "width>=2000.",
        show_default=False,
    ),
]
Where = Annotated[
    str | None, typer.Option(metavar="SQL", help="Condition over the archive's columns.", show_default=False)
]
