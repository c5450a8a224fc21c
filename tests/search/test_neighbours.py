"""Searching with a neighbour index: as a user asks, and what the answer says of itself."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from picdesk.archive.neighbours import files
from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.encoders import Encoder
from picdesk.errors import InputError
from picdesk.records import Query, Ranking
from picdesk.search.filters import Filters
from picdesk.search.index import index_archive
from picdesk.search.memory import Memory
from picdesk.search.search import search
from tests.archive.neighbours.archives import DIMENSION, append, clustered, make, photo_id, truth

PHOTOS = 20_000


class Reader:
    """An encoder whose vector of a text that is a number is the row of that seed."""

    name, fingerprint, location, dimension = "made up", "5" * 64, "nowhere", DIMENSION
    has_texts, has_images, text_limit = True, False, 77

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1 for _ in texts]

    def encode_texts(self, texts: Sequence[str]) -> Any:
        return np.concatenate([clustered(int(text), 1) for text in texts])


READER = cast("Encoder", Reader())


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("indexed") / "archive"
    store, _ = make(folder, clustered(0, PHOTOS))
    asked = [Query(texts=(str(number),)) for number in range(100, 160)]
    (built,) = index_archive(store, asked, [READER], kind="rabitq")
    assert built.queries == "texts of 60 articles"
    return folder


@pytest.fixture
def folder(indexed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(indexed, tmp_path / "archive"))


def open_store(folder: Path) -> tuple[Store, StoredEncoder]:
    store = Store.open(folder)
    return store, store.encoders()[0]


def ask(store: Store, number: int = 200, memory: Memory | None = None, **more: Any) -> Ranking:
    return search(store, Query(texts=(str(number),)), [READER], memory=memory, **more)


def test_an_answer_says_that_it_is_approximate_and_how_good(folder: Path) -> None:
    store, entry = open_store(folder)
    memory = Memory(store)
    near, exact = ask(store, memory=memory, k=100), ask(store, memory=memory, k=100, exact=True)
    assert (near.exact, exact.exact) == (False, True)
    (note,) = near.notes
    assert re.fullmatch(r"'made up' compared the nearest .* index: recall@100 (0\.9\d\d|1\.000) against exact", note)
    assert exact.notes == ()
    wanted = list(truth(store, entry, clustered(200, 1)[0]))[:100]
    assert [hit.photo.id for hit in exact] == wanted
    assert len({hit.photo.id for hit in near} & set(wanted)) >= 90
    assert near[0].score == pytest.approx(near[0].signals["made up"])


def test_what_an_index_joins_has_the_scale_of_what_is_compared(folder: Path) -> None:
    store, entry = open_store(folder)
    memory = Memory(store)
    ask(store, memory=memory)
    with_index = np.sort(memory.sample(entry), axis=0)
    shutil.rmtree(folder / "neighbours")
    plain = Memory(store)
    plain.refresh()
    assert np.allclose(with_index, np.sort(plain.sample(entry), axis=0), atol=1e-6)


def test_newer_photos_and_removed_ones(folder: Path) -> None:
    store, entry = open_store(folder)
    memory = Memory(store)
    first = ask(store, memory=memory)
    append(store, entry, [PHOTOS], clustered(200, 1))
    assert ask(store, memory=memory)[0].photo.id == photo_id(PHOTOS)
    store.delete([photo_id(PHOTOS), first[0].photo.id])
    again = ask(store, memory=memory)
    assert [hit.photo.id for hit in again][:9] == [hit.photo.id for hit in first][1:]
    store.rewrite()
    assert [hit.photo.id for hit in ask(store, memory=memory)] == [hit.photo.id for hit in again]
    assert again.searched == PHOTOS - 1


def test_photos_without_a_vector_are_counted(folder: Path) -> None:
    store, entry = open_store(folder)
    append(store, entry, list(range(PHOTOS, PHOTOS + 30)), np.full((30, DIMENSION), np.nan, dtype=np.float32))
    assert any(note.startswith("30 photos have no vector of 'made up'") for note in ask(store).notes)
    filtered = ask(store, filters=Filters(where="width = 7"))
    assert any(note.startswith("1 photos have no vector of 'made up'") for note in filtered.notes)


def test_a_filter_that_leaves_few_is_exact(folder: Path) -> None:
    store, entry = open_store(folder)
    answer = ask(store, filters=Filters(where="width = 7"), k=50)
    assert answer.exact
    wanted = truth(store, entry, clustered(200, 1)[0], "width = 7")
    assert [hit.photo.id for hit in answer] == list(wanted)[:50]


@pytest.mark.parametrize("file", ["index.faiss", "vectors.f16", "pointer"])
def test_a_damaged_index_costs_a_note_and_not_the_answer(folder: Path, file: str) -> None:
    store, entry = open_store(folder)
    home = folder / "neighbours"
    path = files.pointer_of(home, entry.column) if file == "pointer" else next(home.glob(f"*/{file}"))
    path.write_bytes(path.read_bytes()[:100])
    memory = Memory(store)
    for _ in range(3):  # the third from memory
        answer = ask(store, memory=memory, k=20)
        assert answer.exact
        (note,) = answer.notes
        assert "photos are compared one by one, build it again: picdesk index ARCHIVE" in note
        assert [hit.photo.id for hit in answer] == list(truth(store, entry, clustered(200, 1)[0]))[:20]


@pytest.mark.parametrize("file", ["index.faiss", "vectors.f16", "ids.bin", "addresses-0.u64"])
def test_garbage_in_a_file_changes_no_answer(folder: Path, file: str) -> None:
    store, entry = open_store(folder)
    path = next((folder / "neighbours").glob(f"*/{file}"))
    path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size))
    answer = ask(store, k=20)
    assert [hit.photo.id for hit in answer] == list(truth(store, entry, clustered(200, 1)[0]))[:20]
    assert answer.notes


def test_an_index_that_is_built_again_is_taken_by_those_who_search(folder: Path) -> None:
    store, _ = open_store(folder)
    memory = Memory(store)
    assert not ask(store, memory=memory).exact
    index_archive(store, kind="flat")
    assert ask(store, memory=memory).exact
    shutil.rmtree(folder / "neighbours")
    assert ask(store, memory=memory).exact
    assert ask(store, memory=memory).notes == ()


def test_an_outgrown_index_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.archive.neighbours.coverage.MOST_FRESH", 50)
    monkeypatch.setattr("picdesk.archive.neighbours.opened.MANY_NEW", 10)
    store, entry = open_store(folder)
    append(store, entry, list(range(PHOTOS, PHOTOS + 20)), clustered(3, 20))
    assert any(note.startswith("20 photos are newer than the neighbour index") for note in ask(store).notes)
    append(store, entry, list(range(PHOTOS + 20, PHOTOS + 60)), clustered(4, 40))
    answer = ask(store)
    assert answer.exact
    assert any("is not used, for too many photos are newer" in note for note in answer.notes)


def test_too_few_articles_measure_nothing(folder: Path) -> None:
    store, _ = open_store(folder)
    with pytest.raises(InputError, match="2 articles are too few"):
        index_archive(store, [Query(texts=("1",)), Query(texts=("2",))], [READER])
