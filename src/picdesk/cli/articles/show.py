"""The verb that shows what becomes of a story on its way to a query."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import Json, Language, Quiet, ReadingName, Translate
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from picdesk.articles.names import Gazetteer
    from picdesk.encoders import Encoder
    from picdesk.encoders.long_text import Fitted
    from picdesk.records import Name, Query

_SHOWN_CUT = 300
"""Characters of a text that was cut, on a screen; --json has all of it."""

_NARROW = 70
"""Columns of a terminal under which the steps are shown in two columns."""


def register(articles: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    articles.command("show", epilog="Example: picdesk articles show story.html --encoder clip-vit-b-32")(show_article)


def show_article(
    article: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|URL|FILE|-",
            help="The story: its text, its address, a file, or - for stdin.",
            show_default=False,
        ),
    ],
    reading: ReadingName = None,
    translate: Translate = False,
    language: Language = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ENCODER",
            help="Name or folder of an encoder: its tokens are counted; repeatable.",
            show_default=False,
        ),
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            metavar="ARCHIVE",
            help="An archive: its names are looked for, its encoders' tokens counted.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what is asked for a story: names, dates, texts in tokens, the word query, and every step."""
    from picdesk.articles import to_query
    from picdesk.cli.search import chosen_reading, story_of

    settings = chosen_reading(reading, translate=translate, language=language)
    query = to_query(story_of(article), settings, gazetteer=_known(archive))
    readers = [(each, _fitted(query, each)) for each in _encoders(encoder or [], archive) if each.has_texts]
    if as_json:
        show_json(_document(query, settings.name, readers))
        return
    _show(query, readers)
    if not quiet:
        show_remark(f"read as '{settings.name}'")
        if not readers:
            show_remark("Give --encoder or --archive to see what an encoder reads of it, in tokens.")


def _known(archive: Path | None) -> Gazetteer | None:
    if archive is None:
        return None
    from picdesk.api import open_archive

    return open_archive(archive).names()


def _encoders(named: list[str], archive: Path | None) -> list[Encoder]:
    from picdesk.api import open_archive
    from picdesk.encoders import load_encoder

    own = open_archive(archive).info().encoders if archive and not named else ()
    return [load_encoder(each) for each in [*named, *(coverage.encoder.location for coverage in own)]]


def _fitted(query: Query, encoder: Encoder) -> list[Fitted]:
    from picdesk.articles.fit import fit_query

    return fit_query(query, encoder)


def _document(query: Query, reading: str, readers: list[tuple[Encoder, list[Fitted]]]) -> dict[str, Any]:
    from dataclasses import asdict

    from picdesk.articles.fit import tokens_read

    return {
        "reading": reading,
        "article": asdict(query.article) if query.article else None,
        "language": query.language,
        "date": query.date,
        "names": [asdict(name) for name in query.names],
        "texts": list(query.texts),
        "words": query.words,
        "encoders": [
            {
                "name": encoder.name,
                "limit": encoder.text_limit,
                "texts": [
                    {
                        "windows": list(text.windows),
                        "tokens": text.tokens,
                        "read": tokens_read(text, encoder),
                        "cut": text.cut,
                        "left_out": text.rest.strip(),
                    }
                    for text in fitted
                ],
            }
            for encoder, fitted in readers
        ],
        "steps": [asdict(step) for step in query.steps],
        "notes": [step.note for step in query.steps if step.note],
    }


def _show(query: Query, readers: list[tuple[Encoder, list[Fitted]]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from picdesk.photos.locate import printable

    out = console()
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 1, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold", ratio=1)
    if query.article:
        grid.add_row("headline", Text(printable(query.article.headline), style="bold"))
        if query.article.lead:
            grid.add_row("lead", Text(printable(query.article.lead)))
    grid.add_row("language", query.language or "unknown")
    grid.add_row("day", _day(query))
    grid.add_row("names", _names(query.names))
    grid.add_row("asked in words", Text(printable(query.words)))
    for number, text in enumerate(query.texts, 1):
        label = "asked as text" if len(query.texts) == 1 else f"asked as text {number}"
        grid.add_row(label, Text("\n".join(map(printable, text.split("\n")))))
    for encoder, fitted in readers:
        for each in fitted:
            grid.add_row(printable(encoder.name), _read(encoder, each))
    out.print(grid)
    out.print(_steps(query, narrow=out.width < _NARROW))


def _day(query: Query) -> str:
    if query.date is None:
        return "not said"
    published = query.article is not None and query.article.published
    return query.date.isoformat() + (f", published {published}" if published and published != query.date else "")


def _names(names: tuple[Name, ...]) -> Any:
    from rich.text import Text

    from picdesk.photos.locate import printable

    if not names:
        return Text("none found", style="dim")
    lines: list[Any] = []
    for name in names:
        lines += [printable(name.text), (f"  {name.kind}, {name.source}, x{name.weight:g}\n", "dim")]
    text = Text.assemble(*lines)
    text.rstrip()
    return text


def _read(encoder: Encoder, text: Fitted) -> Any:
    """What one encoder reads of one text, and what it does not."""
    from rich.text import Text

    from picdesk.articles.fit import tokens_read

    windows = f" in {len(text.windows)} windows" if len(text.windows) > 1 else ""
    said = f"{tokens_read(text, encoder)} of {text.tokens} tokens read{windows}, its limit is {encoder.text_limit}"
    parts: list[Any] = [(said, "yellow" if text.cut else "green")]
    parts += [f"\n{_line(window)}" for window in text.windows]
    rest = _line(text.rest)
    if rest:
        parts.append((f"\nnot read: {_shortened(rest)}", "dim"))
    elif text.cut:
        parts.append((f"\nnot read: the last {text.cut} tokens", "dim"))
    return Text.assemble(*parts)


def _steps(query: Query, *, narrow: bool) -> Any:
    """Every step: a row of four columns, or of two where there is no room for more."""
    from rich.table import Table
    from rich.text import Text

    from picdesk.photos.locate import printable

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("step", no_wrap=not narrow)
    table.add_column("what was done", overflow="fold", ratio=3)
    if not narrow:
        table.add_column("characters", justify="right", no_wrap=True)
        table.add_column("left out", overflow="fold", ratio=3)
    for step in query.steps:
        sizes = f"{step.before:,} > {step.after:,}" if step.before or step.after else ""
        done = Text.assemble(printable(step.did), (f"\n{printable(step.note)}" if step.note else "", "yellow"))
        left_out = _shortened(_line(step.cut))
        if narrow:
            done.append(f"\n{sizes} characters" if sizes else "")
            done.append(f"\nleft out: {left_out}" if left_out else "", "dim")
            table.add_row(step.name, done)
        else:
            table.add_row(step.name, done, sizes, Text(left_out, style="dim"))
    return table


def _line(text: str) -> str:
    from picdesk.photos.locate import printable

    return printable(" ".join(text.split()))


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CUT else f"{text[:_SHOWN_CUT].rstrip()} … ({len(text):,} characters)"
