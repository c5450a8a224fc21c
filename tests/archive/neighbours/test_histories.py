"""Whatever happens to an archive, an index of an earlier state answers for the archive as it is now."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from picdesk.archive.neighbours.addresses import id_bytes, id_texts
from picdesk.archive.neighbours.build import build_index
from picdesk.archive.neighbours.check import problems_of_indexes
from picdesk.archive.neighbours.settle import settle_indexes
from picdesk.archive.schema import StoredEncoder, vectors_array
from picdesk.archive.store import Store
from tests.archive.neighbours.archives import append, assert_exact, clustered, make, opened, photo_id

QUERY = clustered(99, 1)[0]


def refill(store: Store, entry: StoredEncoder, numbers: list[int], seed: int) -> None:
    import pyarrow as pa

    table = pa.table({"id": [photo_id(number) for number in numbers]})
    store.update(table.append_column(entry.field(), vectors_array(clustered(seed, len(numbers)))))


@given(steps=st.lists(st.sampled_from(["add", "silent", "remove", "fill", "compact", "settle", "reopen"]), max_size=7))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_gives_the_answers_of_a_scan(steps: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    chance = np.random.default_rng(len(steps))
    store, entry = make(tmp_path_factory.mktemp("history") / "archive", clustered(0, 300), step=100)
    built = build_index(store, entry)
    assert built.kind == "flat"
    neighbours, there, silent, number = opened(store, entry), set(range(300)), set[int](), 1000
    for step in steps:
        match step:
            case "add" | "silent":
                vectors = clustered(number, 20)
                if step == "silent":
                    vectors[::2] = np.nan
                    silent |= set(range(number, number + 20, 2))
                append(store, entry, list(range(number, number + 20)), vectors)
                there |= set(range(number, number + 20))
                number += 20
            case "remove":
                gone = chance.choice(sorted(there), min(7, len(there)), replace=False).tolist()
                store.delete([photo_id(each) for each in gone])
                there -= set(gone)
                silent -= set(gone)
            case "fill":
                chosen = [*sorted(silent)[:5], *sorted(there - silent)[:3]]
                refill(store, entry, chosen, number)
                silent -= set(chosen)
                number += 1
            case "compact":
                store.rewrite()
            case "settle":
                settle_indexes(store)
            case "reopen":
                neighbours = opened(store, entry)
        assert neighbours.refresh(int(store.photos.version))
        assert_exact(neighbours, store, QUERY)
        assert_exact(neighbours, store, QUERY, where="width < 30")
        assert neighbours.lacking() == len(silent)
        assert neighbours.lacking("width < 30") == sum(each % 100 + 1 < 30 for each in silent)
    assert_exact(opened(store, entry), store, QUERY)
    assert list(problems_of_indexes(store)) == []


def test_after_compacting_nothing_is_new(tmp_path: Path) -> None:
    store, entry = make(tmp_path / "archive", clustered(0, 400), step=50)
    build_index(store, entry)
    neighbours = opened(store, entry)
    before = neighbours.covered.placed.copy()
    store.delete([photo_id(3)])
    store.rewrite()
    assert neighbours.refresh(int(store.photos.version))
    covered = neighbours.covered
    assert covered.fresh is not None
    assert (len(covered.fresh), covered.gone) == (0, 1)
    assert not (covered.placed == before).any(), "compacting has moved no row; the test shows nothing"
    assert neighbours.has_moved
    settle_indexes(store)
    again = opened(store, entry)
    assert not again.has_moved
    assert (again.covered.placed == covered.placed).all()
    assert_exact(again, store, QUERY)


def test_an_archive_restored_from_an_older_copy_is_not_taken_for_the_one_that_was_indexed(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    store, entry = make(folder, clustered(0, 200), step=100)
    shutil.copytree(folder / "photos.lance", tmp_path / "copy")
    append(store, entry, list(range(200, 300)), clustered(1, 100))
    build_index(store, entry)
    shutil.rmtree(folder / "photos.lance")
    shutil.copytree(tmp_path / "copy", folder / "photos.lance")
    restored = Store.open(folder)
    # Other photos come to where the index knows the lost ones.
    append(restored, entry, list(range(500, 600)), clustered(2, 100))
    neighbours = opened(restored, entry)
    assert neighbours.covered.fresh is not None
    assert (neighbours.covered.gone, len(neighbours.covered.fresh)) == (100, 100)
    assert_exact(neighbours, restored, QUERY, depth=300)


def test_the_same_photos_with_other_vectors_are_new_to_the_index(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    store, entry = make(folder, clustered(0, 200), step=100)
    build_index(store, entry)
    shutil.rmtree(folder / "photos.lance")
    other, entry = make(folder, clustered(5, 200), step=100)
    neighbours = opened(other, entry)
    assert neighbours.covered.gone == 200
    assert_exact(neighbours, other, QUERY)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=50))
def test_ids_survive_as_bytes(raw: list[bytes]) -> None:
    ids = [each.hex() for each in raw]
    assert id_texts(id_bytes(ids)) == ids


def test_an_id_that_is_no_hash_breaks_nothing() -> None:
    found = id_texts(id_bytes(["ab" * 32, "no hash", "zz" * 32, "a" * 63 + "\N{SNOWMAN}"]))
    assert found == ["ab" * 32, "0" * 64, "0" * 64, "0" * 64]
