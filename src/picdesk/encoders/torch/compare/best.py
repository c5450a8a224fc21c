"""The best photos of many queries, kept on a device while blocks of scores go by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Exact = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class BestOnDevice:
    """The ``k`` best photos of each query so far, best first, by exact scores.

    Scores come rounded, with a bound of how far each may be from the exact one. A photo is looked at exactly where its
    rounded score is over the query's floor less that bound, the floor being the ``k``-th best exact score so far: so no
    photo of the answer can be passed over, and all but the first ones cost one comparison.

    Memory: 16 bytes for each of ``queries x 3 k`` places, beside the scores and a byte for each of them.

    Args:
        queries: how many.
        k: photos a query.
        device: torch's name.
    """

    def __init__(self, queries: int, k: int, device: str) -> None:
        self._k = k
        self._scores = torch.full((queries, k), -math.inf, dtype=torch.float64, device=device)
        self._photos = torch.full((queries, k), -1, dtype=torch.int64, device=device)
        self._met = 0

    def meet(self, scores: torch.Tensor, exact: Exact, blur: torch.Tensor) -> None:
        """Take the best of a block in.

        Args:
            scores: ``(n, c)`` float32, rounded.
            exact: ``(p,)`` float64 scores at rows and columns ``(p,)``.
            blur: ``(n,)`` float64, how far a query's rounded scores may be from those.
        """
        if len(scores):
            self._take(scores, 0, exact, blur)
        self._met += scores.shape[1]

    def photos(self) -> NDArray[np.int64]:
        """Numbers of all photos that are in an answer, rising; photos are counted as they come."""
        numbers: NDArray[np.int64] = torch.unique(self._photos).cpu().numpy()
        return numbers[numbers >= 0]

    def nearest(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Numbers and scores ``(n, k)``, best first; -1 and -inf where there are fewer."""
        return self._photos.cpu().numpy(), self._scores.cpu().numpy()

    def _take(self, scores: torch.Tensor, first: int, exact: Exact, blur: torch.Tensor) -> None:
        limits = (self._scores[:, -1] - blur).to(torch.float32)
        limits = torch.nextafter(limits, torch.full_like(limits, -math.inf))  # rounding must not raise them
        over = scores > limits[:, None]
        counts = over.sum(dim=1)
        most, width = int(counts.max()), scores.shape[1]
        if most > 2 * self._k < width:
            # A floor that is still low lets too many pass: the first half raises it for the second.
            for part in (slice(0, width // 2), slice(width // 2, width)):
                self._take(scores[:, part], first + part.start, exact, blur)
        elif most:
            rows, columns = over.nonzero(as_tuple=True)
            places = torch.arange(len(rows), device=rows.device) - (counts.cumsum(0) - counts)[rows]
            self._enter(rows, first + columns, exact(rows, first + columns), places, most)

    def _enter(
        self, rows: torch.Tensor, columns: torch.Tensor, values: torch.Tensor, places: torch.Tensor, most: int
    ) -> None:
        """Let photos compete with those that are there; ``places`` number those of one query, up to ``most``."""
        room = (len(self._scores), most)
        scores = torch.cat([self._scores, self._scores.new_full(room, -math.inf)], dim=1)
        photos = torch.cat([self._photos, self._photos.new_full(room, -1)], dim=1)
        scores[rows, self._k + places] = values
        photos[rows, self._k + places] = self._met + columns
        self._scores, kept = scores.topk(self._k, dim=1)
        self._photos = photos.gather(1, kept)
