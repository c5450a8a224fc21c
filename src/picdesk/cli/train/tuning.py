"""What ``picdesk train clip`` and ``picdesk train alignment`` have in common on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import parted
from picdesk.cli.show import console, show_remark

if TYPE_CHECKING:
    from picdesk.newsimages.split import Split
    from picdesk.train.clip.train import Watch
    from picdesk.train.loop import Trained
    from picdesk.train.pairs import Pairs

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="Weights of a CLIP or SigLIP (OpenAI, open_clip, transformers), a folder that picdesk train has written, "
        "or a name that picdesk models lists whose weights are here.",
        show_default=False,
    ),
]
Data = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="Stories and their photos: a NewsImages folder, a table with a column of photos, an archive with the "
        "desk's choices, or one of the news collections in the docs.",
        show_default=False,
    ),
]
Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to write; must not exist.", show_default=False)
]
Recipe = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A published training; what else is given goes over it.", show_default=False),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Any other setting; a wrong name lists them all.", show_default=False
    ),
]
Held = Annotated[float, typer.Option("--share", help="Of the pairs, held back to measure on.")]
Split_ = Annotated[str, typer.Option("--split", help="auto, chronological or random.")]
Precision = Annotated[str | None, typer.Option(help="float32 or bf16.", show_default="float32")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped or killed.")]
Leaks = Annotated[bool, typer.Option("--leaks", help="Also look for photos and headlines on both sides.")]
Format = Annotated[str | None, typer.Option(help="Of DATA, where it shall not be recognised.", show_default=False)]
Column = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=COLUMN", help="For a table: which column holds a field; repeatable.", show_default=False
    ),
]
QuickGelu = Annotated[
    bool | None,
    typer.Option(help="Activation function, where the file of weights does not tell.", show_default=False),
]
Architecture = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="open_clip's name of the model, where the file does not tell.", show_default=False
    ),
]


def settings_of(kind: type, package: str, recipe: str | None, given: Mapping[str, Any], named: Sequence[str]) -> Any:
    """The settings that are asked for: a recipe, options over it, and ``--set`` over those.

    Raises:
        InputError: no such recipe or setting, or a value that makes no sense.
    """
    from picdesk.train.clip.settings import from_text, recipes, with_recipe

    values = with_recipe(recipe, given, recipes(package), kind)
    return kind(**(values | from_text(kind, parted(named, "--set", "rate=1e-5"))))


def sides(
    data: Path, format: str | None, column: Sequence[str] | None, share: float, way: str, seed: int
) -> tuple[Pairs, Split]:
    """The pairs, and which of them are learned from.

    Raises:
        InputError: they cannot be read, or not be split like this.
    """
    from picdesk.train.pairs import read_pairs
    from picdesk.train.split import split_pairs

    pairs = read_pairs(data, format, columns_of(column))
    return pairs, split_pairs(pairs, share=share, way=way, seed=seed)


def leaks_said(pairs: Pairs, split: Split) -> tuple[str, ...]:
    """How many held-back stories the others give away, a line a kind."""
    from picdesk.train.split import check_leaks

    report = check_leaks(pairs, split)
    kinds = dict.fromkeys(leak.kind for leak in report.leaks)
    return tuple(f"{report.count(kind):,} held-back stories have the {kind} in the others" for kind in kinds)


def columns_of(column: Sequence[str] | None) -> dict[str, str]:
    """Which column of a table holds which field.

    Raises:
        InputError: one has no ``=``.
    """
    return parted(column, "--column", "label=category", "FIELD=COLUMN")


@contextmanager
def watching(*, shown: bool) -> Iterator[Watch]:
    """A bar of photos and then of steps, and Ctrl-C that ends the run cleanly."""
    from picdesk.cli.progress import progress_bar
    from picdesk.cli.stopping import stopping
    from picdesk.train.clip.train import Watch

    with stopping() as stop, progress_bar(shown=shown) as bar:

        def remark(mrr: float | None) -> str:
            return "steps" if mrr is None else f"steps, MRR {mrr:.3f}"

        yield Watch(
            progress=lambda seen: bar.move(seen.step, seen.steps, remark(seen.line.mrr if seen.line else None)),
            looked=lambda done, every: bar.move(done, every, "photos"),
            stop=stop,
        )


def refuse_stopped(run: Trained) -> None:
    """End with exit code 130 where a run was stopped.

    Raises:
        Interrupted: it was.
    """
    from picdesk.errors import Interrupted

    if run.stopped:
        raise Interrupted("stopped before the end; what was done is kept", "Go on with --resume.")


def show_figures(before: Mapping[str, float], after: Mapping[str, float]) -> None:
    """Two lines, aligned."""
    out = console()
    for said, measures in (("before", before), ("after ", after)):
        if measures:
            figures = " · ".join(f"{name} {value:.3f}" for name, value in measures.items())
            out.print(f"{said}  {figures}", markup=False, soft_wrap=True)


def show_left_out(*sides: Pairs | None) -> None:
    """Stories that were left out, a line a reason."""
    for pairs in (side for side in sides if side is not None):
        for reason, count in pairs.skipped.items():
            show_remark(f"left out: {count:,} stories, {reason}, such as {pairs.examples.get(reason, '?')}")
