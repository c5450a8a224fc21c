from __future__ import annotations

from pathlib import Path

import pytest

from picdesk import open_archive
from picdesk.archive.compact import folder_size
from picdesk.errors import InputError, NothingFound
from tests.drawn.scenes import draw_scene, fill_folder, jpeg_bytes


@pytest.mark.parametrize("by", ["name", "id", "short id", "uri", "path"])
def test_removed_by(by: str, photos: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(photos)
    reader = open_archive(tmp_path / "archive", encoder=clip)
    photo = archive.photo("scene-0004")
    assert photo.id in {hit.photo.id for hit in reader.search("red", k=100)}
    how = {
        "name": photo.name,
        "id": photo.id,
        "short id": photo.id[:10],
        "uri": photo.uri,
        "path": str(photos / "scene-0004.jpg"),
    }
    assert [gone.id for gone in archive.remove(how[by])] == [photo.id]
    assert photo.id not in {hit.photo.id for hit in reader.search("red", k=100)}
    assert photo.id not in {hit.photo.id for hit in reader.search("scene 0004", k=100)}
    image = (photos / "scene-0004.jpg").read_bytes()
    assert photo.id not in {hit.photo.id for hit in reader.search(image=image, k=100)}
    assert len(reader) == 11
    assert archive.verify() == []


def test_it_stays_out_under_any_name_until_it_is_asked_back_in(photos: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(photos)
    archive.remove("scene-0004")
    (photos / "scene-0004.jpg").rename(photos / "other.jpg")
    added = archive.add(photos)
    assert (added.kept, added.removed, len(archive)) == (0, 1, 11)
    back = archive.add(photos, again=True)
    assert (back.kept, back.removed, len(archive)) == (1, 0, 12)
    assert archive.add(photos).removed == 0
    assert archive.verify() == []


def test_a_name_that_several_have_removes_none(tmp_path: Path) -> None:
    for number, folder in enumerate(["a", "b"]):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "photo.jpg").write_bytes(jpeg_bytes(draw_scene(number)))
    archive = open_archive(tmp_path / "archive")
    archive.add(tmp_path / "a", tmp_path / "b")
    with pytest.raises(InputError, match="2 photos are called"):
        archive.remove("photo")
    with pytest.raises(NothingFound, match="no photo is called 'nobody'"):
        archive.remove("nobody")
    assert len(archive) == 2


def test_by_condition_and_missing(photos: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(photos)
    assert len(archive.remove(where="name < 'scene-0003'")) == 3
    (photos / "scene-0005.jpg").unlink()
    assert [photo.name for photo in archive.remove(missing=True)] == ["scene-0005"]
    assert len(archive) == 8
    (photos / "scene-0005.jpg").write_bytes(jpeg_bytes(draw_scene(5)))
    assert archive.add(photos).kept == 1, "a file that was only missing may come back"


def test_compact_gives_the_room_back(tmp_path: Path, other_clip: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    fill_folder(folder, 300)
    archive = open_archive(tmp_path / "archive", encoder=other_clip)
    archive.add(folder)
    archive.compact()
    data = tmp_path / "archive/photos.lance/data"
    full = folder_size(data)
    archive.remove(where="name >= 'scene-0010'")
    done = archive.compact()
    assert done.after == folder_size(tmp_path / "archive")
    assert done.after < done.before
    assert folder_size(data) < full / 5
    assert len(list((tmp_path / "archive/photos.lance/_versions").glob("*.manifest"))) == 1
    assert len(archive) == 10
    assert archive.verify() == []
    assert len(archive.search("scene", k=100)) == 10
