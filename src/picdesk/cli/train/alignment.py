"""The verb that aligns a CLIP's texts to categories of stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from picdesk.cli.options import Device, Json, Quiet
from picdesk.cli.show import console, show_json, show_remark
from picdesk.cli.train.tuning import (
    Architecture,
    Column,
    Data,
    Format,
    Held,
    Leaks,
    Model,
    Output,
    Precision,
    QuickGelu,
    Recipe,
    Resume,
    Settings,
    Split_,
    leaks_said,
    refuse_stopped,
    settings_of,
    show_figures,
    show_left_out,
    sides,
    watching,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.train.alignment.train import Aligned
    from picdesk.train.pairs import Pairs


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        epilog="Example: picdesk train alignment ViT-B-32.pt stories.csv -o ours --column label=section "
        "--recipe song-2025"
    )(alignment)


def alignment(
    model: Model,
    data: Data,
    output: Output,
    recipe: Recipe = None,
    tower: Annotated[
        str | None,
        typer.Option(help="none: the module alone learns; text: the text tower with it.", show_default="none"),
    ] = None,
    category_weight: Annotated[
        float | None, typer.Option(help="Of the category's cross-entropy.", show_default="1")
    ] = None,
    keep_weight: Annotated[
        float | None, typer.Option(help="Of staying near the frozen model.", show_default="1")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Learning rate of the module.", show_default="0.001")] = None,
    batch: Annotated[int | None, typer.Option(help="Pairs a step.", show_default="256")] = None,
    epochs: Annotated[int | None, typer.Option(help="At most.", show_default="20")] = None,
    patience: Annotated[
        int | None,
        typer.Option(help="Measurements without a better MRR that end it; 0 for never.", show_default="5"),
    ] = None,
    settings: Settings = None,
    seed: Annotated[int, typer.Option(min=0, help="Of split, start, order and chance.")] = 0,
    share: Held = 0.2,
    split: Split_ = "auto",
    device: Device = None,
    precision: Precision = None,
    resume: Resume = False,
    leaks: Leaks = False,
    format: Format = None,
    column: Column = None,
    quick_gelu: QuickGelu = None,
    architecture: Architecture = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Align a CLIP's texts to the categories of your stories (a learnable alignment module)."""
    from picdesk.encoders.torch.extra import need_torch

    need_torch()
    from picdesk.train.alignment.settings import AlignmentSettings
    from picdesk.train.alignment.train import train_alignment

    given = {"tower": tower, "category_weight": category_weight, "keep_weight": keep_weight, "rate": rate}
    given |= {"batch": batch, "epochs": epochs, "patience": patience, "seed": seed}
    given |= {"device": device, "precision": precision}
    chosen: Any = settings_of(AlignmentSettings, "picdesk.train.alignment", recipe, given, settings or [])
    pairs, divided = sides(data, format, column, share, split, seed)
    found = leaks_said(pairs, divided) if leaks else ()
    with watching(shown=not quiet and not as_json) as watch:
        done = train_alignment(
            model,
            pairs,
            divided,
            chosen,
            output,
            resume=resume,
            watch=watch,
            quick_gelu=quick_gelu,
            architecture=architecture,
        )
    refuse_stopped(done.run)
    if done.leads:
        _show(done, pairs, found, as_json=as_json, quiet=quiet)


def _show(done: Aligned, pairs: Pairs, leaks: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    held_back = len(done.validation) if done.validation else 0
    if as_json:
        show_json(
            {
                "folder": str(done.folder),
                "pairs": len(done.train),
                "held_back": held_back,
                "categories": list(done.categories),
                "share": done.share,
                "steps": done.run.lines[-1].step,
                "best_step": done.run.best.step,
                "before": dict(done.before),
                "after": dict(done.after),
                "by_category": {name: dict(figures) for name, figures in done.by_category.items()},
                "skipped": [dict(each.skipped) for each in (pairs, done.train, done.validation) if each],
                "leaks": list(leaks),
                "notes": list(done.notes),
            }
        )
        return
    out = console()
    about = f"{len(done.categories)} categories learned from {len(done.train):,} pairs"
    out.print(f"{done.folder}: {about}, {held_back:,} held back to measure on", markup=False, soft_wrap=True)
    show_figures(done.before, done.after)
    out.print(f"share of the text beside its category: {done.share:.3f}", markup=False, soft_wrap=True)
    _show_categories(done)
    if quiet:
        return
    show_left_out(pairs, done.train, done.validation)
    for note in (*leaks, *done.notes):
        show_remark(note)
    show_remark(f"Use it: picdesk add ARCHIVE PHOTOS --encoder {done.folder}")


def _show_categories(done: Aligned) -> None:
    from rich.table import Table

    if not done.by_category:
        return
    table = Table("predicted category", box=None, pad_edge=False)
    for name in next(iter(done.by_category.values())):
        table.add_column(name, justify="right")
    for category, figures in done.by_category.items():
        shown = [f"{value:,.0f}" if name == "stories" else f"{value:.3f}" for name, value in figures.items()]
        table.add_row(category, *shown)
    console().print(table)
