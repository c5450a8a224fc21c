from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from picdesk.search.fuse import in_order, reciprocal_rank_fusion

rankings = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=4)


@given(rankings)
def test_equals_the_formula_written_out(lists: list[list[str]]) -> None:
    fused = reciprocal_rank_fusion(lists)
    for photo in "abcdefgh":
        expected = sum(1 / (60 + ranking.index(photo) + 1) for ranking in lists if photo in ranking)
        assert abs(fused.get(photo, 0.0) - expected) < 1e-12


@given(rankings, st.randoms(use_true_random=False))
def test_the_order_of_signals_does_not_matter(lists: list[list[str]], chance: random.Random) -> None:
    shuffled = list(lists)
    chance.shuffle(shuffled)
    one, two = reciprocal_rank_fusion(lists), reciprocal_rank_fusion(shuffled)
    assert one.keys() == two.keys()
    assert all(abs(one[photo] - two[photo]) < 1e-12 for photo in one)


@given(st.dictionaries(st.text(), st.sampled_from([0.0, 0.5, 1.0])))
def test_equal_scores_are_ordered_by_id(scores: dict[str, float]) -> None:
    ordered = in_order(scores)
    assert sorted(ordered) == sorted(scores)
    for one, two in zip(ordered, ordered[1:], strict=False):
        assert scores[one] > scores[two] or (scores[one] == scores[two] and one < two)
