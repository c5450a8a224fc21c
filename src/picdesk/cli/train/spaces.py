"""The verb that makes joint spaces of text and image encoders."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import Cluster, Device, Json, Quiet, parted
from picdesk.cli.show import console, show_json, show_remark
from picdesk.cli.train.tuning import Column, Leaks, Output, Resume, columns_of, leaks_said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from picdesk.cli.progress import Bar
    from picdesk.encoders import Encoder
    from picdesk.train.pairs import Pairs
    from picdesk.train.spaces.settings import SpacesSettings
    from picdesk.train.spaces.train import TrainedSpaces


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(
        epilog="Example: picdesk train spaces newsimages25 --text models/all-minilm-l6-v2 "
        "--image models/mobilenet-v1-imagenet -o ours"
    )(spaces)


def spaces(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Stories and their photos: a NewsImages folder, a table with a column of photos, an archive with "
            "the desk's choices, or one of the news collections in the docs.",
            show_default=False,
        ),
    ],
    text: Annotated[list[str], typer.Option(metavar="ENCODER", help="A text encoder; repeatable.", show_default=False)],
    image: Annotated[
        list[str], typer.Option(metavar="ENCODER", help="An image encoder; repeatable.", show_default=False)
    ],
    output: Output,
    seed: Annotated[int, typer.Option(min=0, help="Of order and chance.")] = 0,
    heads: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="memory (solved in seconds) or perceptron (the published one, trained); both together are summed. "
            "Default: memory, or perceptron where --loss is given.",
            show_default=False,
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            help="Of the perceptron: margin (published), infonce or sigmoid. Default: margin.", show_default=False
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Of the perceptron.", show_default="30")] = None,
    batch: Annotated[int | None, typer.Option(help="Pairs a step.", show_default="128")] = None,
    rate: Annotated[float | None, typer.Option(help="Adam's learning rate.", show_default="0.0001")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other setting, such as margin=0.2, dropout=0.5, decay=0.99, halve-after=3, clip=2, split=random; "
            "a wrong name lists them all.",
            show_default=False,
        ),
    ] = None,
    device: Device = None,
    precision: Annotated[str, typer.Option(help="float32 or bf16.")] = "float32",
    on: Cluster = None,
    resume: Resume = False,
    leaks: Leaks = False,
    format: Annotated[
        str | None, typer.Option(help="Of DIR, where it shall not be recognised.", show_default=False)
    ] = None,
    column: Column = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make text and image encoders that share no space into one that finds photos for texts (T x V)."""
    from picdesk.cli.progress import progress_bar
    from picdesk.cli.stopping import stopping
    from picdesk.encoders import load_encoder
    from picdesk.encoders.torch.extra import need_torch
    from picdesk.errors import Interrupted
    from picdesk.train.pairs import read_pairs

    need_torch()
    from picdesk.train.device import choose_place
    from picdesk.train.spaces.train import train_spaces

    chosen = _settings(seed, heads, loss, {"epochs": epochs, "batch": batch, "rate": rate}, settings or [])
    place = choose_place(device, precision)
    opened = [load_encoder(name) for name in text], [load_encoder(name) for name in image]
    pairs = read_pairs(source, format, columns_of(column))
    found = _leaks(pairs, chosen) if leaks else ()
    with stopping() as stop, progress_bar(shown=not quiet and not as_json) as bar:
        done = 0

        def encoding(more: int) -> None:
            nonlocal done
            done += more
            bar.move(done, len(pairs) * (len(text) + len(image)), "encoding")

        if on is not None:
            _encode_on(on, opened[1], [pair.uri for pair in pairs.pairs], bar, stop)
        trained = train_spaces(
            pairs,
            *opened,
            output,
            chosen,
            place,
            resume=resume,
            encoding=encoding,
            progress=lambda seen: bar.move(seen.step, seen.steps, _seen(seen.line.mrr if seen.line else None)),
            stop=stop,
        )
    if trained.stopped:
        raise Interrupted("stopped before the end; what was done is kept", "Go on with --resume.")
    _show(trained, found, as_json=as_json, quiet=quiet)


def _encode_on(on: str, encoders: Sequence[Encoder], uris: Sequence[str], bar: Bar, stop: Callable[[], bool]) -> None:
    """Have photos encoded by a cluster; training finds their vectors in the cache then."""
    from picdesk.cluster.connect import connected
    from picdesk.cluster.features import fill_photo_features
    from picdesk.errors import Interrupted

    done = 0

    def encoding(more: int) -> None:
        nonlocal done
        done += more
        bar.move(done, len(uris) * len(encoders), "encoding on the cluster")

    with connected(on) as ray:
        for encoder in encoders:
            fill_photo_features(ray, encoder, uris, encoding, stop)
            if stop():
                raise Interrupted("stopped before the end; what was encoded is kept", "Run the same command again.")


def _settings(
    seed: int,
    heads: Sequence[str] | None,
    loss: str | None,
    loop: Mapping[str, float | None],
    named: Sequence[str],
) -> SpacesSettings:
    from picdesk.train.losses import build_loss
    from picdesk.train.spaces.settings import SpacesSettings, published_loop, with_settings

    build_loss(loss or "margin")
    kinds = tuple(heads) if heads else ("perceptron",) if loss else ("memory",)
    given = {name: value for name, value in loop.items() if value is not None}
    chosen = SpacesSettings(heads=kinds, loss=loss or "margin", loop=replace(published_loop(seed), **given))  # type: ignore[arg-type]
    return with_settings(chosen, parted(named, "--set", "margin=0.2"))


def _leaks(pairs: Pairs, settings: SpacesSettings) -> tuple[str, ...]:
    """How many held-back stories the others give away, a line a kind."""
    from picdesk.train.split import split_pairs

    split = split_pairs(pairs, share=settings.share, way=settings.split, seed=settings.loop.seed)
    return leaks_said(pairs, split)


def _seen(mrr: float | None) -> str:
    return "" if mrr is None else f"MRR {mrr:.3f}"


def _show(trained: TrainedSpaces, leaks: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        show_json(asdict(trained) | {"folder": str(trained.folder), "leaks": list(leaks)})
        return
    out = console()
    held = f"{trained.held_back:,} held back to measure on"
    out.print(f"{trained.folder}: from {trained.pairs:,} pairs, {held}", markup=False, soft_wrap=True)
    for said, measures in (("before", trained.before), ("after", trained.after)):
        if measures:
            figures = " · ".join(f"{name} {value:.3f}" for name, value in measures.items())
            out.print(f"{said}: {figures}", markup=False, soft_wrap=True)
    if len(trained.parts) > 1:
        out.print(" · ".join(f"{kind} alone MRR@100 {mrr:.3f}" for kind, mrr in trained.parts.items()), soft_wrap=True)
    if quiet:
        return
    for reason, count in trained.skipped.items():
        show_remark(f"left out: {count:,} stories, {reason}")
    for note in (*leaks, *trained.notes):
        show_remark(note)
    show_remark(f"Use it: picdesk add ARCHIVE PHOTOS --encoder {trained.folder}")
