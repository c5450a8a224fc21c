"""The verb that learns how probable it is that a hit fits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import ArchivePath, Encoders, Json, Language, Quiet, ReadingName, Translate
from picdesk.cli.panels import STORIES
from picdesk.cli.progress import progress_bar
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.search.confidence.calibration import Calibration


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        rich_help_panel=STORIES,
        epilog="Example: picdesk calibrate archive newsarticles.csv --truth newsarticles.csv -o reliability.png",
    )(calibrate)


def calibrate(
    archive: ArchivePath,
    articles: Annotated[
        str | None,
        typer.Argument(
            metavar="ARTICLES",
            help="Articles whose photos are known: a table (CSV, TSV, JSONL, Parquet), a feed, a folder of pages.",
            show_default=False,
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Which photo each article got: newsarticles.csv, TREC qrels, or the ground truth of 2021.",
            show_default=False,
        ),
    ] = None,
    ratings: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="What people said instead: a table with article, photo and value, or ratings of runs; repeatable.",
            show_default=False,
        ),
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="The run file behind a rated run; its first photos are what was rated. Repeatable.",
            show_default=False,
        ),
    ] = None,
    choices: Annotated[
        bool,
        typer.Option("--choices", help="Learn from what the desk picked and rejected, without ARTICLES."),
    ] = False,
    good: Annotated[float, typer.Option(min=1, max=5, help="Points from which on a photo fits (ratings).")] = 4.0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Also draw the reliability diagram: .png, .svg or .pdf.",
            show_default=False,
        ),
    ] = None,
    encoder: Encoders = None,
    reading: ReadingName = None,
    translate: Translate = False,
    language: Language = None,
    folds: Annotated[int, typer.Option(min=2, max=50, help="Parts of the cross-validation.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Deals the articles out to the parts.")] = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Learn how probable it is that a hit fits, and keep it in the archive: search then says it with every hit."""
    import time

    from picdesk.api import open_archive
    from picdesk.cli.article_list import articles_of
    from picdesk.cli.search import chosen_reading
    from picdesk.errors import InputError

    if (truth is not None) + bool(ratings) + choices != 1:
        raise InputError("nothing says which photos fit", "Give one of --truth FILE, --ratings FILE and --choices.")
    if (articles is None) != choices:
        raise InputError(
            "the stories of choices are in the archive" if articles else "no articles were named",
            "Leave ARTICLES out." if articles else "Name the ARTICLES whose photos are known, or give --choices.",
        )
    _check_output(out)
    started = time.monotonic()
    opened = open_archive(archive, encoder or None)
    labels = {"choices": True} if choices else _labels(truth, ratings or [], run or [], good)
    read, unread = articles_of(articles) if articles else ([], [])
    count = len(read) or len({choice.article for choice in opened.choices()})
    with progress_bar(shown=not quiet) as bar:
        calibration = opened.calibrate(
            read,
            **labels,
            reading=chosen_reading(reading, translate=translate, language=language),
            folds=folds,
            seed=seed,
            progress=lambda done: bar.move(done, count, "articles"),
        )
    if out:
        _draw(calibration, out)
    seconds = time.monotonic() - started
    if as_json:
        show_json(_document(calibration, archive, count, seconds))
        return
    _show(calibration, seconds)
    if not quiet:
        _remark(calibration, count - calibration.articles, len(unread))


def _labels(truth: Path | None, ratings: Sequence[Path], runs: Sequence[str], good: float) -> dict[str, Any]:
    from picdesk.errors import InputError
    from picdesk.newsimages.truth import read_truth
    from picdesk.search.confidence.labels import rated_photos

    if truth is not None:
        return {"truth": read_truth(truth)}
    files = {}
    for pair in runs:
        name, equals, path = pair.partition("=")
        if not name or not equals or not path:
            raise InputError(f"--run {pair} names no run file", "Write it as --run NAME=FILE.")
        files[name] = Path(path)
    return {"ratings": rated_photos(ratings, files, good)}


def _check_output(out: Path | None) -> None:
    """Before minutes are spent on what could not be drawn."""
    if out is None:
        return
    from picdesk.errors import InputError
    from picdesk.evaluate.plots import require_matplotlib
    from picdesk.search.confidence.plot import FORMATS

    if out.suffix.lower().removeprefix(".") not in FORMATS:
        raise InputError(f"no plot has the ending of {out}", f"The endings are: .{', .'.join(FORMATS)}.")
    if not out.absolute().parent.is_dir():
        raise InputError(f"no such folder: {out.parent}", "Make it first.")
    require_matplotlib()


def _draw(calibration: Calibration, out: Path) -> None:
    from picdesk.errors import InputError
    from picdesk.search.confidence.plot import draw_reliability

    try:
        out.write_bytes(draw_reliability(calibration, out.suffix.lower().removeprefix(".")))
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror or error}") from None


def _document(calibration: Calibration, archive: str, articles: int, seconds: float) -> dict[str, Any]:
    from dataclasses import asdict

    from picdesk.objects import place_of
    from picdesk.search.confidence.calibration import FILE

    return {
        "calibration": str(place_of(archive) / FILE),
        "labels": calibration.labels,
        "articles": articles,
        "articles_used": calibration.articles,
        "hits": calibration.hits,
        "model": calibration.model.kind,
        **calibration.figures(),
        "risk": calibration.risk,
        "fitted_for": asdict(calibration.fitted_for),
        "seconds": round(seconds, 3),
    }


def _show(calibration: Calibration, seconds: float) -> None:
    from picdesk.search.confidence.percent import percent
    from picdesk.search.confidence.reliability import diagram

    out = console()

    def say(text: str) -> None:
        out.print(text, markup=False, soft_wrap=True)

    say(f"calibrated on {calibration.hits:,} hits of {calibration.articles:,} articles in {seconds:.1f} s")
    say("")
    tried = ", ".join(f"{kind} {brier:.4f}" for kind, brier in calibration.briers.items())
    say(f"model                       {calibration.model.kind} (Brier score: {tried})")
    constant = f"always saying the mean: {calibration.brier_constant:.4f}"
    say(f"Brier score                 {calibration.brier:.4f} ({constant})")
    say(f"expected calibration error  {calibration.calibration_error:.4f}")
    least = percent(1 - calibration.risk)
    say(f"accepted risk               {percent(calibration.risk)}: a best photo below {least} is said not to fit well")
    say("")
    say(diagram(calibration.bins))


def _remark(calibration: Calibration, unknown: int, unread: int) -> None:
    show_remark("all figures are of articles that were held back when the model was fitted")
    if calibration.labels == "truth":
        show_remark("a truth names the photo that was taken, not every one that would do: probabilities are cautious")
    if unknown:
        show_remark(f"{unknown:,} articles had no hit of which anything is known")
    if unread:
        show_remark(f"{unread:,} articles could not be read")
