"""A text side and an image side from two places become one encoder."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from picdesk.encoders.load import load_encoder
from picdesk.encoders.settings import read_settings
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from picdesk.encoders.catalogue import CatalogueEntry
    from picdesk.encoders.protocol import Encoder


def pair_sides(
    texts: str | Path,
    images: str | Path,
    target: Path,
    *,
    unchecked: bool = False,
    entries: Sequence[CatalogueEntry] | None = None,
) -> Encoder:
    """Write an ONNX folder with the text side of one and the image side of another.

    Vectors of two models mean something to each other only where one was trained to meet the other, as multilingual
    text models are that learn from an English CLIP. The catalogue says which (``partner``); an equal number of numbers
    says nothing. The folder appears at once and complete, or not at all; files are linked where the disk allows.

    Args:
        texts: ONNX folder, or name of a model that is here.
        images: the same.
        target: must not exist.
        unchecked: pair them although nothing says that they belong together.
        entries: the catalogue; ``None`` for the one that comes with Picdesk.

    Returns:
        The new encoder.

    Raises:
        EncoderMissing: one of them is missing, unusable, or no ONNX folder.
        InputError: a side is missing, the vectors have different lengths, nothing says that the two belong together,
            or the target exists or cannot be written.
    """
    reading, seeing = _opened(texts, entries), _opened(images, entries)
    for encoder, has, side in ((reading, reading.has_texts, "text"), (seeing, seeing.has_images, "image")):
        if not has:
            raise InputError(
                f"encoder {encoder.name!r} has no {side} side", "Give the text side first, then the image side."
            )
    if reading.dimension != seeing.dimension:
        raise InputError(
            f"texts of {reading.name!r} have {reading.dimension} numbers, images of {seeing.name!r} {seeing.dimension}",
            "Pair a text side with the model whose images it was trained to meet.",
        )
    if not unchecked:
        _check_partners(_model(reading), _model(seeing), entries)
    target = target.expanduser().absolute()
    if os.path.lexists(target):
        raise InputError(f"{str(target)!r} exists already", "Choose another folder, or remove that one.")
    try:
        _write(Path(reading.location), Path(seeing.location), target)
    except OSError as error:
        raise InputError(
            f"{str(target)!r} cannot be written: {error.strerror or error}", "Choose another folder."
        ) from error
    return load_encoder(target)


def _opened(where: str | Path, entries: Sequence[CatalogueEntry] | None) -> Encoder:
    encoder = load_encoder(where, runtime="onnxruntime", entries=entries)
    sides = ("visual", "textual")
    if not any((Path(encoder.location) / side / "model.onnx").exists() for side in sides):
        raise EncoderMissing(
            f"{encoder.location} holds weights, no ONNX folder",
            f"Write it out first: picdesk models export {where} DIR, and pair DIR.",
        )
    return encoder


def _model(encoder: Encoder) -> str:
    """The catalogue's name of a model, as its export remembers it; else what the encoder is called."""
    path = Path(encoder.location) / "config.json"
    said = read_settings(path).get("model") if path.is_file() else None
    return said if isinstance(said, str) else encoder.name


def _check_partners(reading: str, seeing: str, entries: Sequence[CatalogueEntry] | None) -> None:
    from picdesk.encoders.catalogue import catalogue, find_entry

    entry = find_entry(reading, catalogue() if entries is None else entries)
    if entry is None or not entry.partner:
        raise InputError(
            f"nothing says whose images the texts of {reading!r} were trained to meet",
            "If you know that the two belong together, add --unchecked.",
        )
    if entry.partner != seeing:
        raise InputError(
            f"the texts of {reading} were trained to meet the images of {entry.partner}, not of {seeing!r}",
            f"Pair it with {entry.partner}; if that is what you gave under another name, add --unchecked.",
        )


def _write(texts: Path, images: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix=f".{target.name[:40]}-", dir=target.parent))
    try:
        draft = scratch / target.name
        shutil.copytree(texts / "textual", draft / "textual", copy_function=_linked)
        shutil.copytree(images / "visual", draft / "visual", copy_function=_linked)
        settings = _settings(images, "vision_cfg") | _settings(texts, "text_cfg")
        (draft / "config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
        draft.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _settings(folder: Path, part: str) -> dict[str, Any]:
    said = read_settings(folder / "config.json") if (folder / "config.json").is_file() else {}
    return {key: said[key] for key in ("embed_dim", part) if key in said}


def _linked(source: str, target: str) -> str:
    """A second name of the same file; a copy where the disk has no such thing, or the two lie on different ones."""
    with suppress(OSError):
        os.link(os.path.realpath(source), target)
        return target
    return str(shutil.copyfile(source, target))
