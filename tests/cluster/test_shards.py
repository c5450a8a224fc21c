"""How an archive is parted among workers, and how their answers are joined."""

from __future__ import annotations

import numpy as np
import pytest

from picdesk.cluster.comparing import photos_of_part
from picdesk.search.best import Nearest
from picdesk.search.shards import merged


@pytest.mark.parametrize("k", [1, 7, 60, 300])
def test_the_best_of_the_parts_are_the_best_of_all(k: int) -> None:
    scores = np.random.default_rng(k).integers(0, 40, (5, 200)).astype(np.float64)  # many are equal
    ids = [f"{number * 7919 % 1000:03}" for number in range(200)]
    parts = []
    for at in range(0, 200, 45):
        part = range(at, min(at + 45, 200))
        photos = np.full((5, max(k, 45)), -1)
        photos[:, : len(part)] = np.arange(len(part))
        room = np.full(photos.shape, -np.inf)
        room[:, : len(part)] = scores[:, part]
        parts.append(Nearest(photos, room, tuple(ids[number] for number in part)))
    found = merged(parts, k)
    for query in range(5):
        order = sorted(range(200), key=lambda number: (-scores[query, number], ids[number]))
        shown = list(found.of(query).items())
        assert [score for _, score in shown] == [scores[query, number] for number in order[:k]]
        # Of those that are as good as the last, any may be in; the rest are these, in this order.
        sure = [ids[number] for number in order[:k] if scores[query, number] > shown[-1][1] or k >= 200]
        assert [photo for photo, _ in shown][: len(sure)] == sure


def test_parts_are_whole_blocks_for_everybody() -> None:
    assert photos_of_part(1_000_000, 512, 65_536, 4) == 262_144  # 256 MB
    assert photos_of_part(100_000, 512, 4_096, 4) == 28_672
    assert photos_of_part(10, 512, 4_096, 4) == 4_096
    assert photos_of_part(0, 16, 8, 2) == 8
