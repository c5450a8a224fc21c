"""The verb that blends encoders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import Device, Json, Quiet
from picdesk.cli.panels import ENCODERS
from picdesk.cli.show import console, show_json, show_remark
from picdesk.cli.train.tuning import Column, Format, Output, Split_, columns_of, sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.train.blend.blend import Blended
    from picdesk.train.pairs import Pairs


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        rich_help_panel=ENCODERS,
        epilog="Example: picdesk blend ViT-B-32.pt ours -o blended --sweep 0:1:0.1 --data newsimages25 --measure R@1",
    )(blend)


def blend(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="A B...",
            help="Models of one kind, such as a CLIP and its fine-tuning: weights, folders that picdesk train has "
            "written, names that picdesk models lists.",
            show_default=False,
        ),
    ],
    output: Output,
    alpha: Annotated[
        float | None,
        typer.Option(help="Share of B, from 0 to 1. Default: 0.5 for two models.", show_default=False),
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option(
            metavar="FIRST:LAST:STEP", help="Try these alphas on --data and keep the best.", show_default=False
        ),
    ] = None,
    soup: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Of several models: uniform (their mean), or greedy (best first, those that help on --data).",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATA",
            help="Stories and their photos to choose by, as for picdesk train clip; repeatable, the mean counts.",
            show_default=False,
        ),
    ] = None,
    measure: Annotated[str, typer.Option(metavar="NAME", help="To choose by: R@1, MRR@100, nDCG@10, ...")] = "R@1",
    share: Annotated[
        float,
        typer.Option(
            help="Of DATA, what picdesk train held back with the same --share, --split and --seed; 1 for all."
        ),
    ] = 0.2,
    split: Split_ = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Of the split.")] = 0,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the curve of a sweep: .png, .svg or .pdf.", show_default=False),
    ] = None,
    device: Device = None,
    format: Format = None,
    column: Column = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Blend an encoder with its fine-tuning (WiSE-FT), or several fine-tunings with each other (model soups)."""
    from picdesk.cli.progress import progress_bar
    from picdesk.encoders.torch.extra import need_torch
    from picdesk.evaluate.plots import require_matplotlib

    need_torch()
    if plot:
        require_matplotlib()
    from picdesk.train.blend.blend import BlendSettings
    from picdesk.train.blend.blend import blend as blended
    from picdesk.train.blend.sweep import parse_sweep

    if alpha is None and not sweep and not soup:
        alpha = 0.5
    chosen = BlendSettings(
        alpha=alpha,
        alphas=parse_sweep(sweep) if sweep else (),
        soup=soup or "",
        measure=measure,
        device=device or "",
    )
    pairs = [_held_back(path, format, column, share, split, seed) for path in data or []]
    with progress_bar(shown=not quiet and not as_json) as bar:
        done = blended(
            models,
            chosen,
            output,
            pairs,
            looked=lambda seen, every: bar.move(seen, every, "photos"),
            measured=lambda seen, every: bar.move(seen, every, "alphas"),
        )
    if plot and done.best:
        from picdesk.train.blend.plot import plot_sweep

        plot_sweep(done.points, done.best, done.data, done.measure, plot)
    _show(done, as_json=as_json, quiet=quiet)


def _held_back(
    data: Path, format: str | None, column: Sequence[str] | None, share: float, way: str, seed: int
) -> Pairs:
    if share == 1:
        from picdesk.train.pairs import read_pairs

        chosen = read_pairs(data, format, columns_of(column))
    else:
        pairs, divided = sides(data, format, column, share, way, seed)
        chosen = pairs.some(divided.test)
    # Two tables are often called the same; with the folder they are told apart.
    return replace(chosen, name="/".join(data.absolute().parts[-2:]))


def _show(done: Blended, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        show_json(
            {
                "folder": str(done.folder),
                "models": list(done.models),
                "shares": list(done.shares),
                "alpha": done.shares[1] if len(done.shares) == 2 else None,
                "measure": done.measure,
                "curve": [
                    {"alpha": point.alpha, "mean": point.mean, "values": list(point.values)} for point in done.points
                ],
                "data": list(done.data),
                "alone": list(done.alone),
                "value": done.best.mean if done.best else done.value,
                "skipped": dict(done.skipped),
            }
        )
        return
    out = console()
    if done.points:
        _show_curve(done)
    for model, alone in zip(done.models, done.alone, strict=False):
        out.print(f"{model}: {done.measure} {alone:.4f} alone", markup=False, soft_wrap=True)
    parts = " + ".join(f"{share:.3g} x {model}" for model, share in zip(done.models, done.shares, strict=True))
    value = done.best.mean if done.best else done.value
    said = "" if value is None else f", {done.measure} {value:.4f}"
    out.print(f"{done.folder}: {parts}{said}", markup=False, soft_wrap=True)
    if quiet:
        return
    for reason, count in done.skipped.items():
        show_remark(f"left out: {count:,} stories, {reason}")
    show_remark(f"Use it: picdesk add ARCHIVE PHOTOS --encoder {done.folder}")


def _show_curve(done: Blended) -> None:
    from rich.table import Table

    table = Table("alpha", "", box=None, pad_edge=False)
    for name in done.data:
        table.add_column(name, justify="right", overflow="fold")
    if len(done.data) > 1:
        table.add_column("mean", justify="right")
    table.add_column(done.measure, justify="left", no_wrap=True)
    top = max(point.mean for point in done.points) or 1
    for point in done.points:
        figures = [f"{value:.4f}" for value in (*point.values, *([point.mean] if len(done.data) > 1 else []))]
        bar = "█" * round(24 * point.mean / top)
        mark = "kept" if done.best and point.alpha == done.best.alpha else ""
        table.add_row(f"{point.alpha:g}", mark, *figures, bar)
    console().print(table)
