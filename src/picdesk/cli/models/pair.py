"""The verb that makes one encoder of a text side and an image side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.show import console, show_json, show_remark


def register(models: typer.Typer) -> None:
    """Put this file's verb on the command line."""
    models.command(epilog="Example: picdesk models pair multilingual clip-vit-b-32 multilingual-clip")(pair)


def pair(
    texts: Annotated[
        str, typer.Argument(metavar="TEXTS", help="Name or ONNX folder of the text side.", show_default=False)
    ],
    images: Annotated[
        str, typer.Argument(metavar="IMAGES", help="Name or ONNX folder of the image side.", show_default=False)
    ],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write; must not exist.", show_default=False)],
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Although nothing says that the two were trained together.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make one encoder of the text side of one and the image side of another that it was trained to meet."""
    from picdesk.encoders.pair import pair_sides

    encoder = pair_sides(texts, images, folder, unchecked=unchecked)
    if as_json:
        document = {"folder": encoder.location, "dimension": encoder.dimension, "text_limit": encoder.text_limit}
        show_json(document | {"image_side": encoder.image_side, "fingerprint": encoder.fingerprint})
        return
    console().print(encoder.location, markup=False, soft_wrap=True)
    if not quiet:
        show_remark(f"Use it: picdesk add ARCHIVE PHOTOS --encoder {folder}")
