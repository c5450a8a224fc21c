"""The verb that fetches an encoder, or a model that translates or paraphrases."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.show import console, show_json, show_remark, size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from picdesk.articles.translate.models import TextModel
    from picdesk.encoders.catalogue import CatalogueEntry


def register(models: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    models.command(epilog="Example: picdesk models get clip-vit-b-32")(get)


def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that picdesk models lists.", show_default=False)],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fetch an encoder, or a model that translates, once; every file is checked against the hub's hash."""
    from picdesk.articles.translate.fetch import fetch_model
    from picdesk.articles.translate.models import find_model
    from picdesk.encoders.hub import fetch_encoder

    model = find_model(name)
    entry = model or _entry(name)
    with fetching(entry, shown=not quiet and not as_json) as progress:
        fetched = fetch_model(model, progress) if model else fetch_encoder(_entry(name), progress)
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
        licence = f" Licence: {model.licence.removeprefix('LicenseRef-')}." if model else ""
        use = "" if model else f" Use it: picdesk add ARCHIVE PHOTOS --encoder {entry.name}"
        show_remark(f"{entry.name}: {how}.{licence}{use}")


def _entry(name: str) -> CatalogueEntry:
    """The model of that name.

    Raises:
        EncoderMissing: there is none; close names are said.
    """
    from picdesk.articles.translate.models import close_models
    from picdesk.encoders.catalogue import catalogue, close_names, find_entry
    from picdesk.errors import EncoderMissing

    entries = catalogue()
    entry = find_entry(name, entries)
    if entry is None:
        close = [*close_names(name, entries), *close_models(name)]
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        raise EncoderMissing(f"no encoder called {name[:200]!r}", f"See what there is: picdesk models.{meant}")
    return entry


@contextmanager
def fetching(entry: CatalogueEntry | TextModel, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
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
