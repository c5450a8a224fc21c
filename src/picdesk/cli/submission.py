"""Verbs about submissions of pictures to the benchmark."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import SCORES
from picdesk.cli.progress import progress_bar
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from picdesk.newsimages.submission.build import Built
    from picdesk.newsimages.submission.check import Checked
    from picdesk.newsimages.submission.rules import Fault
    from picdesk.records import Run

SHOWN_OF_A_RULE = 10

Articles = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The organisers' newsarticles.csv: articles to be covered.", show_default=False),
]
Subset = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The organisers' subset.csv: articles of SMALL (2025).", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Put ``picdesk submission`` and its verbs on the command line."""
    submission = typer.Typer(
        help="The benchmark's PNG folders and ZIP, and a linter of every rule.",
        epilog="Example: picdesk submission check Das-RU.zip --articles newsarticles.csv",
        no_args_is_help=True,
    )
    submission.command(
        epilog="Example: picdesk submission build run.tsv --photos photos/ -o Das-RU.zip --group Das-RU --name reg "
        "--edition 2025 --type RET --subset subset.csv"
    )(build)
    submission.command(
        epilog="Example: picdesk submission check Das-RU.zip --articles newsarticles.csv --subset subset.csv "
        "--originals newsimages/"
    )(check)
    app.add_typer(submission, name="submission", rich_help_panel=SCORES)


def build(
    run: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Runs: TREC, 2021 to 2023, CSV.", show_default=False)
    ],
    photos: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The photos, called as the runs call them.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="ZIP|FOLDER", help="What to write.", show_default=False)],
    group: Annotated[str, typer.Option(help="The group's name.", show_default=False)],
    edition: Annotated[str, typer.Option(help="2025 or 2026.")] = "2026",
    name: Annotated[
        list[str] | None,
        typer.Option(help="Name of the approach, one a run; repeatable.", show_default="the file's name"),
    ] = None,
    type: Annotated[str, typer.Option(help="RET or GEN (2025).", show_default=False)] = "",
    subtask: Annotated[
        list[str] | None,
        typer.Option(help="LARGE or SMALL (2025); repeatable.", show_default="LARGE; with --subset both"),
    ] = None,
    articles: Articles = None,
    subset: Subset = None,
    fit: Annotated[
        str, typer.Option(help="crop (around what draws the eye) or pad (transparent); never stretched.")
    ] = "crop",
    originals: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Photos that must not be used, by look.", show_default=False),
    ] = None,
    reuse: Annotated[bool, typer.Option("--reuse", help="Let a picture appear more than once.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a submission: each article's best photo as a PNG of 460 x 260 pixels, none twice."""
    from picdesk.newsimages.article_ids import read_article_ids
    from picdesk.newsimages.submission.build import Plan, build_submission

    runs = _runs(run, name or [])
    plan = Plan(
        group=group,
        edition=edition,
        kind=type,
        articles=read_article_ids(articles) if articles else (),
        subset=read_article_ids(subset) if subset else (),
        subtasks=tuple(subtask or ()),
        fit=fit,
        unique=not reuse,
        originals=originals,
    )
    total = sum(len(plan.articles) or len(read) for read in runs.values())
    count = itertools.count(1)
    with progress_bar(shown=not quiet) as bar:
        built = build_submission(runs, photos, out, plan, progress=lambda: bar.move(next(count), total, "pictures"))
    _show_built(built, out, as_json=as_json, quiet=quiet)


def check(
    submission: Annotated[Path, typer.Argument(metavar="FOLDER|ZIP", help="The submission.", show_default=False)],
    articles: Articles = None,
    subset: Subset = None,
    originals: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The organisers' photos, to know them again.", show_default=False),
    ] = None,
    edition: Annotated[
        str | None, typer.Option(help="2025 or 2026.", show_default="what the folders' names tell")
    ] = None,
    group: Annotated[str | None, typer.Option(help="The group's name.", show_default="what the folders tell")] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="A rule not to be followed; repeatable.", show_default=False),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold a submission against every rule of the organisers; exit code 1 where one is broken."""
    from picdesk.newsimages.article_ids import read_article_ids
    from picdesk.newsimages.submission.check import check_submission

    checked = check_submission(
        submission,
        articles=read_article_ids(articles) if articles else (),
        subset=read_article_ids(subset) if subset else (),
        originals=originals,
        edition=edition,
        group=group,
        ignore=ignore or (),
    )
    if as_json:
        show_json(_document(checked))
    else:
        _show_checked(checked, quiet=quiet)
    if not checked.ok:
        raise typer.Exit(1)


def _runs(paths: Sequence[Path], names: Sequence[str]) -> dict[str, Run]:
    from picdesk.errors import InputError
    from picdesk.newsimages.runs import read_run

    if names and len(names) != len(paths):
        raise InputError(f"{len(paths)} runs and {len(names)} names", "Give --name once for each run, in their order.")
    called = list(names) or [path.stem for path in paths]
    twice = next((name for name in called if called.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"two runs are called {twice}", "Give each its own --name.")
    return {name: read_run(path) for name, path in zip(called, paths, strict=True)}


def _show_built(built: Built, out: Path, *, as_json: bool, quiet: bool) -> None:
    missing = [{"run": run, "article": article, "reason": why} for (run, article), why in built.missing.items()]
    if as_json:
        document = {"out": str(out), "folders": list(built.folders), "pictures": built.pictures}
        extra = {"missing": missing, "passed_over": dict(built.passed_over), "enlarged": built.enlarged}
        show_json(document | extra)
        return
    if not quiet:
        for one in missing[:SHOWN_OF_A_RULE]:
            show_remark(f"no picture for article {one['article']} of {one['run']}: {one['reason']}")
        if len(missing) > SHOWN_OF_A_RULE:
            show_remark(f"... and {len(missing) - SHOWN_OF_A_RULE:,} more; all of them with --json")
        for why, count in built.passed_over.items():
            show_remark(f"{count:,} better placed photos were not taken: {why}")
        if built.enlarged:
            show_remark(f"{built.enlarged:,} photos are smaller than the picture and were enlarged")
    line = f"{built.pictures:,} pictures · {len(built.folders):,} folders · {len(missing):,} missing"
    console().print(f"{line} · {out}", markup=False, soft_wrap=True)


def _document(checked: Checked) -> dict[str, object]:
    def listed(found: Mapping[str, Sequence[Fault]]) -> list[dict[str, str]]:
        return [
            {"rule": rule, "file": fault.file, "message": fault.message}
            for rule, faults in found.items()
            for fault in faults
        ]

    return {
        "ok": checked.ok,
        "edition": checked.edition,
        "group": checked.group,
        "runs": dict(checked.runs),
        "counts": {rule: len(faults) for rule, faults in checked.faults.items()},
        "faults": listed(checked.faults),
        "remarks": listed(checked.remarks),
        "unchecked": dict(checked.unchecked),
    }


def _show_checked(checked: Checked, *, quiet: bool) -> None:
    from picdesk.newsimages.submission.rules import RULES
    from picdesk.photos.locate import printable

    out = console()
    for rule, faults in checked.faults.items():
        out.print(f"{rule}: {RULES[rule].about} {len(faults):,} broken", markup=False, soft_wrap=True)
        for fault in faults[:SHOWN_OF_A_RULE]:
            line = f"  {printable(fault.file)}: {printable(fault.message)}"
            out.print(line, markup=False, soft_wrap=True)
        if len(faults) > SHOWN_OF_A_RULE:
            out.print(f"  ... and {len(faults) - SHOWN_OF_A_RULE:,} more; all of them with --json", soft_wrap=True)
    if quiet:
        return
    for faults in checked.remarks.values():
        for fault in faults:
            show_remark(f"{printable(fault.file)}: {fault.message}")
    for rule, need in checked.unchecked.items():
        show_remark(f"not checked: {RULES[rule].about} That needs {need}.")
    for folder, articles in checked.runs.items():
        show_remark(f"{printable(folder)}: {articles:,} articles")
    total = sum(len(faults) for faults in checked.faults.values())
    verdict = f"{total:,} faults" if total else "every rule that was checked holds"
    out.print(f"edition {checked.edition}, group {printable(checked.group)}: {verdict}", markup=False, soft_wrap=True)
