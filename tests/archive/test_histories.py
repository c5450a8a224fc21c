"""What happens to files between two runs: every history ends in an archive that says what is there."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import pytest

from picdesk import Archive, open_archive
from picdesk.archive import store as store_module
from picdesk.archive.batch import Batch
from picdesk.archive.store import Store
from picdesk.errors import ArchiveBusy, InputError
from picdesk.photos.fingerprint import content_id
from tests.drawn.scenes import draw_scene, jpeg_bytes

PICTURES = [jpeg_bytes(draw_scene(seed, size=(64, 48))) for seed in range(8)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive")


@pytest.mark.parametrize("seed", range(12))
def test_any_history_of_files_settles(seed: int, folder: Path, archive: Archive) -> None:
    chance = random.Random(seed)
    names = ["apple", "bread", "cat", "dog", "elm"]
    (folder / "keep.jpg").write_bytes(PICTURES[7])
    for _ in range(4):
        for _ in range(chance.randint(1, 4)):
            _change(folder, names, chance)
        archive.add(folder)
    archive.add(folder)
    archive.remove(missing=True)
    archive.add(folder)
    there = {path.stem: content_id(path.read_bytes()) for path in folder.iterdir()}
    assert archive.verify() == []
    assert len(archive) == len(set(there.values()))
    for name, photo_id in there.items():
        photo = archive.photo(str(folder / f"{name}.jpg"))
        assert photo.id == photo_id
        assert photo.file_words == Path(photo.uri).stem == photo.name
    again = archive.add(folder)
    assert (again.kept, again.already, again.replaced) == (0, len(there), 0)


def _change(folder: Path, names: list[str], chance: random.Random) -> None:
    one, two = (folder / f"{name}.jpg" for name in chance.sample(names, 2))
    what = chance.choice(["write", "write", "rename", "copy", "swap", "delete"])
    if what == "write":
        one.write_bytes(chance.choice(PICTURES[:5]))
    elif one.exists() and what == "rename":
        one.rename(two)
    elif one.exists() and what == "copy":
        two.write_bytes(one.read_bytes())
    elif one.exists() and two.exists() and what == "swap":
        between = folder / "between"
        one.rename(between)
        two.rename(one)
        between.rename(two)
    elif one.exists() and what == "delete":
        one.unlink()


def test_two_files_overwritten_by_one_picture(folder: Path, archive: Archive) -> None:
    (folder / "a.jpg").write_bytes(PICTURES[0])
    (folder / "b.jpg").write_bytes(PICTURES[1])
    archive.add(folder)
    for name in "ab":
        (folder / f"{name}.jpg").write_bytes(PICTURES[2])
    assert archive.add(folder).replaced == 2
    assert archive.verify() == []


def test_a_removed_photo_stays_out_whatever_its_file_goes_through(folder: Path, archive: Archive) -> None:
    place = folder / "a.jpg"
    (folder / "keep.jpg").write_bytes(PICTURES[7])
    place.write_bytes(PICTURES[0])
    archive.add(folder)
    archive.remove("a")
    for meanwhile in (b"no picture", PICTURES[1]):
        place.write_bytes(meanwhile)
        archive.add(folder)
        place.write_bytes(PICTURES[0])
        assert (archive.add(folder).kept, archive.add(folder).removed) == (0, 1)
        place.write_bytes(PICTURES[1])
        archive.add(folder)
    archive.remove("a")
    place.write_bytes(PICTURES[0])
    assert archive.add(folder).removed == 1
    assert len(archive) == 1


def test_missing_means_that_no_place_is_left(folder: Path, archive: Archive) -> None:
    for name in "abc":
        (folder / f"{name}.jpg").write_bytes(PICTURES[0])
    (folder / "d.jpg").write_bytes(PICTURES[1])
    archive.add(folder)
    (folder / "a.jpg").unlink()
    (folder / "c.jpg").unlink()
    assert {problem.promise for problem in archive.verify()} == {"original"}
    assert archive.remove(missing=True) == ()
    assert archive.verify() == []
    assert archive.photo("b").uri == (folder / "b.jpg").as_uri()
    (folder / "b.jpg").unlink()
    assert [photo.name for photo in archive.remove(missing=True)] == ["b"]


def test_a_folder_that_is_gone_as_a_whole_is_asked_about(folder: Path, archive: Archive) -> None:
    (folder / "a.jpg").write_bytes(PICTURES[0])
    archive.add(folder)
    folder.rename(folder.with_name("unmounted"))
    with pytest.raises(InputError, match="is its disk mounted"):
        archive.remove(missing=True)
    assert len(archive) == 1


def test_a_source_that_says_less_takes_nothing_away(folder: Path, archive: Archive) -> None:
    (folder / "a.jpg").write_bytes(PICTURES[0])
    (folder / "list.csv").write_text("file,id,caption,people\na.jpg,NR7,The mayor speaks,Ann Lee\n")
    archive.add(folder / "list.csv")
    archive.add(folder)
    photo = archive.photo("NR7")
    assert (photo.caption, photo.people, photo.name) == ("The mayor speaks", ("Ann Lee",), "NR7")
    both = archive.add(folder / "list.csv", folder)
    assert (both.kept, both.already) == (0, 2)
    assert archive.photo("NR7") == photo


def test_a_list_that_names_a_copy_fills_what_nobody_has_said(folder: Path, archive: Archive) -> None:
    (folder / "a.jpg").write_bytes(PICTURES[0])
    archive.add(folder)
    other = folder.with_name("other")
    other.mkdir()
    (other / "x.jpg").write_bytes(PICTURES[0])
    (other / "list.csv").write_text("file,caption\nx.jpg,The mayor speaks\n")
    archive.add(other / "list.csv")
    assert [hit.photo.name for hit in archive.search("mayor")] == ["a"]


def test_a_second_encoder_alone_does_the_work(folder: Path, archive: Archive, clip: Path, other_clip: Path) -> None:
    from picdesk.encoders.onnx_folder import OnnxFolder

    for number in range(5):
        (folder / f"{number}.jpg").write_bytes(PICTURES[number])
    open_archive(archive.path, encoder=clip).add(folder)
    asked: list[str] = []
    whole = OnnxFolder.encode_pixels

    def counted(self: OnnxFolder, pixels: Any) -> Any:
        asked.extend([self.name] * len(pixels))
        return whole(self, pixels)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OnnxFolder, "encode_pixels", counted)
        open_archive(archive.path, encoder=[str(clip), str(other_clip)]).add(folder)
    assert asked == ["other-clip"] * 5
    assert open_archive(archive.path).verify() == []


def test_many_copies_are_encoded_once(folder: Path, archive: Archive, clip: Path) -> None:
    for number in range(200):
        (folder / f"{number:03}.jpg").write_bytes(PICTURES[number % 2])
    added = open_archive(archive.path, encoder=clip).add(folder)
    assert (added.kept, added.already, added.encoded) == (2, 198, 2)


def test_removed_while_a_second_encoder_is_filled(folder: Path, archive: Archive, clip: Path) -> None:
    for number in range(6):
        (folder / f"{number}.jpg").write_bytes(PICTURES[number])
    archive.add(folder)
    whole = Batch.commit

    def removes_first(self: Batch) -> None:
        if len(archive) == 6:
            archive.remove("3")
        whole(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Batch, "commit", removes_first)
        open_archive(archive.path, encoder=clip).add(folder)
    assert len(archive) == 5
    assert open_archive(archive.path).verify() == []


def test_two_first_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    kept, busy = [], []
    for number, name in enumerate("pq"):
        (tmp_path / name).mkdir()
        for part in range(3):
            (tmp_path / name / f"{part}.jpg").write_bytes(PICTURES[3 * number + part])
    start = threading.Barrier(2)

    def run(name: str) -> None:
        start.wait()
        try:
            kept.append(open_archive(tmp_path / "archive").add(tmp_path / name).kept)
        except ArchiveBusy as error:
            busy.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in "pq"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) + len(busy) == 2
    assert len(open_archive(tmp_path / "archive")) == sum(kept)


@pytest.mark.parametrize("moment", ["refused", "photos", "index"])
def test_killed_while_it_is_made(moment: str, folder: Path, tmp_path: Path, clip: Path) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Killed

    (folder / "a.jpg").write_bytes(PICTURES[0])
    whole = store_module.create_table

    def create(where: Path, name: str, schema: Any) -> None:
        if name == moment:
            (where / f"{name}.lance/data").mkdir(parents=True)
            raise Killed
        whole(where, name, schema)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "create_table", create)
        if moment == "index":
            patch.setattr(Store, "index_words", dies)
        with pytest.raises(Killed):
            open_archive(tmp_path / "archive", encoder=clip).add(folder)
    if moment == "index":
        assert len(open_archive(tmp_path / "archive").search("apple")) == 0
    archive = open_archive(tmp_path / "archive", encoder=clip)
    assert archive.add(folder).kept == 1
    assert archive.verify() == []


@pytest.mark.parametrize("step", ["append", "update", "refuse", "pardon", "let_back", "index_words"])
def test_killed_between_two_commits_of_one_batch(step: str, folder: Path, archive: Archive) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Killed

    for number, name in enumerate("abc"):
        (folder / f"{name}.jpg").write_bytes(PICTURES[number])
    (folder / "d.jpg").write_bytes(b"no picture")
    archive.add(folder)
    archive.remove("a")
    (folder / "b.jpg").rename(folder / "bread.jpg")
    (folder / "d.jpg").write_bytes(PICTURES[3])
    (folder / "e.jpg").write_bytes(b"no picture")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, step, dies)
        with pytest.raises(Killed):
            archive.add(folder, again=True)
    archive.add(folder, again=True)
    found = archive.info()
    assert archive.verify() == []
    assert len(archive) == 4
    assert [refusal.uri for refusal in found.refusals] == [(folder / "e.jpg").as_uri()]
    assert archive.photo("bread").file_words == "bread"
