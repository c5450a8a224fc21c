"""The verb that writes a checkpoint as an ONNX folder."""

from __future__ import annotations

import os
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.show import console, show_json, size_of


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(epilog="Example: picdesk models export ViT-B-32.pt clip-vit-b-32 --precision fp16")(export)


def _weights(source: str, *, shown: bool) -> tuple[Path, str]:
    """What is on disk wins; else the name of a model, whose weights are fetched. And that name, "" for what is here."""
    from picdesk.cli.models.get import fetching
    from picdesk.encoders.catalogue import catalogue, find_entry
    from picdesk.encoders.hub import fetch_weights

    entry = None if os.path.lexists(source) else find_entry(source, catalogue())
    if entry is None:
        return Path(source), ""
    with fetching(entry, shown=shown) as progress:
        return fetch_weights(entry, progress), entry.name


class Precision(StrEnum):
    """Of the weights that are written."""

    FP32 = "fp32"
    FP16 = "fp16"
    INT8 = "int8"


def export(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Weights of OpenAI, open_clip or Long-CLIP, a folder of transformers, sentence-transformers or "
            "M-CLIP, or a name that picdesk models lists: its weights are fetched then.",
            show_default=False,
        ),
    ],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write; must not exist.", show_default=False)],
    precision: Annotated[Precision, typer.Option(help="Of the weights.")] = Precision.FP32,
    stretch: Annotated[bool, typer.Option("--stretch", help="From 77 tokens to 248, as Long-CLIP does.")] = False,
    least_cosine: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            min=-1,
            max=1,
            help="Refuse below this cosine to the source. Default: 0.9999, 0.999 and 0.98 in the three precisions.",
            show_default=False,
        ),
    ] = None,
    quick_gelu: Annotated[
        bool | None,
        typer.Option(
            help="Activation function, where the file does not tell. Default: as its maker's models have it.",
            show_default=False,
        ),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="open_clip's name of the model, for weights of towers that are not CLIP's and come without an "
            "open_clip_config.json.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a checkpoint as an ONNX folder, and say how close the two are."""
    from picdesk.encoders.torch import export_onnx

    weights, model = _weights(source, shown=not quiet and not as_json)
    exported = export_onnx(
        weights,
        folder,
        precision=precision.value,
        stretch=stretch,
        least_cosine=least_cosine,
        quick_gelu=quick_gelu,
        architecture=architecture,
        model=model,
    )
    if as_json:
        show_json(asdict(exported))
    elif not quiet:
        out = console()
        about = f"{exported.kind}, {exported.precision}, {exported.activation}, {exported.text_limit} tokens"
        out.print(f"{exported.folder}: {about}, {size_of(exported.bytes)}", markup=False, soft_wrap=True)
        seen = "" if exported.image_cosine is None else f"images {exported.image_cosine:.6f}, "
        cosines = f"smallest cosine to the source: {seen}texts {exported.text_cosine:.6f}"
        out.print(cosines, markup=False, soft_wrap=True)
