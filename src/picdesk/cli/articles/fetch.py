"""The verb that gets many articles from the web."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import Json, Quiet, parted
from picdesk.cli.progress import progress_bar
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from collections.abc import Callable

    from picdesk.articles.addresses_listed import Listed
    from picdesk.articles.bulk import Fetched
    from picdesk.articles.fetch import Page


def register(articles: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    articles.command(epilog="Example: picdesk articles fetch newsarticles.csv -o articles.jsonl --workers 16")(fetch)


def fetch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="LIST",
            help="Addresses, one a line; a table (CSV, TSV, JSONL, Parquet) with a column of them; a feed, or its "
            "address; - for stdin.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="JSON Lines file to write or to go on with.", show_default=False
        ),
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=COLUMN",
            help="For a table: which column holds a field, such as url=Adresse; repeatable.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Hosts asked at the same time, each once.")] = 8,
    delay: Annotated[float, typer.Option(min=0, help="Seconds of rest for a host between two requests.")] = 1.0,
    retries: Annotated[int, typer.Option(min=0, help="Further tries after 429, 5xx or no answer in time.")] = 3,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed in earlier runs.")
    ] = False,
    intranet: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HOST[:PORT]",
            help="A host of your own network; pages of all other private addresses are refused. Repeatable.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fetch many articles politely, their failures with reasons; goes on where an earlier run stopped."""
    from picdesk.articles import fetch as fetching
    from picdesk.articles.bulk import fetch_articles
    from picdesk.articles.polite import Manners
    from picdesk.cli.stopping import stopping
    from picdesk.errors import Interrupted, NothingFound

    get = functools.partial(fetching.fetch, intranet=frozenset(host.lower() for host in intranet or []))
    listed = _listed(source, column or [], get)
    with stopping() as stop, progress_bar(shown=not quiet) as bar:

        def progress(seen: Fetched) -> None:
            bar.move(seen.fetched + seen.failed + seen.already, seen.total, f"{seen.failed:,} failed")

        done = fetch_articles(
            listed,
            out,
            manners=Manners(workers=workers, delay=delay, retries=retries),
            retry_failed=retry_failed,
            fetch=get,
            progress=progress,
            stop=stop,
        )
    _show(done, out, as_json=as_json, quiet=quiet)
    if done.stopped:
        raise Interrupted("stopped before the end; what was fetched is kept", "Run the same command again to go on.")
    if not done.total:
        raise NothingFound(f"no article is listed in {source}", "It needs an address a line, or a column of them.")
    if not done.fetched and not done.already:
        raise NothingFound("not one article could be had", f'The reasons stand in {out} under "failed".')


def _listed(source: str, columns: list[str], get: Callable[[str], Page]) -> list[Listed]:
    from picdesk.articles.addresses_listed import listed_in

    chosen = parted(columns, "--column", "url=Adresse", "FIELD=COLUMN")
    if source == "-":
        return listed_in(typer.get_binary_stream("stdin"), columns=chosen, fetch=get)
    return listed_in(source, columns=chosen, fetch=get)


def _show(done: Fetched, out: Path, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        show_json(
            {
                "fetched": done.fetched,
                "failed": done.failed,
                "already": done.already,
                "total": done.total,
                "seconds": round(done.seconds, 3),
                "stopped": done.stopped,
            }
        )
        return
    counts = f"fetched {done.fetched:,} · failed {done.failed:,} · already there {done.already:,}"
    console().print(f"{counts} · {done.seconds:.1f} s", soft_wrap=True)
    if done.failed and not quiet:
        show_remark(f'The reasons stand in {out} under "failed"; --retry-failed tries again.')
