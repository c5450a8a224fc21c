"""Bidirectional margin ranking with the hardest negative."""

from __future__ import annotations

import torch

from picdesk.errors import InputError


class Margin(torch.nn.Module):
    """``max(0, m + hardest negative - positive)``, over the photos of each text and the texts of each photo.

    VSE++ (Faghri et al., BMVC 2018), as T x V sums it over its spaces (Galanopoulos & Mezaris 2022). Both directions
    are summed and divided by the batch, so that the rate of learning means the same whatever the batch. A row without
    a negative counts 0.

    Args:
        margin: by which a pair shall beat its hardest negative, as a cosine.

    Raises:
        InputError: the margin is not over 0.
    """

    def __init__(self, margin: float = 0.2) -> None:
        super().__init__()
        if not margin > 0:
            raise InputError(f"a margin of {margin} separates nothing", "Give a number over 0, such as 0.2.")
        self.margin = margin

    def forward(self, scores: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """``(n, n)`` scores and which of them are pairs, to a scalar."""
        positive = scores.diagonal()
        others = scores.masked_fill(same, -torch.inf)
        photos = (self.margin + others.amax(1) - positive).clamp(min=0)
        texts = (self.margin + others.amax(0) - positive).clamp(min=0)
        return (photos + texts).mean()
