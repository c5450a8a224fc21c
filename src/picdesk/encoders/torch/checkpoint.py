"""A checkpoint of any supported make, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picdesk.encoders.torch.extra import need_torch
from picdesk.errors import EncoderMissing, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A model in torch, with all that is needed to use it.

    Attributes:
        kind: ``openai``, ``open_clip``, ``long-clip``, or transformers' ``clip``, ``metaclip_2``, ``siglip``,
            ``siglip2``.
        model: transformers' ``CLIPModel``, ``MetaClip2Model`` or ``SiglipModel``; float32, on the processor.
        preprocessing: what ``preprocess_cfg.json`` of an ONNX folder says.
        tokenizer: folder with ``tokenizer.json``; ``None`` for CLIP's own byte-pair encoding.
        clean: what is done to a text before the tokenizer, in open_clip's words; "" for nothing.
        text_limit: tokens that a text may have, special ones included.
        fixed_length: whether every text has to be padded to the limit.
    """

    kind: str
    model: torch.nn.Module
    preprocessing: Mapping[str, Any]
    tokenizer: Path | None
    clean: str
    text_limit: int
    fixed_length: bool


def read_checkpoint(path: Path, *, quick_gelu: bool | None = None) -> Checkpoint:
    """Read a checkpoint; nothing in it is executed.

    Args:
        path: an OpenAI ``.pt`` (TorchScript archive or state dict), an open_clip ``.pt``, ``.bin`` or ``.safetensors``
            with the standard towers, a Long-CLIP ``.pt``; or a folder of transformers (CLIP, MetaCLIP 2, SigLIP,
            SigLIP 2) or of open_clip (``open_clip_config.json`` and weights).
        quick_gelu: the activation function. ``None``: QuickGELU for OpenAI and Long-CLIP, for open_clip what
            ``open_clip_config.json`` beside the file says, else GELU. The weights alone do not tell: say ``True`` for a
            bare state dict of a model that began as one of OpenAI's.

    Raises:
        EncoderMissing: the file or folder is missing, damaged, or of an architecture that is not supported.
        ExtraMissing: the ``torch`` extra is not installed.
        InputError: ``quick_gelu`` for a folder of transformers, which says it itself.
    """
    need_torch()
    from picdesk.encoders.torch.clip_file import read_clip_file
    from picdesk.encoders.torch.transformers_folder import read_transformers_folder

    if path.is_dir():
        if (path / "config.json").is_file():
            if quick_gelu is not None:
                raise InputError(
                    f"{path} says itself which activation function it has", "Leave out --quick-gelu for this model."
                )
            return read_transformers_folder(path)
        return read_clip_file(_weights_inside(path), quick_gelu)
    if not path.exists():
        raise EncoderMissing(f"no checkpoint {str(path)!r} here", "Give a file of weights or a folder of transformers.")
    return read_clip_file(path, quick_gelu)


def _weights_inside(folder: Path) -> Path:
    for name in ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin"):
        if (folder / name).is_file():
            return folder / name
    raise EncoderMissing(
        f"{folder} holds no checkpoint: neither config.json of transformers nor weights of open_clip",
        "Give a file of weights or a folder of transformers.",
    )
