"""What is broken is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from picdesk import open_archive
from picdesk.archive.schema import vectors_array
from picdesk.archive.store import Store
from picdesk.archive.verify import Problem
from picdesk.errors import ArchiveDamaged
from tests.command_line import picdesk


@pytest.fixture
def archive(photos: Path, tmp_path: Path, clip: Path) -> Path:
    open_archive(tmp_path / "archive", encoder=clip).add(photos)
    return tmp_path / "archive"


def broken(folder: Path) -> list[Problem]:
    return open_archive(folder).verify()


def test_a_whole_archive_has_no_problem(archive: Path) -> None:
    assert broken(archive) == []
    assert picdesk("verify", archive).code == 0


def test_original_changed_or_gone(archive: Path, photos: Path) -> None:
    changed, gone = photos / "scene-0001.jpg", photos / "scene-0002.jpg"
    stamp = changed.stat()
    data = bytearray(changed.read_bytes())
    data[-3] ^= 1
    changed.write_bytes(data)
    import os

    os.utime(changed, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    gone.unlink()
    problems = {Path(problem.item).name: problem for problem in broken(archive)}
    assert problems.keys() == {changed.name, gone.name}
    assert {problem.promise for problem in problems.values()} == {"original"}
    assert "other bytes" in problems[changed.name].what
    said = picdesk("verify", archive, "--json")
    assert said.code == 1
    assert said.document["ok"] is False
    assert len(said.document["problems"]) == 2
    assert picdesk("verify", archive, "--quick").code == 0


def test_a_row_twice(archive: Path) -> None:
    store = Store.open(archive)
    store.photos.add(store.photos.search().limit(1).to_arrow())
    assert {problem.promise for problem in broken(archive)} == {"identity"}


def test_a_vector_that_is_no_unit_vector(archive: Path) -> None:
    store = Store.open(archive)
    entry = store.encoders()[0]
    photo_id = open_archive(archive).photo("scene-0003").id
    wrong = vectors_array(np.full((1, entry.dimension), 0.9, dtype=np.float32))
    store.update(pa.table({"id": [photo_id], entry.column: wrong}))
    (problem,) = broken(archive)
    assert (problem.promise, problem.item) == ("vector", photo_id)


def test_a_removed_photo_that_is_still_there(archive: Path) -> None:
    store = Store.open(archive)
    photo = open_archive(archive).photo("scene-0003")
    store.refuse([{"uri": photo.uri, "reason": "removed on request", "id": photo.id}])
    (problem,) = broken(archive)
    assert (problem.promise, problem.item) == ("removed", photo.id)


def test_no_word_index(archive: Path) -> None:
    store = Store.open(archive)
    for index in store.photos.list_indices():
        store.photos.drop_index(index.name)
    assert [problem.promise for problem in broken(archive)] == ["words"]


def test_torn_and_missing_table_files(archive: Path) -> None:
    data = sorted((archive / "photos.lance/data").iterdir(), key=lambda path: path.stat().st_size)[-1]
    whole = data.read_bytes()
    data.write_bytes(whole[: len(whole) // 2])
    assert "table" in {problem.promise for problem in broken(archive)}
    data.unlink()
    said = picdesk("verify", archive)
    assert said.code == 1
    assert "table:" in said.out


def test_a_torn_manifest_is_an_error_that_says_so(archive: Path) -> None:
    for manifest in (archive / "photos.lance/_versions").iterdir():
        manifest.write_bytes(b"")
    with pytest.raises(ArchiveDamaged, match="cannot be opened"):
        len(open_archive(archive))
    said = picdesk("verify", archive)
    assert said.code == 2
    assert "originals are untouched" in said.err
