"""Arguments and options that several verbs share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

ArchivePath = Annotated[
    str,
    typer.Argument(
        metavar="ARCHIVE", help="The archive's folder, or its s3://, gs:// or az:// address.", show_default=False
    ),
]
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
Cluster = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="CLUSTER",
        help="A Ray cluster that does the work: ray (that of $RAY_ADDRESS, else one on this machine), HOST:6379 on a "
        "node of it, ray://HOST:10001 from outside.",
        show_default=False,
    ),
]
Device = Annotated[
    str | None, typer.Option(help="cpu, cuda or cuda:N. Default: a card where there is one.", show_default=False)
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
NotUsed = Annotated[
    int | None,
    typer.Option(
        "--not-used", min=0, metavar="DAYS", help="Only photos not used in the last so many days.", show_default=False
    ),
]
Where = Annotated[
    str | None, typer.Option(metavar="SQL", help="Condition over the archive's columns.", show_default=False)
]
Published = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Published articles and their photos, as newsarticles.csv; photos of similar ones are put higher.",
        show_default=False,
    ),
]


def parted(given: Sequence[str] | None, option: str, example: str, form: str = "NAME=VALUE") -> dict[str, str]:
    """What an option that is given several times says, each time as ``NAME=VALUE``.

    Args:
        given: as typed; the last of two with the same name counts.
        option: its name, for the error.
        example: what one can look like, for the error.
        form: how the help calls it.

    Raises:
        InputError: one has no ``=``, or nothing before it.
    """
    from picdesk.errors import InputError

    said = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals:
            raise InputError(f"{option} {each} has no '='", f"Write it as {form}, for example {example}.")
        if not name.strip():
            raise InputError(f"{option} {each} has no name before the '='", f"Write it as {form}, like {example}.")
        said[name.strip()] = value.strip()
    return said
