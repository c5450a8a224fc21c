from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from picdesk.photos.alike import DHASH_BITS, PHASH_BITS, alike, find_alike, groups_alike


@dataclass(frozen=True)
class Look:
    phash: int
    dhash: int


def drawn(generator: np.random.Generator, count: int) -> list[Look]:
    """Pictures, half of them some bits away from another one."""
    looks: list[Look] = []
    for _ in range(count):
        if looks and generator.random() < 0.6:
            near = looks[int(generator.integers(len(looks)))]
            looks.append(Look(flipped(generator, near.phash, 14), flipped(generator, near.dhash, 18)))
        else:
            looks.append(Look(*(int.from_bytes(generator.bytes(8), "big") for _ in range(2))))
    return looks


def flipped(generator: np.random.Generator, bits: int, most: int) -> int:
    for place in generator.choice(64, size=int(generator.integers(most + 1)), replace=False).tolist():
        bits ^= 1 << place
    return bits


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_the_connected_pictures(seed: int) -> None:
    looks = drawn(np.random.default_rng(seed), 120)
    expected: list[set[int]] = []
    for place, look in enumerate(looks):
        near = [group for group in expected if any(alike(look, looks[other]) for other in group)]
        joined = {place}.union(*near)
        expected = [group for group in expected if group not in near] + [joined]
    groups = groups_alike(looks)
    assert sorted(map(sorted, expected)) == sorted(groups)
    assert [group[0] for group in groups] == sorted(group[0] for group in groups)
    assert any(not alike(looks[one], looks[other]) for group in groups for one in group for other in group), (
        "some are alike only through others"
    )


def test_pairs_in_blocks_are_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = drawn(np.random.default_rng(9), 90)
    slow = [(row, column) for row, one in enumerate(looks) for column, other in enumerate(looks) if alike(one, other)]
    monkeypatch.setattr("picdesk.photos.alike._BLOCK", 7)
    assert list(find_alike(looks, looks)) == slow


def test_both_bounds_count() -> None:
    blank = Look(0, 0)
    assert alike(blank, Look(2**PHASH_BITS - 1, 2**DHASH_BITS - 1))
    assert not alike(blank, Look(2 ** (PHASH_BITS + 1) - 1, 0))
    assert not alike(blank, Look(0, 2 ** (DHASH_BITS + 1) - 1))
    assert groups_alike([]) == []
