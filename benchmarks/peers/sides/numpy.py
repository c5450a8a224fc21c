"""open_clip and a matrix: what one writes on an afternoon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.side import DEPTH
from benchmarks.peers.sides.open_clip import OpenClip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.peers.side import Ask


class Side:
    """Vectors in one file, names in another; a search multiplies and sorts."""

    def __init__(self, weights: Path, place: Path) -> None:
        self._weights, self._place = weights, place

    def load(self) -> None:
        self._clip = OpenClip(self._weights)

    def add(self, photos: Path) -> dict[str, float]:
        files = sorted(photos.iterdir())
        self._vectors = self._clip.pictures(files)
        self._names = [file.name for file in files]
        np.save(self._place / "vectors.npy", self._vectors)
        (self._place / "names.json").write_text(json.dumps(self._names))
        return {}

    def search(self, text: str) -> list[str]:
        return [self._names[row] for row in nearest(self._vectors, self._clip.text(text))]

    def vectors(self) -> dict[str, Any]:
        return dict(zip(self._names, self._vectors, strict=True))

    def make(self, vectors: Path) -> None:
        (self._place / "vectors.npy").hardlink_to(vectors)

    def open(self) -> dict[str, Ask]:
        vectors = np.load(self._place / "vectors.npy")
        return {"": lambda query: nearest(vectors, query)}


def nearest(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> list[int]:
    cosines = vectors @ query
    best = np.argpartition(-cosines, DEPTH)[:DEPTH]
    return [int(row) for row in best[np.argsort(-cosines[best])]]
