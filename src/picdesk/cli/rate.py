"""Verbs about blind studies: set one up, hand out the links, see how far the raters are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.article_list import articles_of
from picdesk.cli.options import Json, Quiet, parted
from picdesk.cli.panels import SCORES
from picdesk.cli.progress import progress_bar
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from picdesk.evaluate.ratings.study.records import Rater, Story, Study
    from picdesk.evaluate.ratings.study.taking_part import TakingPart

StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Put ``picdesk rate`` and its verbs on the command line."""
    rate = typer.Typer(
        help="Blind studies: people rate the pictures of runs in a browser.",
        epilog="Example: picdesk rate setup study --run ours=run.tsv --photos archive --articles newsarticles.csv "
        "--rater Ada",
        no_args_is_help=True,
    )
    rate.command(
        epilog="Example: picdesk rate setup study --run ours=run.tsv --run theirs=other.tsv --photos archive "
        "--articles newsarticles.csv --count 30 --rater Ada --rater Ben"
    )(setup)
    rate.command(epilog="Example: picdesk rate links study --address https://desk.example.org")(links)
    rate.command(epilog="Example: picdesk rate progress study")(progress)
    rate.command(epilog="Example: picdesk rate export study -o ratings.csv")(export)
    app.add_typer(rate, name="rate", rich_help_panel=SCORES)


def setup(
    study: StudyFolder,
    run: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=PATH",
            help="A run file, whose best photos count; a list of articles with their own photos; or a submission, "
            "folder or ZIP. Repeatable.",
            show_default=False,
        ),
    ],
    articles: Annotated[
        Path,
        typer.Option(
            metavar="LIST", help="The articles (CSV, TSV, JSON Lines, Parquet): id, headline, lead.", show_default=False
        ),
    ],
    photos: Annotated[
        str | None,
        typer.Option(metavar="ARCHIVE|FOLDER", help="Where the photos that runs name are.", show_default=False),
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option(metavar="RUN=TEAM", help="Whose run it is: that team is not shown it.", show_default=False),
    ] = None,
    rater: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=TEAM]", help="Who rates; repeatable.", show_default=False),
    ] = None,
    survey: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="The organisers' sheets of 2025: the same articles, teams and raters again; repeatable.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[str, typer.Option(help="points (1 to 5 each) or pairs (the better of two).")] = "points",
    count: Annotated[int, typer.Option(min=0, help="Articles, drawn by chance; 0 for all.")] = 0,
    each: Annotated[int, typer.Option(min=0, help="Raters that a picture, or a pair, is shown to; 0 for all.")] = 0,
    title: Annotated[str, typer.Option(help="What raters read first.")] = "Which picture fits?",
    question: Annotated[
        str, typer.Option(help="What they are asked of each.", show_default="how well the picture fits the story")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, help="Where chance begins.")] = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a blind study of runs: who rates does not see whose picture it is, and never their own team's."""
    from picdesk.evaluate.ratings.study.setup import Wanted, set_up
    from picdesk.evaluate.ratings.study.survey import as_surveyed, read_survey
    from picdesk.evaluate.ratings.study.taking_part import taking_part, with_teams

    wanted = Wanted(kind=kind, title=title, question=question, count=count, each=each, seed=seed)
    named = {name: Path(path) for name, path in parted(run, "--run", "ours=run.tsv", "NAME=PATH").items()}
    with taking_part(named, _photos(photos)) as entries:
        raters, notes = _raters(rater or []), list[str]()
        if survey:
            surveyed = read_survey(survey)
            entries, notes = as_surveyed(surveyed, entries)
            raters = raters or list(surveyed.raters)
        entries = with_teams(entries, parted(team, "--team", "ours=Das-RU", "RUN=TEAM"))
        stories = _stories(articles, entries)
        with progress_bar(shown=not quiet) as bar:
            made, left_out = set_up(
                study, entries, stories, raters, wanted, progress=lambda done, total: bar.move(done, total, "pictures")
            )
    _show_made(study, made, [*notes, *left_out], as_json=as_json, quiet=quiet)


def links(
    study: StudyFolder,
    address: Annotated[
        str, typer.Option(metavar="URL", help="Where picdesk serve is reached.")
    ] = "http://127.0.0.1:8000",
    as_json: Json = False,
    quiet: Quiet = False,  # noqa: ARG001
) -> None:
    """Print each rater's own link; whoever has it is that rater."""
    from picdesk.evaluate.ratings.study.folder import read_study
    from picdesk.evaluate.ratings.study.links import token_of

    found = [(rater, f"{address.rstrip('/')}/rate/{token_of(study, rater.id)}") for rater in read_study(study).raters]
    if as_json:
        show_json({"links": [{"rater": rater.name, "team": rater.team, "link": link} for rater, link in found]})
        return
    for rater, link in found:
        console().print(f"{_called(rater)}\t{link}", markup=False, soft_wrap=True)


def progress(study: StudyFolder, as_json: Json = False, quiet: Quiet = False) -> None:  # noqa: ARG001
    """Say how far each rater is."""
    from picdesk.evaluate.ratings.study.results import progress_of

    found = progress_of(study)
    if as_json:
        listed = [
            {"rater": one.rater.name, "team": one.rater.team, "answered": one.answered, "asked": one.asked}
            for one in found
        ]
        show_json({"raters": listed})
        return
    from rich.table import Table
    from rich.text import Text

    rows = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("rater", "team", "answered", "asked"):
        rows.add_column(heading, justify="left" if heading in ("rater", "team") else "right", no_wrap=True)
    for one in found:
        rows.add_row(Text(one.rater.name), Text(one.rater.team), f"{one.answered:,}", f"{one.asked:,}")
    console().print(rows)


def export(
    study: StudyFolder,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="A CSV.", show_default=False)],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the answers so far as a table, which picdesk ratings summarise reads as it reads the study itself."""
    from picdesk.evaluate.ratings.study.results import read_study_answers
    from picdesk.evaluate.ratings.study.write import write_judgements

    ratings, choices = read_study_answers(study)
    written = write_judgements(out, ratings, choices)
    if as_json:
        show_json({"out": str(out), "ratings": len(ratings), "choices": len(choices)})
    elif not quiet:
        console().print(f"{written:,} answers · {out}", markup=False, soft_wrap=True)


def _photos(place: str | None) -> Callable[[str], bytes] | None:
    if place is None:
        return None
    from picdesk.api import open_archive
    from picdesk.errors import NothingFound
    from picdesk.newsimages.editions.photo_files import find_photo_files
    from picdesk.photos.locate import read_bytes, to_uri

    archive = open_archive(place)
    if archive.exists:
        return lambda name: read_bytes(archive.photo(name).uri)
    files = find_photo_files(Path(place))
    if not files:
        raise NothingFound(f"neither an archive nor a folder with photos: {place}", "Check the path.")

    def read(name: str) -> bytes:
        if name not in files:
            raise NothingFound(f"no photo in {place} is called {name}")
        return read_bytes(to_uri(files[name]))

    return read


def _raters(given: Sequence[str]) -> list[Rater]:
    from picdesk.evaluate.ratings.study.records import Rater

    split = [one.partition("=") for one in given]
    return [Rater(id=f"rater-{n:02}", name=name, team=team) for n, (name, _, team) in enumerate(split, 1)]


def _stories(path: Path, entries: Sequence[TakingPart]) -> Mapping[str, Story]:
    from picdesk.evaluate.ratings.study.records import Story

    wanted = {article for entry in entries for article in entry.pictures}
    read, _ = articles_of(str(path))
    return {
        article.id: Story(id=article.id, headline=article.headline, lead=article.lead)
        for article in read
        if article.id in wanted and article.headline
    }


def _show_made(folder: Path, study: Study, notes: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    from picdesk.evaluate.ratings.study.plan import items_of, plan

    asked = {rater.name: len(plan(study)[rater.id]) for rater in study.raters}
    items = len(items_of(study))
    if as_json:
        entries = [
            {"run": one.run, "task": one.task, "team": one.team, "articles": len(one.pictures)} for one in study.entries
        ]
        show_json(
            {
                "study": str(folder),
                "kind": study.kind,
                "articles": len(study.stories),
                "runs": entries,
                "questions": items,
                "asked": asked,
                "notes": list(notes),
            }
        )
        return
    counts = f"{len(study.stories):,} stories · {len(study.entries):,} runs · {items:,} questions"
    most = max(asked.values())
    console().print(f"{counts} · {len(asked):,} raters with {most:,} at most", markup=False, soft_wrap=True)
    if not quiet:
        for note in notes:
            show_remark(note)
        show_remark(f"Hand out: picdesk rate links {folder}")
        show_remark(f"Serve: picdesk serve --study {folder}")


def _called(rater: Rater) -> str:
    return f"{rater.name} ({rater.team})" if rater.team else rater.name
