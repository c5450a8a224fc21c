"""Verbs that put photos in and take them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import ArchivePath, Cluster, Encoders, Json, Quiet, parted
from picdesk.cli.panels import ARCHIVES
from picdesk.cli.progress import progress_bar
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from picdesk.archive.add import Added

SHOWN_REFUSALS = 5


def register(app: typer.Typer) -> None:
    """Put this file's verbs on the command line."""
    app.command(
        rich_help_panel=ARCHIVES, epilog="Example: picdesk add archive photos/ wire.csv --encoder models/clip-vit-b-32"
    )(add)
    app.command(rich_help_panel=ARCHIVES, epilog="Example: picdesk remove archive IMG_2041 --where \"credit = 'AP'\"")(
        remove
    )


def add(
    archive: ArchivePath,
    source: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Folder, list (CSV, TSV, Parquet, JSONL), tar shards, NewsImages folder, or a single photo; on this "
            "machine or at an s3://, gs:// or az:// address.",
            show_default=False,
        ),
    ],
    encoder: Encoders = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="Kind of source, where it shall not be recognised by itself: folder, list, shards, "
            "newsimages2025, file.",
            show_default=False,
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=COLUMN",
            help="For a list: which column holds a field, such as caption=Beschreibung; repeatable.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(help="Language of captions, for the word index of a new archive.", show_default="English"),
    ] = None,
    meaning: Annotated[
        str | None,
        typer.Option(
            metavar="ENCODER",
            help="A text encoder, by name or folder, that reads captions from now on. Default: the one that was chosen "
            "for the archive, else the small one that ships with Picdesk.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads that read and decode.", show_default="one a core")
    ] = None,
    on: Cluster = None,
    again: Annotated[bool, typer.Option("--again", help="Take photos back in that were removed.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put photos into an archive; goes on where an earlier run stopped."""
    from picdesk.api import open_archive
    from picdesk.cli.stopping import stopping
    from picdesk.errors import Interrupted, NothingFound

    with stopping() as stop, progress_bar(shown=not quiet) as bar:
        total = _total(source, format) if bar.shown else None

        def progress(added: Added) -> None:
            bar.move(added.seen, total, f"{added.seen / max(added.seconds, 0.001):.0f} photos/s")

        added = open_archive(archive, encoder or None).add(
            *source,
            format=format,
            columns=parted(column, "--column", "caption=Beschreibung", "FIELD=COLUMN"),
            language=language,
            meaning=meaning,
            workers=workers,
            on=on,
            again=again,
            progress=progress,
            stop=stop,
        )
    _show_added(added, archive, as_json=as_json, quiet=quiet)
    if added.stopped:
        raise Interrupted("stopped before the end; what was done is kept", "Run the same command again to go on.")
    if not added.seen:
        hint = "Check the path; hidden files and sidecars are not photos."
        raise NothingFound(f"no photo in {', '.join(source)}", hint)
    if not added.kept and not added.already:
        raise NothingFound("no photo was kept", f"See the reasons with: picdesk info {archive} --refused")


def remove(
    archive: ArchivePath,
    photo: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PHOTO]...", help="Name, id (8 digits or more), URI or path.", show_default=False),
    ] = None,
    where: Annotated[
        str | None, typer.Option(metavar="SQL", help="Every photo that this finds.", show_default=False)
    ] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Photos whose original is gone.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take photos out of an archive and keep them out; originals are not touched."""
    from picdesk.api import open_archive

    removed = open_archive(archive).remove(*(photo or []), where=where, missing=missing)
    if as_json:
        show_json({"removed": [{"id": photo.id, "name": photo.name, "uri": photo.uri} for photo in removed]})
    else:
        console().print(f"removed {len(removed):,}")
        if not quiet:
            show_remark(f"They are in no answer from now on. Their room is given back by: picdesk compact {archive}")


def _show_added(added: Added, archive: str, *, as_json: bool, quiet: bool) -> None:
    from picdesk.photos.locate import shown

    fields = ("kept", "already", "refused", "removed", "replaced", "encoded", "seconds")
    if as_json:
        document = {name: getattr(added, name) for name in fields}
        problems = [{"uri": uri, "reason": reason} for uri, reason in added.problems]
        show_json(document | {"seconds": round(added.seconds, 3), "stopped": added.stopped, "problems": problems})
        return
    if not quiet:
        for uri, reason in added.problems[:SHOWN_REFUSALS]:
            show_remark(f"refused {shown(uri)}: {reason}")
        if added.refused > SHOWN_REFUSALS:
            show_remark(f"... and more; all of them: picdesk info {archive} --refused")
        if added.removed:
            show_remark(f"{added.removed:,} were removed earlier and stay out; --again takes them back in")
    line = f"kept {added.kept:,} · already there {added.already:,} · refused {added.refused:,}"
    if added.removed:
        line += f" · kept out {added.removed:,}"
    if added.replaced:
        line += f" · replaced {added.replaced:,}"
    console().print(f"{line} · encoded {added.encoded:,} · {added.seconds:.1f} s", soft_wrap=True)


def _total(sources: list[str], format: str | None) -> int | None:
    from picdesk.errors import PicdeskError
    from picdesk.photos.sources import open_source

    try:
        counts = [open_source(source, format=format).count() for source in sources]
    except PicdeskError:
        return None  # the run itself says what is wrong
    return None if None in counts else sum(count or 0 for count in counts)
