"""A checkpoint of any supported make, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.encoders.settings import read_settings
from picdesk.encoders.torch.extra import need_torch
from picdesk.encoders.torch.text_configs import KINDS
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import torch


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A model in torch, with all that is needed to use it.

    Attributes:
        kind: ``openai``, ``open_clip``, ``long-clip``, transformers' ``clip``, ``metaclip_2``, ``siglip``,
            ``siglip2``, or ``sentence-transformers``, ``m-clip``.
        model: has ``get_image_features`` and ``get_text_features``, as transformers' ``CLIPModel`` has; float32, on
            the processor.
        preprocessing: what ``preprocess_cfg.json`` of an ONNX folder says; empty without an image side.
        tokenizer: folder with ``tokenizer.json``; ``None`` for CLIP's own byte-pair encoding.
        clean: what is done to a text before the tokenizer, in open_clip's words; "" for nothing.
        text_limit: tokens that a text may have, special ones included.
        fixed_length: whether every text has to be padded to the limit.
        dimension: numbers in a vector.
        activation: the activation function, of the text side where the two differ.
        sides: ``visual`` and ``textual``, or ``textual`` alone.
    """

    kind: str
    model: torch.nn.Module
    preprocessing: Mapping[str, Any]
    tokenizer: Path | None
    clean: str
    text_limit: int
    fixed_length: bool
    dimension: int
    activation: str
    sides: tuple[str, ...] = ("visual", "textual")


def read_checkpoint(path: Path, *, quick_gelu: bool | None = None, architecture: str | None = None) -> Checkpoint:
    """Read a checkpoint; nothing in it is executed.

    Args:
        path: an OpenAI ``.pt`` (TorchScript archive or state dict), an open_clip ``.pt``, ``.bin`` or ``.safetensors``,
            a Long-CLIP ``.pt``; or a folder of transformers (CLIP, MetaCLIP 2, SigLIP, SigLIP 2), of open_clip
            (``open_clip_config.json`` and weights), of sentence-transformers (``modules.json``) or of M-CLIP, the last
            two with a text side alone. Models of open_clip with towers of other makers (timm, transformers) need
            open_clip and timm.
        quick_gelu: the activation function. ``None``: QuickGELU for OpenAI and Long-CLIP, for open_clip what
            ``open_clip_config.json`` beside the file says, else GELU. The weights alone do not tell: say ``True`` for a
            bare state dict of a model that began as one of OpenAI's.
        architecture: open_clip's name of the model, such as ``MobileCLIP2-S0``, for a file of weights without an
            ``open_clip_config.json`` beside it. ``None``: that of the catalogue's model whose file has this name.

    Raises:
        EncoderMissing: the file or folder is missing, damaged, or of an architecture that is not supported.
        ExtraMissing: the ``torch`` extra is not installed; or open_clip or timm, for towers of other makers.
        InputError: ``quick_gelu`` or ``architecture`` for a folder that says it itself, or no such architecture.
    """
    need_torch()
    from picdesk.encoders.torch.clip_file import read_clip_file

    if path.is_dir():
        reader = _folder_reader(path)
        if reader is not None:
            if quick_gelu is not None or architecture is not None:
                raise InputError(
                    f"{path} says itself which activation function it has",
                    "Leave out --quick-gelu and --architecture for this model.",
                )
            return reader(path)
        return read_clip_file(_weights_inside(path), quick_gelu, architecture)
    if not path.exists():
        raise EncoderMissing(f"no checkpoint {str(path)!r} here", "Give a file of weights or a folder of transformers.")
    return read_clip_file(path, quick_gelu, architecture)


def _folder_reader(folder: Path) -> Callable[[Path], Checkpoint] | None:
    """What reads a folder with a configuration; ``None`` where it holds a file of weights of open_clip."""
    from picdesk.encoders.torch.text_folders import read_m_clip_folder, read_sentence_folder
    from picdesk.encoders.torch.transformers_folder import read_transformers_folder

    if (folder / "modules.json").is_file():
        return read_sentence_folder
    if not (folder / "config.json").is_file():
        return None
    kind = read_settings(folder / "config.json").get("model_type")
    if kind == "M-CLIP":
        return read_m_clip_folder
    # Of a model of open_clip it may describe the text tower alone.
    tower = kind in KINDS and (folder / "open_clip_config.json").is_file()
    return None if tower else read_transformers_folder


def _weights_inside(folder: Path) -> Path:
    for name in ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin"):
        if (folder / name).is_file():
            return folder / name
    raise EncoderMissing(
        f"{folder} holds no checkpoint: neither config.json of transformers nor weights of open_clip",
        "Give a file of weights or a folder of transformers.",
    )
