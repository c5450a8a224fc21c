from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picdesk.photos.alike import DHASH_BITS, PHASH_BITS, alike, find_alike, groups_alike
from tests.seconds import at_most


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


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.sampled_from([0, 4, 14, 20]), st.sampled_from([1, 2, 7, 1024]))
def test_groups_are_to_the_place_those_of_all_pairs(seed: int, count: int, most: int, block: int) -> None:
    generator = np.random.default_rng(seed)
    base = [Look(*(int.from_bytes(generator.bytes(8), "big") for _ in range(2))) for _ in range(5)]
    looks = []
    for _ in range(count):
        near = base[int(generator.integers(5))]
        looks.append(Look(flipped(generator, near.phash, most // 2), flipped(generator, near.dhash, most)))
    first = list(range(count))
    for one in range(count):
        for other in range(one):
            if alike(looks[one], looks[other]) and first[one] != first[other]:
                low, high = sorted((first[one], first[other]))
                first = [low if place == high else place for place in first]
    slow: dict[int, list[int]] = {}
    for place, group in enumerate(first):
        slow.setdefault(group, []).append(place)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("picdesk.photos.alike._BLOCK", block)
        assert groups_alike(looks) == list(slow.values())


def test_thousands_of_versions_of_one_picture_are_grouped_at_once() -> None:
    generator = np.random.default_rng(3)
    phash, dhash = (int.from_bytes(generator.bytes(8), "big") for _ in range(2))
    looks = [Look(flipped(generator, phash, 5), flipped(generator, dhash, 7)) for _ in range(4000)]
    with at_most(5):  # all 16 million pairs take 15
        assert groups_alike(looks) == [list(range(4000))]


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
