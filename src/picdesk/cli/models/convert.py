"""The verb that converts a model which translates or paraphrases."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.show import console, show_json, show_remark, size_of


def register(models: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    models.command(epilog="Example: picdesk models convert opus-mt-de-en de-en")(convert)


class Quantization(StrEnum):
    """Of the weights that are written."""

    INT8 = "int8"
    INT16 = "int16"
    FLOAT16 = "float16"
    FLOAT32 = "float32"


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Marian (opus-mt) or T5 model, as transformers keeps it.", show_default=False
        ),
    ],
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write; must not exist.", show_default=False)],
    quantization: Annotated[Quantization, typer.Option(help="Of the weights.")] = Quantization.INT8,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Convert a local model that translates or paraphrases to CTranslate2."""
    from picdesk.articles.translate.convert import convert_model

    converted = convert_model(source, folder, quantization=quantization.value)
    if as_json:
        show_json(asdict(converted))
        return
    console().print(str(converted.folder), markup=False, soft_wrap=True)
    if not quiet:
        about = f"{converted.kind}, {converted.quantization}, {converted.limit} tokens, {size_of(converted.bytes)}"
        show_remark(f"{about}. Use it: give this folder where a model is asked for.")
