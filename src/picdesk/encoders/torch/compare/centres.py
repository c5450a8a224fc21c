"""Centres of inverted lists on a device: k-means as FAISS does it for inner products, and the nearest centre of each.

Spherical k-means (Dhillon & Modha 2001): vectors go to the centre with the largest inner product, and a centre becomes
the direction of the sum of its vectors. Cards are some hundred times as fast at it as a processor; FAISS's own build
for cards is not in the package registries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from picdesk.encoders.torch.compare.products import exact_products, unit_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

PAIRS_AT_ONCE = 1 << 27
"""Pairs of a vector and a centre that are compared at a time: 512 MB."""

_APART = 1 / 1024
"""How far the centre of a list that got nothing is put from that of a full one, as FAISS does."""


class Centres:
    """Centres of lists, on a device.

    Memory: the centres, and 4 bytes for each of `PAIRS_AT_ONCE`.

    Args:
        rows: ``(lists, d)`` float32.
        device: torch's name.
    """

    def __init__(self, rows: NDArray[np.float32], device: str) -> None:
        self._rows = _moved(rows, device)
        self._device = device

    def nearest(self, halves: NDArray[np.float16]) -> NDArray[np.int64]:
        """For each vector ``(n, d)``, the number of the centre with the largest cosine."""
        there = _moved(halves, self._device)
        lists = [_nearest(unit_rows(part), self._rows) for part in _parts(there, len(self._rows))]
        found: NDArray[np.int64] = torch.cat(lists).cpu().numpy()
        return found


def train_centres(
    halves: NDArray[np.float16],
    count: int,
    rounds: int,
    generator: np.random.Generator,
    device: str,
    progress: Callable[[int], None] = lambda _: None,
) -> NDArray[np.float32]:
    """Centres ``(count, d)``, unit rows, of lists of about as many vectors each.

    Memory on the device: the vectors as they are, the centres three times, and 512 MB.

    Args:
        halves: ``(n, d)`` float16, at least as many as centres.
        count: how many.
        rounds: of k-means.
        generator: draws the vectors to begin with, and new places for empty lists.
        device: torch's name.
        progress: called with the rounds done.
    """
    there = _moved(halves, device)
    first = torch.from_numpy(np.sort(generator.choice(len(halves), count, replace=False))).to(device)
    centres = unit_rows(there[first])
    for done in range(1, rounds + 1):
        centres = _filled(*_sums(there, centres), centres, generator)
        progress(done)
    found: NDArray[np.float32] = centres.cpu().numpy()
    return found


def _sums(halves: torch.Tensor, centres: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The sum of each centre's vectors, float64 so that their order does not show, and how many they are."""
    sums = torch.zeros(centres.shape, dtype=torch.float64, device=centres.device)
    counts = torch.zeros(len(centres), dtype=torch.int64, device=centres.device)
    for part in _parts(halves, len(centres)):
        rows = unit_rows(part)
        lists = _nearest(rows, centres)
        sums.index_add_(0, lists, rows.double())
        counts += torch.bincount(lists, minlength=len(centres))
    return sums, counts


def _filled(
    sums: torch.Tensor, counts: torch.Tensor, before: torch.Tensor, generator: np.random.Generator
) -> torch.Tensor:
    """Directions of the sums; an empty list gets one beside that of a list drawn by its size."""
    lengths = torch.linalg.vector_norm(sums, dim=1, keepdim=True)
    centres = torch.where(lengths > 0, sums / lengths, before.double()).float()
    empty = (counts == 0).nonzero()[:, 0]
    if len(empty):
        sizes = np.maximum(counts.cpu().numpy() - 1, 0).astype(np.float64)
        shares = sizes / sizes.sum() if sizes.any() else None
        full = torch.from_numpy(generator.choice(len(sizes), len(empty), p=shares)).to(centres.device)
        signs = generator.choice([-_APART, _APART], (len(empty), centres.shape[1])).astype(np.float32)
        moved = centres[full] * (1 + torch.from_numpy(signs).to(centres.device))
        centres[empty] = moved / torch.linalg.vector_norm(moved, dim=1, keepdim=True)
    return centres


def _nearest(rows: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
    return exact_products(rows, centres).argmax(dim=1)


def _parts(halves: torch.Tensor, centres: int) -> Iterator[torch.Tensor]:
    step = max(1, PAIRS_AT_ONCE // centres)
    for at in range(0, len(halves), step):
        yield halves[at : at + step]


def _moved(rows: NDArray[Any], device: str) -> torch.Tensor:
    return torch.from_numpy(np.require(rows, requirements=["C", "W"])).to(device)  # torch warns of what is read-only
