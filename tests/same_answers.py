"""Whether two archives answer alike: the same photos, in the same order, with the same numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from picdesk.archive.store import Store
from picdesk.encoders import Encoder
from picdesk.records import Query, Run
from picdesk.search.memory import Memory
from picdesk.search.rank import rank
from picdesk.search.search import search

CLOSE = 1e-6
"""Sums in another order differ in their last digits."""


def assert_same_search(
    one: Store, other: Store, queries: Sequence[Query], encoders: Sequence[Encoder], **options: Any
) -> None:
    """Every hit of `picdesk search --exact`, its score and what every signal says of it."""
    memories = Memory(one), Memory(other)
    for query in queries:
        first, second = (
            search(store, query, encoders, memory=memory, exact=True, **options)
            for store, memory in zip((one, other), memories, strict=True)
        )
        assert (first.exact, second.exact) == (True, True)
        assert (first.fusion, first.weights, first.searched) == (second.fusion, second.weights, second.searched)
        assert [hit.photo for hit in first] == [hit.photo for hit in second]
        for mine, theirs in zip(first, second, strict=True):
            assert mine.score == pytest.approx(theirs.score, rel=CLOSE, abs=CLOSE)
            said = [
                {name: math.nan if value is None else value for name, value in hit.signals.items()}
                for hit in (mine, theirs)
            ]
            assert said[0] == pytest.approx(said[1], rel=CLOSE, abs=CLOSE, nan_ok=True)


def assert_same_run(first: Run, second: Run) -> None:
    """The same photos of every article, in the same order, with the same scores."""
    assert first.articles == second.articles
    assert first.starts.tolist() == second.starts.tolist()
    named = [[run.names[photo] for photo in run.photos.tolist()] for run in (first, second)]
    assert named[0] == named[1]
    assert np.allclose(first.scores, second.scores, rtol=CLOSE, atol=CLOSE)


def assert_same_rank(
    one: Store, other: Store, queries: Sequence[Query], encoders: Sequence[Encoder], **options: Any
) -> None:
    """Every place of `picdesk rank`."""
    asked = [(f"a{number}", query) for number, query in enumerate(queries)]
    assert_same_run(rank(one, asked, encoders, **options), rank(other, asked, encoders, **options))
