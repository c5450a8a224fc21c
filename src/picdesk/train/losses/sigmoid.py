"""SigLIP's sigmoid loss: every text with every photo is a question of its own."""

from __future__ import annotations

import math

import torch

from picdesk.errors import InputError


class Sigmoid(torch.nn.Module):
    """``-log sigmoid(z (scale * score + bias))`` over every cell, z = 1 for pairs and -1 else, summed, divided by n.

    Zhai et al., Sigmoid Loss for Language Image Pre-Training, ICCV 2023: scale 10 and bias -10 at the start, both
    learned. Copies of one photo are left out.

    Args:
        scale: at the start.
        bias: at the start.

    Raises:
        InputError: the scale is not over 0.
    """

    def __init__(self, scale: float = 10.0, bias: float = -10.0) -> None:
        super().__init__()
        if not scale > 0:
            raise InputError(f"a scale of {scale} turns likeness round", "Give a number over 0, such as 10.")
        self.log_scale = torch.nn.Parameter(torch.tensor(math.log(scale)))
        self.bias = torch.nn.Parameter(torch.tensor(float(bias)))

    def forward(self, scores: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """``(n, n)`` scores and which of them are pairs, to a scalar."""
        diagonal = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
        logits = scores * self.log_scale.exp() + self.bias
        cells = torch.nn.functional.logsigmoid(torch.where(diagonal, logits, -logits))
        return -cells.masked_fill(same & ~diagonal, 0).sum() / len(scores)
