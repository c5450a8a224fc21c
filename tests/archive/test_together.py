"""Several processes at one archive: readers while one writes, a second writer, a remover."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from picdesk import open_archive
from picdesk.archive.locks import adding
from picdesk.errors import ArchiveBusy, ArchiveError
from tests.command_line import run_picdesk, start_picdesk
from tests.drawn.scenes import draw_scene, fill_folder, jpeg_bytes


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    for seed in range(1500):
        (folder / f"scene-{seed:04}.jpg").write_bytes(jpeg_bytes(draw_scene(seed, size=(96, 72))))
    return folder


def test_a_reader_sees_a_growing_archive_and_never_an_error(many: Path, tmp_path: Path, clip: Path) -> None:
    folder = tmp_path / "archive"
    writer = start_picdesk("add", folder, many, "--encoder", clip)
    counts, answers = [], []
    while writer.poll() is None:
        if not open_archive(folder).exists:
            time.sleep(0.02)
            continue
        try:
            reader = open_archive(folder, encoder=clip)
            counts.append(len(reader))
        except ArchiveError:
            continue  # not made yet
        if counts[-1]:
            ranking = reader.search("red scene", k=5)
            answers.append(len(ranking))
            for hit in ranking:
                assert Path(many / f"{hit.photo.name}.jpg").as_uri() == hit.photo.uri
    _, err = writer.communicate()
    assert writer.returncode == 0, err
    assert counts == sorted(counts)
    assert len(set(counts)) >= 3, "no state in between was seen; the test shows nothing"
    assert all(count == 5 for count in answers)
    assert len(reader) == 1500, "an open reader sees the last commit"


def test_a_second_writer_gets_a_clear_error_and_breaks_nothing(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    open_archive(folder).add(photos)
    fill_folder(photos, 3, start=80)
    with adding(folder):
        second = run_picdesk("add", folder, photos)
        assert second.code == 3
        assert "being written to by another process" in second.err
        with pytest.raises(ArchiveBusy):
            open_archive(folder).compact()
    assert open_archive(folder).add(photos).kept == 3
    assert open_archive(folder).verify() == []


def test_a_photo_can_be_removed_while_others_come_in(scenes: Path, many: Path, tmp_path: Path, clip: Path) -> None:
    folder = tmp_path / "archive"
    archive = open_archive(folder, encoder=clip)
    archive.add(scenes)
    removed = archive.photo("scene-0007").id
    failures: list[BaseException] = []

    def write() -> None:
        try:
            open_archive(folder, encoder=clip).add(many)
        except BaseException as error:
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive() and len(archive) < 200:
        time.sleep(0.01)
    archive.remove(removed)
    assert removed not in {hit.photo.id for hit in archive.search("scene 0007", k=1000)}
    writer.join()
    assert not failures
    assert len(archive) == 40 + 1500 - 1
    assert removed not in {hit.photo.id for hit in archive.search("scene 0007", k=2000)}
    assert archive.verify() == []
