"""Dual softmax's two sums on a device: over articles of one photo, and over photos of one article."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXPONENTIALS = 1 << 24
"""Taken at a time: 64 MB. Sums are float64 from there on."""


def log_means(cosines: torch.Tensor, temperature: float) -> torch.Tensor:
    """For each photo, ln of the mean over articles of exp(t Z), ``(c,)`` float64.

    Args:
        cosines: ``(articles, photos)`` float32.
        temperature: t.
    """
    highest = cosines.amax(dim=0)
    total = torch.zeros(len(highest), dtype=torch.float64, device=cosines.device)
    for rows in _by_rows(cosines):
        total += _exponentials(rows, highest, temperature).sum(dim=0, dtype=torch.float64)
    return temperature * highest.double() + torch.log(total / len(cosines))


class PhotoSums:
    """For each article, ln of the sum over photos of exp(t Z), while blocks of photos go by.

    Args:
        queries: how many articles.
        temperature: t.
        device: torch's name.
    """

    def __init__(self, queries: int, temperature: float, device: str) -> None:
        self._logs = torch.full((queries,), -math.inf, dtype=torch.float64, device=device)
        self._temperature = temperature

    def meet(self, cosines: torch.Tensor) -> None:
        """Take a block ``(articles, photos)`` float32 in."""
        parts = []
        for rows in _by_rows(cosines):
            highest = rows.amax(dim=1, keepdim=True)
            sums = _exponentials(rows, highest, self._temperature).sum(dim=1, dtype=torch.float64)
            parts.append(self._temperature * highest[:, 0].double() + torch.log(sums))
        self._logs = torch.logaddexp(self._logs, torch.cat(parts))

    def logs(self) -> NDArray[np.float64]:
        """``(n,)``; -inf where there was no photo."""
        found: NDArray[np.float64] = self._logs.cpu().numpy()
        return found


def _by_rows(cosines: torch.Tensor) -> list[torch.Tensor]:
    step = max(1, EXPONENTIALS // max(1, cosines.shape[1]))
    return [cosines[at : at + step] for at in range(0, len(cosines), step)]


def _exponentials(cosines: torch.Tensor, highest: torch.Tensor, temperature: float) -> torch.Tensor:
    # The difference first: it is exact where it matters, and no exponential is over 1.
    return (cosines - highest).mul_(temperature).exp_()
