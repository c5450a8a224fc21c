"""Lists made on a device of torch's and in bfloat16, against FAISS's own; on a card too where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from picdesk.archive.neighbours import build
from picdesk.archive.neighbours.build import build_index, empty_index
from picdesk.archive.neighbours.lists import fill_index
from picdesk.archive.neighbours.nearest import nearest_of_all
from picdesk.archive.neighbours.plan import plan_index
from picdesk.archive.neighbours.widen import widened
from picdesk.errors import InputError
from tests.archive.neighbours.archives import assert_exact, clustered, make, opened

torch = pytest.importorskip("torch")

# Torch's own processor has a number, which is not what `cpu` means to a user: bfloat16 where it has that, else FAISS.
DEVICES = ("cpu", "cpu:0", "cuda") if torch.cuda.is_available() else ("cpu", "cpu:0")
PHOTOS = 10_000


def halves_of(dimension: int) -> NDArray[np.float16]:
    halves = clustered(0, PHOTOS, dimension).astype(np.float16)
    halves.setflags(write=False)  # as a file that is mapped into memory
    return halves


def by_lists(index: Any) -> dict[int, tuple[int, bytes]]:
    """Of each photo its list and its code."""
    found: dict[int, tuple[int, bytes]] = {}
    for number in range(index.nlist):
        size = index.invlists.list_size(number)
        ids = faiss.rev_swig_ptr(index.invlists.get_ids(number), size)
        codes = faiss.rev_swig_ptr(index.invlists.get_codes(number), size * index.code_size).reshape(size, -1)
        found |= {int(photo): (number, code.tobytes()) for photo, code in zip(ids, codes, strict=True)}
    return found


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("kind", "dimension"), [("rabitq", 32), ("pq", 8)])
def test_photos_get_the_list_and_the_code_that_faiss_gives_them(device: str, kind: str, dimension: int) -> None:
    halves = halves_of(dimension)
    plan = plan_index(PHOTOS, dimension, kind=kind)
    index = empty_index(dimension, plan)
    if kind == "pq":
        index.pq.cp.niter = 1
    told: list[int] = []
    fill_index(index, halves, halves, np.random.default_rng(0), 3000, device, told.append)
    judge = faiss.clone_index(index)
    judge.reset()
    judge.add(widened(halves))
    assert told == [3000, 6000, 9000, PHOTOS]
    assert index.ntotal == PHOTOS
    ours, theirs = by_lists(index), by_lists(judge)
    assert ours.keys() == theirs.keys() == set(range(PHOTOS))
    # Where two centres are as near as the numbers can tell, either is right.
    assert sum(ours[photo] != theirs[photo] for photo in ours) <= (PHOTOS // 100 if device == "cpu" else 3)


@pytest.mark.parametrize("device", DEVICES)
def test_its_lists_are_as_good_as_those_of_faiss(device: str) -> None:
    halves, queries = halves_of(32), clustered(50, 200)
    plan = plan_index(PHOTOS, 32, kind="rabitq")
    truth = nearest_of_all(halves, queries, 100)

    def recall(seed: int, way: str) -> float:
        index = empty_index(32, plan)
        if way == "faiss":
            index.cp.seed = seed
            index.train(widened(halves))
            index.add(widened(halves))
        else:
            fill_index(index, halves, halves, np.random.default_rng(seed), plan.block, device)
        index.nprobe = plan.lists // 64
        _, found = index.search(queries, 400)
        return float(np.mean([np.isin(true, near).mean() for true, near in zip(truth, found, strict=True)]))

    ours, theirs = (np.mean([recall(seed, way) for seed in range(4)]) for way in (device, "faiss"))
    assert 0.5 < theirs < 0.99, "all was found or nothing; the test shows nothing"
    assert abs(ours - theirs) < 0.01


@pytest.mark.parametrize("device", DEVICES)
def test_an_index_is_built_and_measured_with_them(device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, entry = make(tmp_path / "archive", clustered(0, PHOTOS))
    asked: list[str | None] = []

    def named(given: str | None) -> str:
        asked.append(given)
        return device

    monkeypatch.setattr(build, "device_named", named)
    built = build_index(store, entry, kind="rabitq", queries=clustered(50, 60), device="cuda")
    assert asked == ["cuda"]
    assert built.chosen is not None
    assert built.chosen.at_100 >= 0.97
    assert built.probes < built.lists / 4, "all was looked at; the test shows nothing"
    assert_exact(opened(store, entry), store, clustered(99, 1)[0])
    monkeypatch.undo()
    with pytest.raises(InputError, match="no device called 'gpu'"):
        build_index(store, entry, device="gpu")
