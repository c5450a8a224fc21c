"""LanceDB's own index of an archive in a bucket: what it finds, what it shows, and what becomes of it."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk import open_archive
from picdesk.archive.compact import compact
from picdesk.archive.lance_index import kept as kept_module
from picdesk.archive.lance_index.build import build_lance_index
from picdesk.archive.lance_index.check import problems_of
from picdesk.archive.lance_index.opened import LanceNeighbours
from picdesk.archive.lance_index.pointer import pointer_of, read_pointer
from picdesk.archive.lance_index.standing import read_standing, stand, standing_of
from picdesk.archive.locks import indexing
from picdesk.archive.schema import StoredEncoder
from picdesk.archive.store import Store
from picdesk.errors import ArchiveBusy, InputError, StorageUnavailable
from picdesk.objects import ObjectPath
from picdesk.records import Query, Ranking
from picdesk.search.dual_softmax import DualSoftmax
from picdesk.search.filters import Filters
from picdesk.search.index import index_archive
from picdesk.search.memory import Memory
from picdesk.search.search import search
from tests import command_line
from tests.archive.neighbours.archives import append, clustered, make, photo_id, truth
from tests.command_line import picdesk, start_picdesk
from tests.objects.conftest import at_server, copied, make_bucket
from tests.objects.server import Asked, Fault, Proxy, environment
from tests.same_answers import assert_same_rank, assert_same_search
from tests.search.test_neighbours import READER

PHOTOS, SILENT = 2000, 20
QUERIES = clustered(99, 20)
THINGS = ("fire", "flood", "strike", "election", "parade", "trial", "storm", "match")


def caption(number: int) -> str | None:
    return f"A {THINGS[number % 8]} in the harbour, day {number % 50}" if number % 3 else None


@pytest.fixture(autouse=True)
def few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every query of every setting asks the server."""
    monkeypatch.setattr("picdesk.archive.neighbours.measure.CANDIDATES", (1000,))
    monkeypatch.setattr("picdesk.archive.lance_index.judge.QUERIES", 20)


def fill(folder: Any) -> tuple[Store, StoredEncoder]:
    """2,000 photos with vectors, two thirds of them with captions, and 20 without a vector."""
    store, entry = make(folder, clustered(0, PHOTOS), caption=caption)
    append(store, entry, list(range(PHOTOS, PHOTOS + SILENT)), np.full((SILENT, 32), np.nan, dtype=np.float32))
    store.index_words()
    return store, entry


@pytest.fixture(scope="module")
def indexed(server: int) -> ObjectPath:
    """An archive with an index, measured on texts; not to be changed."""
    with at_server(server):
        folder = make_bucket(server) / "archive"
        store, _ = fill(folder)
        (built,) = index_archive(store, [Query(texts=(str(number),)) for number in range(100, 130)], [READER])
    assert (built.kind, built.photos, built.queries) == ("rq", PHOTOS, "texts of 30 articles")
    return folder


@pytest.fixture
def folder(indexed: ObjectPath, bucket: ObjectPath) -> ObjectPath:
    """A copy of one's own."""
    return copied(indexed, bucket / "archive")


def open_store(folder: ObjectPath) -> tuple[Store, StoredEncoder]:
    store = Store.open(folder)
    return store, store.encoders()[0]


def opened(store: Store, entry: StoredEncoder) -> LanceNeighbours:
    neighbours = LanceNeighbours.open(store, entry)
    assert neighbours is not None
    assert neighbours.refresh(int(store.photos.version))
    return neighbours


def large(store: Store) -> Memory:
    """What a server keeps of an archive that does not fit into memory."""
    return Memory(store, photos=100)


def ask(store: Store, number: int = 200, memory: Memory | None = None, **more: Any) -> Ranking:
    return search(store, Query(texts=(str(number),)), [READER], memory=memory, **more)


def test_it_finds_what_it_was_measured_to_find(indexed: ObjectPath, bucket: ObjectPath) -> None:
    assert bucket  # the environment leads to the server
    store, entry = open_store(indexed)
    neighbours = opened(store, entry)
    chosen = neighbours.built.chosen
    assert chosen is not None
    assert chosen.at_100 > 0.9
    assert neighbours.built.probes < neighbours.built.lists, "all was looked at; the test shows nothing"
    for where, compared in ((None, 20_000), ("width <= 50", 10)):
        shares = []
        for query in QUERIES:
            found = neighbours.nearest(query, 1000, where, compared=compared)
            assert not found.exact
            wanted = truth(store, entry, query, where)
            assert set(found.scores) <= set(wanted)
            assert all(abs(cosine - wanted[photo]) < 1e-5 for photo, cosine in found.scores.items())
            assert list(found.scores.values()) == sorted(found.scores.values(), reverse=True)
            shares.append(len({*list(found.scores)[:100]} & {*list(wanted)[:100]}) / 100)
        assert np.mean(shares) >= chosen.at_100 - 0.02, where
    there = store.photos.take_row_ids(list(found.addresses.values())).select(["id"]).to_arrow()
    assert set(there["id"].to_pylist()) == set(found.scores)
    few = neighbours.nearest(QUERIES[0], 50, "width = 7")
    assert few.exact
    assert list(few.scores) == list(truth(store, entry, QUERIES[0], "width = 7"))[:50]
    assert (neighbours.lacking(), neighbours.lacking("width = 7")) == (SILENT, 1)
    assert neighbours.ids_at([1, 2]) == [None, None]


def test_an_answer_says_that_it_is_approximate_and_how_good(indexed: ObjectPath, bucket: ObjectPath) -> None:
    assert bucket
    store, entry = open_store(indexed)
    memory = large(store)
    for _ in range(3):
        near, exact = ask(store, memory=memory, k=100), ask(store, memory=memory, k=100, exact=True)
        assert (near.exact, exact.exact) == (False, True)
        assert any(note.startswith("'made up' compared the nearest photos of its index: recall") for note in near.notes)
        assert not any("recall" in note for note in exact.notes)
        wanted = list(truth(store, entry, clustered(200, 1)[0]))[:100]
        assert [hit.photo.id for hit in exact] == wanted
        assert len({hit.photo.id for hit in near} & set(wanted)) >= 90
    assert ask(store, memory=memory, filters=Filters(where="width = 7")).exact
    small = Memory(store)
    assert [ask(store, memory=small).exact for _ in range(3)] == [False, True, True], "vectors are in memory by then"


def test_the_same_archive_here_and_there_gives_the_same_answers(
    indexed: ObjectPath, bucket: ObjectPath, tmp_path: Path
) -> None:
    assert bucket
    (here, _), there = fill(tmp_path / "archive"), Store.open(indexed)
    index_archive(here, kind="flat")
    queries = [
        Query(texts=(str(300 + number),), words=f"{THINGS[number % 8]} day {number}" if number % 2 else "")
        for number in range(6)
    ]
    assert_same_search(here, there, queries, [READER], k=50)
    assert_same_search(here, there, queries[:2], [READER], k=50, filters=Filters(where="width > 20"))
    assert_same_rank(here, there, queries, [READER])
    assert_same_rank(here, there, queries, [READER], dual_softmax=DualSoftmax(temperature=50.0), no_repeats=True)


def test_newer_photos_are_found_and_removed_ones_never_shown(folder: ObjectPath) -> None:
    store, entry = open_store(folder)
    other = Store.open(folder)
    memory = large(other)
    first = [hit.photo.id for hit in ask(other, memory=memory, k=20)]
    append(store, entry, [5000], clustered(200, 1))
    store.delete([first[0], photo_id(PHOTOS)])
    time.sleep(1.1)  # commits of others are seen within a second
    again = ask(other, memory=memory, k=20)
    assert again[0].photo.id == photo_id(5000)
    assert first[0] not in {hit.photo.id for hit in again}
    assert not again.exact
    assert opened(store, entry).lacking() == SILENT - 1
    store.tidy()
    assert ask(store)[0].photo.id == photo_id(5000), "LanceDB has taken it into its index"
    store.delete([photo_id(5000)])
    assert [hit.photo.id for hit in ask(store, k=19)] == first[1:20]
    assert list(problems_of(store)) == []


def test_compacting_keeps_it_and_joins_its_parts(folder: ObjectPath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_module, "FEW_PARTS", 2)
    monkeypatch.setattr("picdesk.archive.lance_index.opened.MANY_PARTS", 2)
    store, entry = open_store(folder)
    before = read_pointer(store, entry.column)
    compact(store)
    assert read_pointer(store, entry.column) == before
    for number in (4000, 4010):
        append(store, entry, list(range(number, number + 10)), clustered(number, 10))
        store.tidy()
    (note,) = (note for note in ask(store).notes if "picdesk compact" in note)
    assert "has 3 parts" in note
    compact(store)
    after = read_pointer(store, entry.column)
    assert before is not None
    assert after is not None
    assert (after.photos, after.queries) == (PHOTOS + 20, before.queries)
    assert not any("parts" in note for note in ask(store).notes)
    known = read_standing(store, entry)
    assert known is not None
    assert (known.version, known.silent) == (int(store.photos.version), SILENT)
    assert list(problems_of(store)) == []


def test_what_stands_for_the_column_is_of_one_version(folder: ObjectPath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.archive.sample.SAMPLE", 100)
    monkeypatch.setattr("picdesk.archive.sample.bound_of.__defaults__", (100,))
    store, entry = open_store(folder)
    kept = stand(store, entry)
    assert 60 < len(kept.sample) < 140
    assert np.array_equal(np.sort(opened(store, entry).below(kept.bound), axis=0), np.sort(kept.sample, axis=0))
    standing_of(store, entry).write_bytes(b"PK no archive")
    assert read_standing(store, entry) is None
    assert opened(store, entry).lacking() == SILENT


def test_a_server_takes_up_what_another_process_builds(
    server: int, bucket: ObjectPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, entry = make(bucket / "archive", clustered(0, 1100))
    memory = large(store)
    wanted = list(truth(store, entry, clustered(200, 1)[0]))[:10]
    assert ask(store, memory=memory).exact
    monkeypatch.setattr(command_line, "ENVIRONMENT", command_line.ENVIRONMENT | environment(server))
    process = start_picdesk("index", bucket / "archive", "-q")
    deadline = time.monotonic() + 120
    while (answer := ask(store, memory=memory)).exact:
        assert [hit.photo.id for hit in answer] == wanted
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert process.wait(timeout=120) == 0
    process.communicate()
    assert len({hit.photo.id for hit in ask(store, memory=memory)} & set(wanted)) >= 8


def lost_files(store: Store, _: StoredEncoder) -> None:
    for place, _status in (store.folder / "photos.lance/_indices").walk():  # type: ignore[union-attr] # in a store
        if place.name == "auxiliary.idx":
            place.unlink()


def garbled_files(store: Store, _: StoredEncoder) -> None:
    for place, status in (store.folder / "photos.lance/_indices").walk():  # type: ignore[union-attr] # in a store
        if place.name == "auxiliary.idx":
            place.write_bytes(np.random.default_rng(0).bytes(status.st_size))


def garbled_pointer(store: Store, entry: StoredEncoder) -> None:
    pointer_of(store, entry.column).write_bytes(b"{}")


def dropped_index(store: Store, entry: StoredEncoder) -> None:
    built = read_pointer(store, entry.column)
    assert built is not None
    store.photos.drop_index(built.name)


def other_encoder(store: Store, entry: StoredEncoder) -> None:
    pointer = pointer_of(store, entry.column)
    pointer.write_bytes(pointer.read_bytes().replace(b'"fingerprint": "5', b'"fingerprint": "6'))


@pytest.mark.parametrize("damage", [lost_files, garbled_files, garbled_pointer, dropped_index, other_encoder])
def test_a_damaged_index_costs_a_note_and_not_the_answer(folder: ObjectPath, damage: Any) -> None:
    damage(*open_store(folder))
    store, entry = open_store(folder)
    answer = ask(store, k=20)
    assert answer.exact
    assert any("compared one by one, build it again: picdesk index ARCHIVE" in note for note in answer.notes)
    assert [hit.photo.id for hit in answer] == list(truth(store, entry, clustered(200, 1)[0]))[:20]
    ((item, what),) = problems_of(store)
    assert item == entry.column
    assert "build it again: `picdesk index`" in what


def test_an_index_that_finds_less_than_it_promises_is_a_problem(folder: ObjectPath) -> None:
    store, entry = open_store(folder)
    pointer = pointer_of(store, entry.column)
    said = json.loads(pointer.read_bytes())
    setting = {"probes": said["probes"], "candidates": 100}  # codes of one bit a number, and nothing compared exactly
    promised = said["recall"][-1] | setting | {"at_100": 0.98}
    pointer.write_bytes(json.dumps(said | setting | {"recall": [promised]}).encode())
    ((item, what),) = problems_of(store)
    assert item == entry.column
    assert "of the hundred nearest photos instead of" in what


def test_a_build_that_ends_early_promises_nothing(folder: ObjectPath) -> None:
    def ends(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    store, entry = open_store(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("picdesk.archive.lance_index.build.measure", ends)
        with pytest.raises(KeyboardInterrupt):
            build_lance_index(store, entry)
    assert ask(store).exact, "what was measured is not of the index that is there now"
    with indexing(folder), pytest.raises(ArchiveBusy):
        build_lance_index(store, entry)
    built = build_lance_index(store, entry)
    assert [index.name for index in store.photos.list_indices() if entry.column in index.columns] == [built.name]
    assert not ask(store).exact


def test_with_faults_an_answer_is_right_or_an_error(
    indexed: ObjectPath, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = [hit.photo.id for hit in ask(Store.open(indexed), k=50)]
    every: dict[str, int] = {}

    def passing(asked: Asked) -> Fault | None:
        """Each thing that is asked for fails the first time."""
        every[asked.path] = every.get(asked.path, -1) + 1
        table = "list-type" not in asked.path and "photos.lance/" in asked.path
        faults = (Fault(status=503), Fault(cut="before"), Fault(cut="within" if table else "before"))
        return faults[len(every) % 3] if every[asked.path] == 0 else None

    monkeypatch.setenv("PICDESK_STORE_PATIENCE", "30")
    proxy.plan = passing
    answer = ask(Store.open(indexed), k=50)
    assert [hit.photo.id for hit in answer] == calm
    assert not answer.exact
    assert len(every) > 10, "nothing failed; the test shows nothing"
    monkeypatch.setenv("PICDESK_STORE_PATIENCE", "0.2")
    proxy.plan = lambda _: None
    for part in ("auxiliary.idx", "/data/", ".json"):
        store = Store.open(indexed)
        proxy.plan = lambda asked, part=part: Fault(status=503) if part in asked.path else None  # type: ignore[misc]
        with pytest.raises(StorageUnavailable, match="503"):
            ask(store)
        proxy.plan = lambda _: None
        assert [hit.photo.id for hit in ask(store, k=50)] == calm, "an error is not remembered"


def test_every_verb_knows_it(bucket: ObjectPath, scenes: Path, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_archive(bucket / "archive", encoder=clip).add(scenes)
    archive = bucket / "archive"
    said = picdesk("index", archive)
    assert said.code == 2
    assert "no encoder has vectors of 1,000 photos here" in said.err
    monkeypatch.setattr("picdesk.archive.lance_index.build.LEAST", 10)
    monkeypatch.setattr("picdesk.archive.lance_index.kept.IndexesInTables.least", 10)
    for option in (("--kind", "pq"), ("--memory", "4GB"), ("--device", "cpu")):
        said = picdesk("index", archive, *option)
        assert said.code == 2
        assert f"Leave {option[0]} out" in said.err
    said = picdesk("index", archive)
    assert said.code == 0
    assert "tiny-clip: 40 photos, rq (LanceDB IVF6,RQ), built in" in said.out
    assert "read as it is needed" in said.out
    assert re.search(r"recall against exact, on vectors of \d+ photos of the archive, with noise", said.out)
    one = picdesk("index", archive, "--json", "--encoder", "tiny-clip").document["indexes"][0]
    assert (one["kind"], one["exact"], one["memory"], one["photos"]) == ("rq", False, None, 40)
    found = picdesk("search", archive, "red circle", "--json").document
    exact = picdesk("search", archive, "red circle", "--exact", "--json").document
    assert (found["exact"], exact["exact"]) == (False, True)
    info = picdesk("info", archive, "--json").document
    assert [each["encoder"] for each in info["indexes"]] == ["static-minilm", "tiny-clip"]
    assert "tiny-clip: 40 photos, rq, recall@100" in picdesk("info", archive).out
    assert picdesk("compact", archive).code == 0
    assert picdesk("verify", archive, "--json").document == {"ok": True, "problems": []}
    assert not picdesk("search", archive, "red circle", "--json").document["exact"]


def test_what_cannot_be_indexed(bucket: ObjectPath) -> None:
    store = Store.create(bucket / "archive")
    entry = store.admit(StoredEncoder(name="odd", fingerprint="f" * 64, location="x", dimension=12))
    with pytest.raises(InputError, match="Fewer than 1,000 need no index"):
        build_lance_index(store, entry)
    append(store, entry, list(range(1000)), clustered(0, 1000, 12))
    with pytest.raises(InputError, match="divides by 8"):
        build_lance_index(store, entry)
