"""Made-up vectors that are about as hard to find as real ones: scenes of topics, in 64 directions and a little noise.

Set by hand, beside 5,000 news photos in a trained space of pictures and sentences (256 numbers): of their ten nearest,
an index of 64 lists finds 0.50, 0.63, 0.76, 0.86 and 0.94 when it looks at 1, 2, 4, 8 and 16 lists; of these here 0.33,
0.51, 0.73, 0.88 and 0.97 (``python -m benchmarks.made_up_vectors``). Vectors drawn evenly have no near photos at all,
and recall means nothing there. Queries lie apart from the photos, as texts do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]

DIRECTIONS, FALL = 64, 0.5
"""Directions that photos differ in, and how their weights fall: as a power of their number."""

TOPICS, SCENES = 300, 2400
TOPIC, SCENE, OWN = 1.0, 0.8, 0.9
NOISE = 0.15
GAP = 0.6
"""How far queries lie from photos: the length of one direction that all of them share."""


class MadeUp:
    """Photos and queries of one world; the same seed, the same world.

    Args:
        dimension: numbers of a vector.
        seed: of everything.
    """

    def __init__(self, dimension: int = 512, seed: int = 0) -> None:
        self.dimension = dimension
        self._seed = seed
        generator = np.random.default_rng((seed, 0))
        self._basis = np.linalg.qr(generator.standard_normal((dimension, DIRECTIONS)))[0].T.astype(np.float32)
        self._weights = (np.arange(1, DIRECTIONS + 1) ** -FALL).astype(np.float32)
        self._topics, self._scenes = self._drawn(generator, TOPICS), self._drawn(generator, SCENES)
        self._gap = _unit(generator.standard_normal((1, dimension)).astype(np.float32))

    def photos(self, start: int, stop: int) -> Rows:
        """Unit rows of photos ``start`` to ``stop - 1``; drawn by the thousand, so that any part can be drawn alone."""
        blocks = [
            self._rows(np.random.default_rng((self._seed, 1, number)), 1000)
            for number in range(start // 1000, -(-stop // 1000))
        ]
        first = start // 1000 * 1000
        return np.concatenate(blocks)[start - first : stop - first]

    def queries(self, count: int, number: int = 0) -> Rows:
        """Unit rows of texts about scenes of this world; other numbers, other texts."""
        return _unit(self._rows(np.random.default_rng((self._seed, 2, number)), count) + GAP * self._gap)

    def _rows(self, generator: np.random.Generator, count: int) -> Rows:
        scenes = generator.integers(0, SCENES, count)
        inner = (
            TOPIC * self._topics[scenes % TOPICS] + SCENE * self._scenes[scenes] + OWN * self._drawn(generator, count)
        )
        rows = _unit(inner) @ self._basis
        noise = generator.standard_normal(rows.shape, dtype=np.float32)
        return _unit(rows + NOISE * noise / np.float32(np.sqrt(rows.shape[1])))

    def _drawn(self, generator: np.random.Generator, count: int) -> Rows:
        return generator.standard_normal((count, DIRECTIONS), dtype=np.float32) * self._weights


def _unit(rows: Rows) -> Rows:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def main() -> None:
    import faiss

    rows = MadeUp().photos(0, 5000)
    asked, photos = rows[:300], rows[300:]
    index = faiss.index_factory(rows.shape[1], "IVF64,Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(photos)
    index.add(photos)
    truth = np.argsort(-(asked @ photos.T), axis=1)[:, :10]
    for probes in (1, 2, 4, 8, 16):
        settings = faiss.SearchParametersIVF(nprobe=probes)  # type: ignore[call-arg] # its stub is wrong
        _, found = index.search(asked, 10, params=settings)
        shares = [len(set(one) & set(two)) / 10 for one, two in zip(found.tolist(), truth.tolist(), strict=True)]
        print(f"{probes} of 64 lists: {np.mean(shares):.2f}")


if __name__ == "__main__":
    main()
