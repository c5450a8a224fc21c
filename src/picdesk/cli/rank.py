"""The verb that ranks the photos for many articles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import (
    After,
    ArchivePath,
    Before,
    Cluster,
    Credit,
    Device,
    Encoders,
    Filter,
    Json,
    Language,
    NotUsed,
    Orientation,
    Published,
    Quiet,
    ReadingName,
    Rights,
    Translate,
    Where,
)
from picdesk.cli.panels import STORIES
from picdesk.cli.progress import progress_bar
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.articles import UnreadArticle
    from picdesk.records import Article
    from picdesk.search.dual_softmax import DualSoftmax

SHOWN_UNREAD = 5


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        rich_help_panel=STORIES, epilog="Example: picdesk rank archive newsarticles.csv -o run.tsv --format trec"
    )(rank)


def rank(
    archive: ArchivePath,
    articles: Annotated[
        str,
        typer.Argument(
            metavar="ARTICLES",
            help="Many articles: a table (CSV, TSV, JSONL, Parquet), a feed, a folder of pages; - for stdin.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--output", "-o", metavar="RUN", help="File to write the run to.", show_default=False)
    ],
    format: Annotated[
        str, typer.Option(metavar="NAME", help="trec, csv, newsimages2021, newsimages2022 or newsimages2023.")
    ] = "trec",
    depth: Annotated[int, typer.Option(min=1, help="Photos an article is given at most.")] = 100,
    name: Annotated[
        str | None, typer.Option(help="The run's name. Default: that of its file.", show_default=False)
    ] = None,
    words: Annotated[bool, typer.Option("--words/--no-words", help="Whether the word index is asked.")] = True,
    dual_softmax: Annotated[
        bool, typer.Option("--dual-softmax", help="A photo that suits many articles a little counts less for each.")
    ] = False,
    temperature: Annotated[
        float | None,
        typer.Option(
            help="Of dual softmax: the larger, the more popular photos lose. Default: 20.", show_default=False
        ),
    ] = None,
    within: Annotated[
        int | None,
        typer.Option(metavar="K", help="Dual softmax among each article's K nearest photos alone.", show_default=False),
    ] = None,
    bank: Annotated[
        bool, typer.Option("--bank", help="Dual softmax beside the archive's past queries; keeps these for later.")
    ] = False,
    one_to_one: Annotated[
        bool, typer.Option("--one-to-one", help="Each article's first photo is its own alone: the best assignment.")
    ] = False,
    no_repeats: Annotated[bool, typer.Option("--no-repeats", help="No photo is given to two articles.")] = False,
    fold_duplicates: Annotated[
        bool, typer.Option("--fold-duplicates", help="Of photos of an answer that show the same picture keep the best.")
    ] = False,
    keep_bank: Annotated[
        bool, typer.Option("--keep-bank", help="Keep these queries, as vectors, for picdesk search --bank.")
    ] = False,
    near: Annotated[
        bool, typer.Option("--near", help="Put photos higher that were taken near the day of each article.")
    ] = False,
    published: Published = None,
    rights: Rights = None,
    credit: Credit = None,
    after: After = None,
    before: Before = None,
    orientation: Orientation = None,
    filter: Filter = None,
    not_used: NotUsed = None,
    where: Where = None,
    encoder: Encoders = None,
    reading: ReadingName = None,
    translate: Translate = False,
    language: Language = None,
    device: Device = None,
    on: Cluster = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Rank the photos for many articles and write the run; every photo is compared with every article."""
    import time

    from picdesk.api import open_archive
    from picdesk.cli.article_list import articles_of
    from picdesk.cli.search import chosen_reading
    from picdesk.newsimages.runs import run_format, write_run

    dual = _dual_softmax(dual_softmax, temperature, within, bank)
    run_format(format)  # before minutes are spent on what could not be written
    started = time.monotonic()
    opened = open_archive(archive, encoder or None)
    read, unread = articles_of(articles)
    with progress_bar(shown=not quiet) as bar:
        run = opened.rank(
            read,
            name=name or out.stem,
            depth=depth,
            words=words,
            dual_softmax=dual,
            one_to_one=one_to_one,
            no_repeats=no_repeats,
            duplicates=not fold_duplicates,
            reading=chosen_reading(reading, translate=translate, language=language),
            rights=rights,
            credit=credit,
            after=after.date() if after else None,
            before=before.date() if before else None,
            orientation=orientation,
            filter=filter,
            not_used=not_used,
            where=where,
            keep_bank=keep_bank,
            near=near,
            published=published,
            device=device,
            on=on,
            progress=lambda done: bar.move(done, len(read), "articles"),
            compared=lambda done, every: bar.move(done, every, "photos compared"),
        )
    write_run(run, out, format, addresses=_addresses(read))
    empty = sum(not photos for _, photos in run)
    seconds = time.monotonic() - started
    if as_json:
        show_json(
            {
                "run": str(out),
                "name": run.name,
                "format": format,
                "articles": len(run),
                "without_photos": empty,
                "unread": [{"id": each.id, "place": each.place, "reason": each.reason} for each in unread],
                "seconds": round(seconds, 3),
            }
        )
        return
    console().print(f"{out}: {len(run):,} articles ranked in {seconds:.1f} s", markup=False, soft_wrap=True)
    if not quiet:
        _remark(unread, empty)


def _dual_softmax(wanted: bool, temperature: float | None, within: int | None, bank: bool) -> DualSoftmax | None:
    from picdesk.errors import InputError
    from picdesk.search.dual_softmax import TEMPERATURE, DualSoftmax

    if wanted:
        return DualSoftmax(temperature=TEMPERATURE if temperature is None else temperature, within=within, bank=bank)
    if temperature is not None or within is not None or bank:
        raise InputError("--temperature, --within and --bank are of dual softmax", "Add --dual-softmax.")
    return None


def _addresses(articles: Sequence[Article]) -> Mapping[str, str]:
    return {article.id: article.url for article in articles if article.url}


def _remark(unread: Sequence[UnreadArticle], empty: int) -> None:
    if empty:
        show_remark(f"{empty:,} articles were given no photo: nothing in the archive shares a word with them")
    if unread:
        show_remark(f"{len(unread):,} articles could not be read:")
        for each in unread[:SHOWN_UNREAD]:
            show_remark(f"  {each.place}: {each.reason}")
