"""What a peer has to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]
    Ask = Callable[[Rows], list[int]]

DEPTH = 10
"""Photos of an answer."""


class Side(Protocol):
    """A peer with its default settings.

    Args:
        weights: see `benchmarks.peers.weights`.
        place: a folder of its own, where it keeps what it makes.
    """

    def __init__(self, weights: Path, place: Path) -> None: ...

    def load(self) -> None:
        """Libraries and weights: what happens once, however many photos there are."""

    def add(self, photos: Path) -> dict[str, float]:
        """The photos of a folder become searchable, after a restart, too; seconds of its parts, where it has some."""

    def search(self, text: str) -> list[str]:
        """File names of the photos that fit a text best."""

    def vectors(self) -> dict[str, Any]:
        """File name -> what it keeps as the photo's vector."""

    def make(self, vectors: Path) -> None:
        """Vectors of a ``.npy`` file, unit rows ``(n, 512)`` float32, become searchable."""

    def open(self) -> dict[str, Ask]:
        """What was made, opened in another process: ways to ask for the rows nearest to a unit vector."""
        ...
