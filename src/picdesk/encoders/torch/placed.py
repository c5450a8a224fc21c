"""The towers of a model on a device, in a precision, with the normalisation of images in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from picdesk.encoders.torch.towers import image_tower, text_tower

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from numpy.typing import NDArray

    from picdesk.encoders.preprocess import Preparation

Towers: TypeAlias = "Mapping[str, Any]"
"""``visual``, where there is such a side, from images ``(n, 3, height, width)`` uint8; ``textual`` from tokens (and
mask) ``(n, length)``; each to ``(n, d)``."""

_DTYPES = {"float32": "float32", "bf16": "bfloat16", "fp16": "float16"}
"""Picdesk's words for precisions, and torch's."""


def place_towers(model: torch.nn.Module, prepare: Preparation | None, device: str, precision: str) -> Towers:
    """Move a model to a device and a precision, and give its towers.

    Args:
        model: is changed in place.
        prepare: how images are normalised; that happens on the device, which gets a quarter of the bytes so. ``None``
            without an image side.
        device: ``cuda`` or ``cpu``.
        precision: ``float32``, ``bf16`` or ``fp16``.
    """
    import torch

    dtype: torch.dtype = getattr(torch, _DTYPES[precision])
    placed: Any = model.to(device=device, dtype=dtype)
    if hasattr(placed, "set_attn_implementation"):  # exports want it spelt out; torch has it in one piece
        placed.set_attn_implementation("sdpa")

    if prepare is None:
        return {"textual": text_tower(placed)}
    shades = tuple(torch.from_numpy(np.array(each, dtype=np.float32)) for each in (prepare.mean, prepare.std))

    class NormalisedImages(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tower = image_tower(placed)
            self.mean, self.std = (each.to(device)[:, None, None] for each in shades)

        def forward(self, pixels: torch.Tensor) -> Any:
            return self.tower(((pixels.float() / 255 - self.mean) / self.std).to(dtype))

    return {"visual": NormalisedImages().eval(), "textual": text_tower(placed)}


def compile_towers(towers: Towers) -> Towers:
    """The same through ``torch.compile``; they are compiled when they first run."""
    import torch

    return {side: torch.compile(tower) for side, tower in towers.items()}


def run_tower(tower: Any, inputs: tuple[NDArray[Any], ...], device: str) -> NDArray[np.float32]:
    """What a tower gives.

    Args:
        tower: of ``place_towers`` or ``compile_towers``.
        inputs: one array or two, ``(n, ...)`` each, n > 0.
        device: where the tower is.

    Returns:
        ``(n, d)`` float32, of any length.
    """
    import torch

    count = len(inputs[0])
    # A compiled tower takes a batch of one for another program: one item goes twice.
    full = [np.repeat(each, 2, axis=0) if count == 1 and device == "cuda" else each for each in inputs]
    with torch.inference_mode():
        tensors = [torch.from_numpy(np.array(each)).to(device) for each in full]
        for tensor in tensors if device == "cuda" else ():
            # Batches and texts of every length share one compiled program; the edges of images never change.
            for axis in (0, 1) if tensor.ndim == 2 else (0,):
                torch._dynamo.maybe_mark_dynamic(tensor, axis)
        rows: NDArray[np.float32] = tower(*tensors).float().cpu().numpy()
    return rows[:count]
