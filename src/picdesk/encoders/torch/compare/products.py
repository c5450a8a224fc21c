"""Cosines of queries to blocks of photos on a device: of all pairs quickly, of some exactly.

A card multiplies TF32 numbers (float32 with 10 bits after the point) five to eight times as fast as float32. Numbers
are rounded to TF32 here rather than by the card, so that what the rounding does is known: by Cauchy and Schwarz, a
cosine moves by no more than the lengths of what was cut off the query and the photo, and those are measured.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

NUMBERS_AT_ONCE = 1 << 24
"""Numbers of vectors that are multiplied at a time where cosines are exact: 128 MB, three times."""

_PER_SUM = 2.0**-22
"""How far one addition may move a sum of products of unit vectors: twice the last place of float32, for cards cut off
what does not fit where processors round (Fasi et al. 2021, Numerical Behavior of NVIDIA Tensor Cores)."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """A block of photos, compared with all queries.

    Attributes:
        cosines: ``(n, c)`` float32, rounded; the next block is written over them.
        blur: ``(n,)`` float64, how far a query's may be from the exact ones.
    """

    cosines: torch.Tensor
    blur: torch.Tensor
    _queries: torch.Tensor
    _halves: torch.Tensor
    _scales: torch.Tensor

    def exact(self, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Cosines ``(p,)`` float64 of some pairs of a query and a photo, from the archive's own float16 numbers."""
        step = max(1, NUMBERS_AT_ONCE // self._halves.shape[1])
        found = torch.empty(len(rows), dtype=torch.float64, device=rows.device)
        for at in range(0, len(rows), step):
            row, column = rows[at : at + step], columns[at : at + step]
            products = self._queries[row].double() * self._halves[column].double()
            found[at : at + step] = products.sum(dim=1) * self._scales[column]
        return found


class Products:
    """Compares queries with one block of photos after the other.

    Memory: 4 bytes for each pair of a query and a photo of the largest block, beside the queries and the block.

    Args:
        queries: ``(n, d)`` float32, unit rows.
        device: torch's name.
        rounded: whether TF32 is enough for the cosines of all pairs; else float32.
    """

    def __init__(self, queries: NDArray[np.float32], device: str, *, rounded: bool = True) -> None:
        self._queries = torch.tensor(queries, device=device)
        self._rounded = rounded
        self._multiplied = to_tf32(self._queries) if rounded else self._queries
        self._lengths = _lengths_of(self._queries)
        self._cut = _lengths_of(self._queries - self._multiplied)
        self._room = torch.empty(0, device=device)

    def meet(self, halves: torch.Tensor) -> Compared:
        """Compare a block ``(c, d)`` of float16 vectors, on the device, with all queries."""
        scales = scales_of(halves)
        photos = halves.float() * scales.float()[:, None]
        multiplied = to_tf32(photos) if self._rounded else photos
        cut = _lengths_of(photos - multiplied).amax() if len(photos) else self._cut.new_zeros(())
        blur = self._cut + (self._lengths + self._cut) * cut + (halves.shape[1] + 4) * _PER_SUM * self._lengths
        size = len(self._queries) * len(halves)
        if self._room.numel() < size:
            self._room = torch.empty(size, device=halves.device)
        cosines = self._room[:size].view(len(self._queries), len(halves))
        with _products_in(tf32=self._rounded):
            torch.mm(self._multiplied, multiplied.T, out=cosines)
        return Compared(cosines, blur, self._queries, halves, scales)


def scales_of(halves: torch.Tensor) -> torch.Tensor:
    """What makes float16 vectors ``(c, d)`` unit rows: ``(c,)`` float64; 0 for one that is zero, which stays so."""
    lengths = torch.linalg.vector_norm(halves, dim=1, dtype=torch.float64)
    return torch.where(lengths > 0, 1 / lengths, 0.0)


def unit_rows(halves: torch.Tensor) -> torch.Tensor:
    """float16 vectors ``(c, d)`` as float32 unit rows."""
    return halves.float() * scales_of(halves).float()[:, None]


def to_tf32(rows: torch.Tensor) -> torch.Tensor:
    """The nearest TF32 numbers of float32 ones: 13 bits of 23 are cut off."""
    bits: torch.Tensor = (rows.view(torch.int32) + 0x1000) & ~0x1FFF
    found: torch.Tensor = bits.view(torch.float32)
    return found


def exact_products(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """``left @ right.T`` in float32, whatever torch is set to for the rest of the program."""
    with _products_in(tf32=False):
        return torch.mm(left, right.T)


def _lengths_of(rows: torch.Tensor) -> torch.Tensor:
    lengths: torch.Tensor = torch.linalg.vector_norm(rows, dim=1, dtype=torch.float64)
    return lengths


@contextmanager
def _products_in(*, tf32: bool) -> Iterator[None]:
    """Inside it, cards multiply float32 matrices as TF32, or never do."""
    settings = torch.backends.cuda.matmul
    name, value = ("fp32_precision", "tf32" if tf32 else "ieee") if _has_precisions() else ("allow_tf32", tf32)
    before = getattr(settings, name)
    setattr(settings, name, value)
    try:
        yield
    finally:
        setattr(settings, name, before)


def _has_precisions() -> bool:
    """Whether this torch names precisions (2.9 and later)."""
    return hasattr(torch.backends.cuda.matmul, "fp32_precision")
