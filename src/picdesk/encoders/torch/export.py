"""A checkpoint becomes an ONNX folder."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from picdesk.encoders.settings import read_settings
from picdesk.encoders.torch.checkpoint import read_checkpoint
from picdesk.encoders.torch.precision import PRECISIONS
from picdesk.errors import InputError, ThresholdMissed

if TYPE_CHECKING:
    from picdesk.encoders.torch.checkpoint import Checkpoint

LEAST_COSINE = {"fp32": 0.9999, "fp16": 0.999, "int8": 0.98}
"""Below which a folder is not kept."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An ONNX folder that was written.

    Attributes:
        folder: where it is.
        kind: make of the source, as ``Checkpoint`` names it.
        precision: ``fp32``, ``fp16`` or ``int8``.
        activation: the activation function that the source was read with.
        text_limit: tokens that a text may have, special ones included.
        image_cosine: smallest cosine of the fixed images between folder and source; ``None`` without an image side.
        text_cosine: the same of the fixed texts.
        bytes: size of the folder's files.
    """

    folder: Path
    kind: str
    precision: str
    activation: str
    text_limit: int
    image_cosine: float | None
    text_cosine: float
    bytes: int


def export_onnx(
    source: Path,
    target: Path,
    *,
    precision: str = "fp32",
    stretch: bool = False,
    least_cosine: float | None = None,
    quick_gelu: bool | None = None,
    architecture: str | None = None,
    model: str = "",
) -> Exported:
    """Write a checkpoint as an ONNX folder, and compare the two.

    The folder appears at once and complete, or not at all.

    Args:
        source: what ``read_checkpoint`` reads.
        target: must not exist.
        precision: of the weights: ``fp32``, ``fp16`` or ``int8``.
        stretch: make a CLIP for 77 tokens one for 248, before it is written.
        least_cosine: refuse where an image or a text of the fixed set has a smaller cosine to the source;
            ``None`` for 0.9999, 0.999 and 0.98 in the three precisions.
        quick_gelu: the activation function, as for ``read_checkpoint``.
        architecture: open_clip's name of the model, as for ``read_checkpoint``.
        model: the catalogue's name of it, which ``config.json`` then remembers, for ``pair_sides``.

    Raises:
        EncoderMissing: the source is missing, damaged or not supported.
        ThresholdMissed: a cosine is below the limit; nothing was kept.
        ExtraMissing: the ``torch`` extra is not installed.
        InputError: the target exists or cannot be written, no such precision, or the source cannot be stretched.
    """
    if precision not in PRECISIONS:
        raise InputError(f"no precision called {precision!r}", f"Choose one of: {', '.join(PRECISIONS)}.")
    limit = LEAST_COSINE[precision] if least_cosine is None else least_cosine
    target = target.expanduser().absolute()
    if os.path.lexists(target):
        raise InputError(f"{str(target)!r} exists already", "Choose another folder, or remove that one.")
    checkpoint = read_checkpoint(source.expanduser(), quick_gelu=quick_gelu, architecture=architecture)
    if stretch:
        checkpoint = stretched(checkpoint)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(mkdtemp(prefix=f".{target.name[:40]}-", dir=target.parent))
        try:
            exported = _written(checkpoint, scratch / target.name, precision, limit)
            if model:
                config = scratch / target.name / "config.json"
                _write(config, read_settings(config) | {"model": model})
            (scratch / target.name).rename(target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"{str(target)!r} cannot be written: {error.strerror or error}", "Choose another folder."
        ) from error
    return dataclasses.replace(exported, folder=target)


def stretched(checkpoint: Checkpoint) -> Checkpoint:
    """The same model with room for 248 tokens, by ``stretch``.

    Raises:
        InputError: it is no CLIP for 77 tokens.
    """
    from picdesk.encoders.torch.build import build_model
    from picdesk.encoders.torch.stretch import AFTER, stretch

    name = "text_model.embeddings.position_embedding.weight"
    model: Any = checkpoint.model
    tensors = model.state_dict()
    if name not in tensors or checkpoint.fixed_length:
        raise InputError(
            f"a {checkpoint.kind} model cannot be stretched", "Leave out --stretch: it is for CLIP models."
        )
    settings = model.config.to_dict()
    settings["text_config"]["max_position_embeddings"] = AFTER
    tensors = tensors | {name: stretch(tensors[name])}
    longer = build_model(model.config.model_type, settings, tensors, Path(checkpoint.kind))
    return dataclasses.replace(checkpoint, model=longer, text_limit=AFTER)


def _written(checkpoint: Checkpoint, folder: Path, precision: str, limit: float) -> Exported:
    from picdesk.encoders.torch.parity import smallest_cosines
    from picdesk.encoders.torch.precision import in_precision, save_graph
    from picdesk.encoders.torch.trace import image_graph, text_graph

    graphs = {"visual": image_graph, "textual": text_graph}
    for side in checkpoint.sides:
        (folder / side).mkdir(parents=True)
        save_graph(in_precision(graphs[side](checkpoint), precision), str(folder / side / "model.onnx"))
    write_settings(checkpoint, folder)
    try:
        images, texts = smallest_cosines(folder, checkpoint)
    except InputError as error:  # a vector without direction
        raise ThresholdMissed(f"nothing was written: {error.message}", "Export it with --precision fp32.") from error
    if not all(cosine is None or cosine >= limit for cosine in (images, texts)):  # NaN is below every limit
        seen = "" if images is None else f"{images:.5f} for images, "
        raise ThresholdMissed(
            f"nothing was written: the smallest cosine to the source is {seen}{texts:.5f} for texts, the limit is "
            f"{limit:g}",
            "Choose a higher precision, or a lower limit with --least-cosine.",
        )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    kind, activation, text_limit = checkpoint.kind, checkpoint.activation, checkpoint.text_limit
    return Exported(folder, kind, precision, activation, text_limit, images, texts, size)


def write_settings(checkpoint: Checkpoint, folder: Path) -> None:
    """Write all that stands beside the graphs: preprocessing, tokenizer, configuration.

    Args:
        checkpoint: the model.
        folder: exists; its ``visual`` and ``textual`` need not, and stay away where the model has no such side.
    """
    for side in checkpoint.sides:
        (folder / side).mkdir(exist_ok=True)
    settings: dict[str, Any] = {"embed_dim": checkpoint.dimension}
    if "visual" in checkpoint.sides:
        _write(folder / "visual" / "preprocess_cfg.json", dict(checkpoint.preprocessing))
        settings["vision_cfg"] = {"image_size": checkpoint.preprocessing["size"]}
    _write_tokenizer(checkpoint, folder / "textual")
    _write(folder / "config.json", settings | {"text_cfg": {"context_length": checkpoint.text_limit}})


def _write_tokenizer(checkpoint: Checkpoint, folder: Path) -> None:
    from picdesk.encoders.bpe import write_clip_tokenizer

    if checkpoint.tokenizer is None:
        write_clip_tokenizer(folder, checkpoint.text_limit)
        return
    shutil.copyfile(checkpoint.tokenizer / "tokenizer.json", folder / "tokenizer.json")
    extra = checkpoint.tokenizer / "tokenizer_config.json"
    named = read_settings(extra) if extra.is_file() else {}
    said = {"model_max_length": checkpoint.text_limit} | ({"clean": checkpoint.clean} if checkpoint.clean else {})
    _write(folder / "tokenizer_config.json", named | said)


def _write(path: Path, settings: dict[str, Any]) -> None:
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
