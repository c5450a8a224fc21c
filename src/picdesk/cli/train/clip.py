"""The verb that fine-tunes a CLIP."""

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

    from picdesk.train.clip.fine_tune import FineTuned
    from picdesk.train.pairs import Pairs


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        epilog="Example: picdesk train clip ViT-B-32.pt newsimages25 -o ours --recipe leventakis-2023. On several "
        "cards: torchrun --nproc-per-node 4 --no-python picdesk train clip ..."
    )(clip)


def clip(
    model: Model,
    data: Data,
    output: Output,
    tower: Annotated[str | None, typer.Option(help="What learns: text, image or both.", show_default="text")] = None,
    recipe: Recipe = None,
    loss: Annotated[
        str | None, typer.Option(help="infonce or sigmoid. Default: as the model was made.", show_default=False)
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Learning rate of the last layers.", show_default="1e-05")] = None,
    batch: Annotated[int | None, typer.Option(help="Pairs a step, all compared with all.", show_default="480")] = None,
    piece: Annotated[
        int | None,
        typer.Option(help="Of them at once through a tower; less needs less memory.", show_default="60"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="At most.", show_default="10")] = None,
    patience: Annotated[
        int | None,
        typer.Option(help="Measurements without a better MRR that end it; 0 for never.", show_default="3"),
    ] = None,
    freeze: Annotated[
        int | None, typer.Option(help="Layers that stay as they are, from the input.", show_default="0")
    ] = None,
    layer_decay: Annotated[
        float | None, typer.Option(help="Of the rate, from layer to layer below.", show_default="1")
    ] = None,
    paraphrases: Annotated[
        bool | None, typer.Option(help="Learn from further texts of a story too.", show_default="paraphrases")
    ] = None,
    settings: Settings = None,
    seed: Annotated[int, typer.Option(min=0, help="Of split, order and chance.")] = 0,
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
    """Fine-tune a CLIP or SigLIP on your own stories and their photos."""
    from picdesk.encoders.torch.extra import need_torch

    need_torch()
    from picdesk.train.clip.fine_tune import fine_tune
    from picdesk.train.clip.settings import ClipSettings

    given = {"tower": tower, "loss": loss, "rate": rate, "batch": batch, "piece": piece, "epochs": epochs}
    given |= {"patience": patience, "freeze": freeze, "layer_decay": layer_decay, "paraphrases": paraphrases}
    given |= {"seed": seed, "device": device, "precision": precision}
    chosen: Any = settings_of(ClipSettings, "picdesk.train.clip", recipe, given, settings or [])
    pairs, divided = sides(data, format, column, share, split, seed)
    found = leaks_said(pairs, divided) if leaks else ()
    with watching(shown=not quiet and not as_json) as watch:
        done = fine_tune(
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
    refuse_stopped(done.trained.run)
    if done.trained.leads:
        _show(done, pairs, found, as_json=as_json, quiet=quiet)


def _show(done: FineTuned, pairs: Pairs, leaks: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    trained = done.trained
    held_back = len(trained.validation) if trained.validation else 0
    if as_json:
        show_json(
            {
                "folder": str(done.folder),
                "pairs": len(trained.train),
                "texts": trained.texts,
                "held_back": held_back,
                "learned": trained.learned,
                "decoded": trained.decoded,
                "steps": trained.run.lines[-1].step,
                "best_step": trained.run.best.step,
                "improved": trained.run.improved,
                "before": dict(trained.before),
                "after": dict(trained.after),
                "skipped": [dict(each.skipped) for each in (pairs, trained.train, trained.validation) if each],
                "leaks": list(leaks),
                "notes": list(done.notes),
            }
        )
        return
    out = console()
    about = f"{trained.learned:,} weights learned from {len(trained.train):,} pairs ({trained.texts:,} texts)"
    out.print(f"{done.folder}: {about}, {held_back:,} held back to measure on", markup=False, soft_wrap=True)
    show_figures(trained.before, trained.after)
    best, last = trained.run.best.step, trained.run.lines[-1].step
    out.print(f"weights of step {best:,} of {last:,}", markup=False, soft_wrap=True)
    if quiet:
        return
    show_left_out(pairs, trained.train, trained.validation)
    for note in (*leaks, *done.notes):
        show_remark(note)
    show_remark(f"Use it: picdesk add ARCHIVE PHOTOS --encoder {done.folder}")
