"""The verb that measures an encoder."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.show import console, show_json, show_remark

if TYPE_CHECKING:
    from picdesk.encoders.bench import BenchRow

COLUMNS = ("runtime", "precision", "images/s", "texts/s", "load", "memory", "smallest cosine", "neighbour changed")


def register(app: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    app.command(epilog="Example: picdesk models bench clip-vit-b-32 --seconds 5")(bench)


def bench(
    encoder: Annotated[
        str, typer.Argument(metavar="ENCODER", help="Name or folder of an encoder.", show_default=False)
    ],
    seconds: Annotated[float, typer.Option(help="Encode for so long at least, a side.", min=0)] = 3.0,
    images: Annotated[int, typer.Option(help="Made-up images, and so neighbours, to compare by.", min=1)] = 1000,
    texts: Annotated[int, typer.Option(help="Made-up texts to compare by.", min=1)] = 1000,
    int8: Annotated[bool, typer.Option("--int8", help="Also quantise to int8 and measure that.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure an encoder with every runtime here: speed, memory, and how far it is from ONNX Runtime's vectors."""
    from picdesk.encoders.bench import bench as measure

    def tell(text: str) -> None:
        if not quiet:
            show_remark(text)

    def remark(row: BenchRow) -> None:
        tell(f"measured {row.runtime} {row.precision}")

    rows = measure(encoder, seconds=seconds, images=images, texts=texts, int8=int8, progress=remark, remark=tell)
    if as_json:
        show_json({"rows": [asdict(row) for row in rows]})
    else:
        _show_table(rows)


def _show_table(rows: tuple[BenchRow, ...]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for place, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if place < 2 else "right")
    for row in rows:
        table.add_row(
            row.runtime,
            row.precision,
            _figure(row.images_per_second, "{:.1f}"),
            _figure(row.texts_per_second, "{:.1f}"),
            _figure(row.load_seconds, "{:.1f} s"),
            _figure(row.memory_mb, "{:.0f} MB"),
            _figure(row.min_cosine, "{:.6f}"),
            _figure(row.neighbour_changed, "{:.1%}"),
        )
    console().print(table)
    for row in rows:
        if row.problem:
            show_remark(f"{row.runtime} {row.precision}: {row.problem}")


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)
