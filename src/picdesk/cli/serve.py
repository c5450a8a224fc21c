"""The verb that opens the desk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import Encoders, Json, Quiet
from picdesk.cli.panels import STORIES
from picdesk.cli.show import show_json, show_remark

if TYPE_CHECKING:
    from picdesk.desk.settings import DeskSettings


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        rich_help_panel=STORIES,
        epilog="Example: picdesk serve archive --open. For a newsroom: "
        "picdesk serve archive --host 0.0.0.0 --auth users.toml --allow-host desk.example",
    )(serve)


def serve(
    archive: Annotated[
        str | None,
        typer.Argument(
            metavar="[ARCHIVE]",
            help="The archive's folder, or its s3://, gs:// or az:// address; none where there is a study alone.",
            show_default=False,
        ),
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option(
            metavar="STUDY",
            help="Also a study, made by picdesk rate setup; raters come by their links.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to bind to. Default: this machine alone.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for a free one.")] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="PICDESK_TOKEN",
            help="A secret of 16 characters or more that whoever comes must give; better in the environment.",
            show_default=False,
            show_envvar=True,
        ),
    ] = None,
    auth: Annotated[
        Path | None,
        typer.Option(
            metavar="USERS_FILE", help="People who may log in; make it with picdesk users add.", show_default=False
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A further name under which it is reached; repeatable.", show_default=False),
    ] = None,
    behind_https: Annotated[
        bool, typer.Option("--behind-https", help="A proxy on this machine speaks HTTPS with the browsers.")
    ] = False,
    originals: Annotated[bool, typer.Option("--originals", help="Let originals be downloaded whole.")] = False,
    intranet: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST", help="A host of your own that stories may be fetched from; repeatable.", show_default=False
        ),
    ] = None,
    slot: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=W:H",
            help="A place that photos are cropped for, a shape or pixels (card=1200x630); repeatable. "
            "Default: 16:9, 3:2, 1:1 and 460x260.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Searches answered at a time. Default: one a core.", show_default=False)
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    encoder: Encoders = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Open the desk: search and choose photos in a browser, or through its JSON interface.

    Without --host it is reached from this machine alone, and asks nobody who they are. Ctrl-C closes it. Everything it
    needs is on this machine; nothing is loaded from elsewhere but the stories that people ask for.
    """
    require_desk()
    import os

    # Searches run side by side; threads inside a multiplication would wait for one another. Read when numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from picdesk.desk.settings import DeskSettings
    from picdesk.photos.crops.slots import slots_of

    settings = DeskSettings(
        archive=archive,
        encoders=tuple(encoder or ()),
        host=host,
        token=token or None,
        users=auth,
        hosts=tuple(allow_host or ()),
        secure=behind_https,
        originals=originals,
        intranet=frozenset(name.lower() for name in intranet or ()),
        slots=slots_of(slot or ()),
        study=study,
        threads=threads or max(2, os.cpu_count() or 2),
    )
    settings.refuse_open_doors()
    _run(settings, port, as_json=as_json, quiet=quiet, open_browser=open_browser)


def require_desk() -> None:
    """Make sure that the web libraries are here.

    Raises:
        ExtraMissing: they are not; the hint is the line that installs them.
    """
    from importlib.util import find_spec

    from picdesk.cli.doctor import EXTRAS
    from picdesk.errors import ExtraMissing

    missing = [name for name in EXTRAS["desk"] if find_spec(name) is None]
    if missing:
        raise ExtraMissing(f"the desk needs {', '.join(missing)}", "Install it with: pip install 'picdesk[desk]'")


def _run(settings: DeskSettings, port: int, *, as_json: bool, quiet: bool, open_browser: bool) -> None:
    from picdesk.desk.app import make_app
    from picdesk.desk.serve import address_of, listen, log_to_stderr, server_of, settle

    with listen(settings.host, port) as listening:
        app = make_app(settings)
        address = address_of(settings.host, listening)
        photos = None if settings.archive is None else len(app.state.desk.archive)
        log_to_stderr(quiet=quiet)
        settle()
        if as_json:
            asks = [name for name, wanted in (("token", settings.token), ("users", settings.users)) if wanted]
            show_json({"address": address, "api": f"{address}/api/v1/openapi.json", "photos": photos, "asks_for": asks})
        elif not quiet:
            held = "a study alone" if photos is None else f"{photos:,} photos"
            typer.echo(f"The desk is open at {address} ({held}). Close it with Ctrl-C.")
        import sys

        sys.stdout.flush()
        if open_browser:
            import webbrowser

            webbrowser.open(address)
        try:
            server_of(app, settings).run(sockets=[listening])
        finally:  # what was in flight has been answered
            if not quiet:
                show_remark("The desk is closed.")
