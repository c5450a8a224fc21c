"""Symmetric InfoNCE: each text picks its photo among the batch's, each photo its text."""

from __future__ import annotations

import math

import torch

from picdesk.errors import InputError

LARGEST_SCALE = 100.0
"""CLIP's bound of the learned scale, past which training becomes unstable."""


class InfoNCE(torch.nn.Module):
    """The mean of both cross-entropies over ``scores / temperature`` (van den Oord et al. 2018; CLIP, 2021).

    Args:
        temperature: at the start, or for good.
        learn: whether the temperature is learned.
        smooth: share of the truth that is spread evenly over the batch (label smoothing).

    Raises:
        InputError: the temperature is not over 0, or the share not under 1.
    """

    def __init__(self, temperature: float = 0.07, learn: bool = True, smooth: float = 0.0) -> None:
        super().__init__()
        if not temperature > 0:
            raise InputError(f"a temperature of {temperature} divides by nothing", "Give a number over 0.")
        if not 0 <= smooth < 1:
            raise InputError(f"{smooth} is no share of the truth", "Give a number from 0 to under 1, such as 0.1.")
        self.log_scale = torch.nn.Parameter(torch.tensor(-math.log(temperature)), requires_grad=bool(learn))
        self.smooth = smooth

    def forward(self, scores: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """``(n, n)`` scores and which of them are pairs, to a scalar."""
        logits = scores * self.log_scale.exp().clamp(max=LARGEST_SCALE)
        diagonal = torch.eye(len(scores), dtype=torch.bool, device=scores.device)
        copies = same & ~diagonal
        return (self._entropy(logits, copies) + self._entropy(logits.T, copies.T)) / 2

    def _entropy(self, logits: torch.Tensor, copies: torch.Tensor) -> torch.Tensor:
        """Copies of the right answer are no candidates at all."""
        log_shares = torch.log_softmax(logits.masked_fill(copies, -torch.inf), dim=1)
        right = log_shares.diagonal()
        if not self.smooth:
            return -right.mean()
        even = log_shares.masked_fill(copies, 0).sum(1) / (~copies).sum(1)
        return -((1 - self.smooth) * right + self.smooth * even).mean()
