"""Ranking on a device of torch's, against the processor, photo for photo; on a card too where there is one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.encoders.torch import machine
from picdesk.errors import FilterError, InputError, MissingError
from picdesk.search import dual_softmax, exact
from picdesk.search.best import Nearest
from picdesk.search.dual_softmax import DualSoftmax, dual_softmax_photos, dual_softmax_ranking
from picdesk.search.exact import nearest_photos
from picdesk.search.on_device import block_on_device, dual_softmax_on_device, nearest_on_device
from tests.search.made_up import Rows, archive_of, random_rows, unit

torch = pytest.importorskip("torch")

Made = tuple[Store, StoredEncoder, list[str], Rows]
DEVICES = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
PHOTOS = 500


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    vectors = random_rows(0, PHOTOS, 48)
    vectors[:20] = unit(vectors[:20] + 2)  # photos that suit everything a little
    vectors[200:230] = vectors[7]  # and photos that are there many times
    return archive_of(tmp_path_factory.mktemp("device") / "a", vectors)


def assert_the_same(found: Nearest, wanted: Nearest, tolerance: float) -> None:
    """The same photos with the same scores; only photos that score the same may stand for each other at the end."""
    assert found.photos.shape == wanted.photos.shape
    for query in range(len(wanted.photos)):
        ours, theirs = found.of(query), wanted.of(query)
        assert list(ours.values()) == sorted(ours.values(), reverse=True)
        assert len(ours) == len(theirs)
        both = ours.keys() & theirs.keys()
        assert all(abs(ours[photo] - theirs[photo]) <= tolerance for photo in both)
        last = min(theirs.values(), default=0.0)
        assert all(score - last <= tolerance for photo, score in (ours | theirs).items() if photo not in both)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("k", "block"), [(1, 64), (20, 7), (250, 200), (600, None)])
@pytest.mark.parametrize("where", [None, "height > width", "width > 99"])
def test_the_nearest_are_those_of_the_processor(
    made: Made, device: str, k: int, block: int | None, where: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("picdesk.search.kept_ids.IDS_AT_ONCE", 90)
    store, entry, _, vectors = made
    queries = np.concatenate([random_rows(1, 30, 48), vectors[7:9]])
    said = [0]
    wanted = nearest_photos(store, entry, queries, k, where, device="cpu")
    found = nearest_on_device(store, entry, queries, k, where, device, block=block, progress=said.append)
    assert_the_same(found, wanted, 1e-6)
    assert said[-1] == store.count(where)


@pytest.mark.parametrize("device", DEVICES)
def test_photos_that_are_the_same_score_the_same_and_go_by_id(made: Made, device: str) -> None:
    store, entry, ids, vectors = made
    queries = np.concatenate([vectors[7:8], random_rows(4, 5, 48)])
    found = nearest_on_device(store, entry, queries, PHOTOS, None, device, block=64)
    twins = sorted(ids[number] for number in (7, *range(200, 230)))
    assert list(found.of(0))[:31] == twins
    np.testing.assert_allclose(found.scores[0, :31], 1, atol=1e-7)
    for query in range(6):
        scores = found.of(query)
        assert len({scores[photo] for photo in twins}) == 1
        assert [photo for photo in scores if photo in twins] == twins


@pytest.mark.parametrize("device", DEVICES)
def test_dual_softmax_is_that_of_the_processor(made: Made, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, entry, _, _ = made
    # Torch's own processor has a number, which is not what `cpu` means to a user: NumPy.
    monkeypatch.setattr(dual_softmax, "device_named", lambda asked: asked or device.replace("cpu", "cpu:0"))
    queries, others = random_rows(2, 40, 48), random_rows(3, 9, 48)
    for where, past, k in ((None, others[:0], PHOTOS), ("height > width", others, 30), ("width > 99", others, 3)):
        wanted = dual_softmax_photos(store, entry, queries, k, where, others=past, device="cpu")
        found = dual_softmax_photos(store, entry, queries, k, where, others=past, block=97)
        assert_the_same(found, wanted, 4e-5)  # 40 times the cosine's


def test_a_card_that_is_there_is_used_and_one_that_is_not_is_an_error(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, entry, _, _ = made
    queries = random_rows(5, 3, 48)
    asked: list[str] = []

    def nearest(*given: object, **_: object) -> Nearest:
        asked.append(str(given[5]))
        return nearest_on_device(*given[:5], "cpu")  # type: ignore[arg-type, call-arg]

    def dual(*given: object, **_: object) -> tuple[Nearest, NDArray[np.float64]]:
        asked.append(str(given[7]))
        return dual_softmax_on_device(*given[:7], "cpu")  # type: ignore[arg-type, call-arg]

    monkeypatch.setattr(exact, "nearest_on_device", nearest)
    monkeypatch.setattr(dual_softmax, "dual_softmax_on_device", dual)
    monkeypatch.setattr(machine, "has_cuda", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    nearest_photos(store, entry, queries, 3)
    nearest_photos(store, entry, queries, 3, device="cuda:1")
    dual_softmax_ranking(store, entry, queries, 3, None, DualSoftmax(), device="cuda:1")
    dual_softmax_ranking(store, entry, queries, 3, None, DualSoftmax(within=5))
    nearest_photos(store, entry, queries, 3, device="cpu")
    assert nearest_photos(store, entry, queries[:0], 3).photos.shape == (0, 3)
    assert asked == ["cuda", "cuda:1", "cuda:1", "cuda"]
    with pytest.raises(MissingError, match="no card cuda:2"):
        nearest_photos(store, entry, queries, 3, device="cuda:2")
    with pytest.raises(InputError, match="no device called 'gpu'"):
        dual_softmax_photos(store, entry, queries, 3, device="gpu")


def test_a_filter_that_makes_no_sense_is_refused_as_by_the_processor(made: Made) -> None:
    store, entry, _, _ = made
    with pytest.raises(FilterError):
        nearest_on_device(store, entry, random_rows(6, 2, 48), 3, "nonsense = 1", "cpu")


def test_a_card_holds_a_bounded_number_of_cosines() -> None:
    for queries in (0, 1, 8500, 200_000):
        assert queries * block_on_device(queries) <= 1 << 28
    assert block_on_device(1_000_000) == 1024
