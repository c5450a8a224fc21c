"""Changes of rank against counting by hand; wins and losses against sorting everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.evaluate.extremes import extremes
from picdesk.evaluate.rank_change import rank_change

PAIRS = st.lists(st.tuples(st.integers(0, 130), st.integers(0, 130)), max_size=40)


@given(PAIRS)
def test_against_counting_by_hand(pairs: list[tuple[int, int]]) -> None:
    before, after = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    change = rank_change(before, after, names=("a", "b"))
    rises, falls, same, new, lost, never = [], [], 0, 0, 0, 0
    for first, second in pairs:
        had, has = 1 <= first <= 100, 1 <= second <= 100
        if had and has:
            if second < first:
                rises.append(first - second)
            elif second > first:
                falls.append(second - first)
            else:
                same += 1
        else:
            new, lost, never = new + (has and not had), lost + (had and not has), never + (not had and not has)
    assert (change.improved, change.decreased, change.unchanged) == (len(rises), len(falls), same)
    assert (change.newly_found, change.lost, change.never_found) == (new, lost, never)
    assert change.mean_improvement == (pytest.approx(sum(rises) / len(rises)) if rises else None)
    assert change.mean_decrease == (pytest.approx(sum(falls) / len(falls)) if falls else None)


def test_the_depth_is_where_found_ends() -> None:
    before, after = np.array([10, 11]), np.array([11, 10])
    assert rank_change(before, after, names=("a", "b"), depth=11).improved == 1
    narrow = rank_change(before, after, names=("a", "b"), depth=10)
    assert (narrow.improved, narrow.lost, narrow.newly_found) == (0, 1, 1)


@given(PAIRS, st.integers(1, 12))
def test_wins_and_losses_against_sorting_everything(pairs: list[tuple[int, int]], count: int) -> None:
    articles = [f"id-{number}" for number in range(len(pairs))]
    ranks = tuple(np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    hits = tuple(((side > 0) & (side <= 10)).astype(np.float64) for side in ranks)
    found = extremes(articles, (hits[0], hits[1]), (ranks[0], ranks[1]), names=("a", "b"), measure="R@10", count=count)

    def nearer(number: int) -> float:
        return sum(sign / pairs[number][side] for side, sign in ((0, -1), (1, 1)) if pairs[number][side])

    def slow(sign: int) -> list[str]:
        changed = [number for number in range(len(pairs)) if (hits[1][number] - hits[0][number]) * sign > 0]
        changed.sort(key=lambda number: (-sign * nearer(number), articles[number]))
        return [articles[number] for number in changed[:count]]

    # All changes of a hit are of one size, so that only reciprocal ranks and ids can order them.
    assert [one.article for one in found.wins] == slow(1)
    assert [one.article for one in found.losses] == slow(-1)


def test_of_a_rank_less_is_better_and_two_infinite_ones_are_equal() -> None:
    before, after = np.array([np.inf, 5.0, np.inf]), np.array([np.inf, 2.0, 7.0])
    ranks = (np.array([0, 5, 0]), np.array([0, 2, 7]))
    found = extremes(
        ["a", "b", "c"], (before, after), ranks, names=("x", "y"), measure="MedianRank", less_is_better=True
    )
    assert [one.article for one in found.wins] == ["c", "b"]
    assert found.losses == ()
    assert (found.wins[0].rank_before, found.wins[0].rank_after) == (None, 7)
