"""The verb that fetches an encoder."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.show import console, show_json, show_remark, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from picdesk.encoders.catalogue import CatalogueEntry


def register(models: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    models.command(epilog="Example: picdesk models get clip-vit-b-32")(get)


def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that picdesk models lists.", show_default=False)],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fetch an encoder into the hub's cache, once; every file is checked against the hub's hash."""
    from picdesk.encoders.hub import fetch_encoder

    entry = _entry(name)
    with fetching(entry, shown=not quiet and not as_json) as progress:
        fetched = fetch_encoder(entry, progress)
    if as_json:
        show_json(
            {
                "name": entry.name,
                "folder": str(fetched.folder),
                "already": fetched.already,
                "bytes": fetched.bytes,
                "seconds": round(fetched.seconds, 3),
            }
        )
        return
    console().print(str(fetched.folder), markup=False, soft_wrap=True)
    if not quiet:
        how = "was here already" if fetched.already else f"fetched, {size_of(fetched.bytes)}"
        show_remark(f"{entry.name}: {how}. Use it: picdesk add ARCHIVE PHOTOS --encoder {entry.name}")


def _entry(name: str) -> CatalogueEntry:
    """The model of that name.

    Raises:
        EncoderMissing: there is none; close names are said.
    """
    from picdesk.encoders.catalogue import catalogue, close_names, find_entry
    from picdesk.errors import EncoderMissing

    entries = catalogue()
    entry = find_entry(name, entries)
    if entry is None:
        close = close_names(name, entries)
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        raise EncoderMissing(f"no encoder called {name[:200]!r}", f"See what there is: picdesk models.{meant}")
    return entry


@contextmanager
def fetching(entry: CatalogueEntry, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar with bytes and the time left; nothing where stderr is no terminal."""
    out = console(stderr=True)
    if not shown or not out.is_terminal:
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=out, transient=True) as bar:
        task = bar.add_task(entry.name, total=entry.size)
        yield lambda done, total: bar.update(task, completed=done, total=max(total, entry.size))
