"""Which index is chosen for which size and memory."""

from __future__ import annotations

from typing import Any

import faiss
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picdesk.archive.neighbours.plan import EXACT_UP_TO, KINDS, plan_index
from picdesk.errors import InputError


@pytest.mark.parametrize(
    ("photos", "memory", "factory"),
    [
        (500_000, 4e9, ""),
        (500_001, 4e9, "IVF2048,PQ64"),
        (1_000_000, 4e9, "IVF4096,PQ64"),
        (10_000_000, 4e9, "IVF16384,PQ64"),
        (51_500_000, 4e9, "IVF16384,PQ64"),
        (100_000_000, 4e9, "IVF16384,PQ16"),
        (100_000_000, 16e9, "IVF32768_HNSW32,PQ64"),
    ],
)
def test_the_index_of_an_archive_of_512_numbers(photos: int, memory: float, factory: str) -> None:
    assert plan_index(photos, 512, int(memory)).factory == factory


@given(
    photos=st.integers(1, 10**9),
    dimension=st.integers(1, 2048),
    memory=st.integers(10**6, 10**12),
    kind=st.sampled_from([None, *KINDS]),
)
@settings(max_examples=300, deadline=None)
def test_a_plan_keeps_its_promises(photos: int, dimension: int, memory: int, kind: str | None) -> None:
    if kind == "flat" or (kind is None and photos <= EXACT_UP_TO):
        assert plan_index(photos, dimension, memory, kind).kind == "flat"
        return
    try:
        plan = plan_index(photos, dimension, memory, kind)
    except InputError:
        return  # too few to train, or too little memory; which, the next test says
    assert kind in (None, plan.kind)
    assert plan.memory <= memory
    assert plan.block >= 1024
    assert plan.sample <= photos
    assert plan.sample >= 39 * plan.lists
    assert 4 * dimension * plan.sample <= memory / 2
    if plan.kind == "pq":
        assert dimension % plan.code == 0
        assert plan.sample >= 39 * 256


@pytest.mark.parametrize(("dimension", "kind"), [(512, "pq"), (768, "pq"), (1024, "pq"), (384, "pq"), (509, "rabitq")])
def test_faiss_makes_what_is_planned(dimension: int, kind: str) -> None:
    plan = plan_index(1_000_000, dimension)
    assert plan.kind == kind
    index: Any = faiss.index_factory(dimension, plan.factory, faiss.METRIC_INNER_PRODUCT)
    assert index.nlist == plan.lists
    assert index.code_size == plan.code


def test_what_makes_no_sense_is_said() -> None:
    with pytest.raises(InputError, match="no kind of index is called 'hnsw'"):
        plan_index(1_000_000, 512, kind="hnsw")
    with pytest.raises(InputError, match="takes at least"):
        plan_index(100_000_000, 512, 1_000_000_000)
    with pytest.raises(InputError, match="cannot be cut"):
        plan_index(1_000_000, 509, kind="pq")
    with pytest.raises(InputError, match="trained on 9,984 photos or more, and there are 5,000"):
        plan_index(5_000, 512, kind="pq")
    with pytest.raises(InputError, match="no vectors"):
        plan_index(0, 512)
