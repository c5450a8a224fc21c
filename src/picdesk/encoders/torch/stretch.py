"""A CLIP for 77 tokens becomes one for 248."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError

if TYPE_CHECKING:
    import torch

KEPT, BEFORE, AFTER = 20, 77, 248
"""Positions that stay as they are, positions before and after; 20 + 4 * (77 - 20) = 248."""


def stretch(positions: torch.Tensor) -> torch.Tensor:
    """Knowledge-preserving stretching of CLIP's text positions.

    After Zhang et al. 2024, *Long-CLIP: Unlocking the Long-Text Capability of CLIP*, section 3.1 and the released
    code: the first 20 positions, which most training texts filled, stay; the other 57 are stretched four-fold. New
    position ``20 + 4i + j`` lies ``j`` quarters of the way from old position ``20 + i`` to ``21 + i``; past the last
    old position the last step goes on.

    Args:
        positions: ``(77, width)`` positional embedding.

    Returns:
        ``(248, width)``, of the same type.

    Raises:
        InputError: there are not 77 positions.
    """
    import torch

    if positions.ndim != 2 or len(positions) != BEFORE:
        raise InputError(
            f"a positional embedding of {tuple(positions.shape)} cannot be stretched from {BEFORE} to {AFTER} tokens",
            f"Leave out --stretch: it is for CLIP models with {BEFORE} tokens.",
        )
    tail = positions[KEPT:]
    steps = torch.cat([tail.diff(dim=0), tail[-1:] - tail[-2:-1]])
    quarters = torch.arange(4, dtype=positions.dtype) / 4
    stretched = tail[:, None, :] + quarters[None, :, None] * steps[:, None, :]
    return torch.cat([positions[:KEPT], stretched.flatten(0, 1)])
