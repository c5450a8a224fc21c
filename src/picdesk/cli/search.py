"""The verb that finds photos."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import (
    After,
    ArchivePath,
    Before,
    Credit,
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
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.articles.reading import Reading
    from picdesk.records import Article, Hit, Ranking


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        rich_help_panel=STORIES,
        epilog='Example: picdesk search archive "Fire destroys warehouse in Kansas City" -k 5 --rights editorial',
    )(search)


def search(
    archive: ArchivePath,
    story: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT|URL|FILE|-]",
            help="The story: its text, its address, a file, or - for stdin.",
            show_default=False,
        ),
    ] = None,
    image: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A picture to look for.", show_default=False)
    ] = None,
    like: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PHOTO", help="More like this photo of the archive: its name or id; repeatable.", show_default=False
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many photos.")] = 10,
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
    near: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="Put photos higher that were taken near this day.",
            show_default=False,
        ),
    ] = None,
    published: Published = None,
    bank: Annotated[
        bool,
        typer.Option("--bank", help="Weigh photos beside the archive's past queries (picdesk rank --keep-bank)."),
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="Compare every photo, whatever picdesk index has built.")
    ] = False,
    fusion: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How signals are joined: evidence, convex, zscore, minmax or rrf. Default: what picdesk tune found, "
            "else evidence.",
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="NAME=N,...", help="Weights of signals: words=1,clip=0.5,date=2.", show_default=False),
    ] = None,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Show photos of the same picture apart.")
    ] = False,
    variety: Annotated[
        float, typer.Option(min=0, max=1, help="How much photos shall be unlike one another: 0 to 1.")
    ] = 0.0,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why: each signal's share, words, names, parts of the text, dates.")
    ] = False,
    risk: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Exit with 1 where no photo fits with at least 1 - RISK. Needs a calibration, whose own risk is "
            "the default for what is said.",
            show_default=False,
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Also write the answer as an HTML page with the pictures.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the photos that fit a story."""
    from picdesk.api import open_archive
    from picdesk.errors import InputError, NothingFound, ThresholdMissed
    from picdesk.search.settings import named_weights

    opened = open_archive(archive, encoder or None)
    ranking = opened.search(
        None if story is None else story_of(story),
        image=image,
        like=like or (),
        k=k,
        reading=chosen_reading(reading, translate=translate, language=language),
        rights=rights,
        credit=credit,
        after=after.date() if after else None,
        before=before.date() if before else None,
        orientation=orientation,
        filter=filter,
        not_used=not_used,
        where=where,
        fusion=fusion,
        weights=named_weights(weights) if weights else None,
        near=near.date() if near else None,
        published=published,
        bank=bank,
        exact=exact,
        duplicates=keep_duplicates,
        variety=variety,
        explain=explain,
        risk=risk,
    )
    if sheet:
        from picdesk.search.sheet import contact_sheet

        try:
            sheet.write_text(contact_sheet([ranking]), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{sheet} cannot be written: {error.strerror or error}") from None
    if as_json:
        show_json(document_of(ranking))
    else:
        show_ranking(ranking, explain=explain, quiet=quiet)
    if not ranking.hits:
        if not ranking.searched:
            raise NothingFound("no photo passes the filters", "Try fewer filters.")
        raise NothingFound(
            f"none of {ranking.searched:,} photos matches", "Try other words, fewer filters, or an encoder."
        )
    from picdesk.search.confidence.percent import percent

    if risk is not None and not ranking.fits_well:
        raise ThresholdMissed(
            f"no photo fits with {percent(1 - risk)} or more", "Accept a higher --risk, or look elsewhere."
        )


def chosen_reading(name: str | None, *, translate: bool = False, language: str | None = None) -> Reading:
    """The reading that the options ask for."""
    from dataclasses import replace

    from picdesk.articles.reading import DEFAULT, load_reading, with_translation

    reading = DEFAULT if name is None else load_reading(name)
    if language:
        from picdesk.articles.reading import language_named

        reading = replace(reading, language=language_named(language))
    return with_translation(reading) if translate else reading


def document_of(ranking: Ranking) -> dict[str, Any]:
    """An answer as its JSON document."""
    from dataclasses import asdict

    article = ranking.query.article
    return {
        "query": {
            "headline": article.headline if article else None,
            "words": ranking.query.words,
            "texts": list(ranking.query.texts),
            "names": [asdict(name) for name in ranking.query.names],
            "language": ranking.query.language,
            "date": ranking.query.date,
            "image": ranking.query.image is not None,
            "like": list(ranking.query.like),
            "without": list(ranking.query.without),
        },
        "exact": ranking.exact,
        "fusion": ranking.fusion,
        "weights": dict(ranking.weights),
        "searched": ranking.searched,
        "fits_well": ranking.fits_well,
        "notes": list(ranking.notes),
        "hits": [_hit_document(hit) for hit in ranking.hits],
    }


def show_ranking(ranking: Ranking, *, explain: bool = False, quiet: bool = False) -> None:
    """An answer as a table."""
    from rich.table import Table

    if not quiet:
        for note in ranking.notes:
            show_remark(note)
        how = "every one compared" if ranking.exact else "by an approximate index"
        show_remark(f"{ranking.searched:,} photos searched, {how}")
    if not ranking.hits:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("#", justify="right")
    table.add_column("photo", ratio=5, overflow="fold")
    table.add_column("why", ratio=4, overflow="fold")
    table.add_column("credit, rights", ratio=3, overflow="fold")
    for hit in ranking.hits:
        table.add_row(str(hit.rank), _about(hit), _why(hit, explain=explain), _owner(hit))
    console().print(table)


def story_of(story: str) -> Article:
    """The article that an argument names: text, address, file, or ``-`` for stdin."""
    from picdesk.articles import article_from_text, read_article

    return article_from_text(typer.get_text_stream("stdin").read()) if story == "-" else read_article(story)


def _hit_document(hit: Hit) -> dict[str, Any]:
    from dataclasses import asdict

    photo = asdict(hit.photo)
    leading = {"rank": hit.rank, "id": photo.pop("id"), "name": photo.pop("name"), "uri": photo.pop("uri")}
    said = {"score": hit.score, "signals": dict(hit.signals), "matched": list(hit.matched)}
    said |= {"confidence": hit.confidence, "warnings": list(hit.warnings), "why": [asdict(one) for one in hit.why]}
    said |= {"siblings": [{"id": one.id, "name": one.name, "uri": one.uri} for one in hit.siblings]}
    # 64-bit hashes as text: JSON readers in other languages round large numbers.
    return leading | said | photo | {"phash": f"{hit.photo.phash:016x}", "dhash": f"{hit.photo.dhash:016x}"}


def _about(hit: Hit) -> Any:
    from rich.text import Text

    from picdesk.photos.locate import printable

    photo = hit.photo
    said = printable(photo.caption or photo.headline or photo.file_words)
    size = f"{photo.width} x {photo.height}"
    taken = f", {photo.taken:%Y-%m-%d}" if photo.taken else ""
    same = f"\nalso as {_few([sibling.name for sibling in hit.siblings])}" if hit.siblings else ""
    warned = "".join(f"\n! {printable(warning)}" for warning in hit.warnings)
    return Text.assemble(
        (printable(photo.name), "bold"),
        f"\n{said}" if said else "",
        (f"\n{size}{taken}", "dim"),
        (same, "dim"),
        (warned, "yellow"),
    )


def _few(names: Sequence[str], most: int = 3) -> str:
    from picdesk.photos.locate import printable

    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(printable, names[:most])) + more


def _why(hit: Hit, *, explain: bool) -> Any:
    from rich.text import Text

    from picdesk.photos.locate import printable
    from picdesk.search.confidence.percent import percent

    lines = list(hit.reasons)
    if explain:
        lines.append(f"score {hit.score:.4f}")
    sure = "" if hit.confidence is None else f"fits: {percent(hit.confidence)}"
    return Text.assemble((sure, "bold"), "\n" if sure and lines else "", "\n".join(map(printable, lines)))


def _owner(hit: Hit) -> Any:
    from rich.text import Text

    from picdesk.photos.locate import printable

    photo = hit.photo
    lines = [photo.credit or photo.creator, photo.rights or photo.usage_terms, photo.instructions]
    return Text("\n".join(printable(line) for line in lines if line) or "not said", style="" if any(lines) else "dim")
