from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from picdesk import Query, open_archive
from picdesk.archive.schema import matrix_of
from picdesk.archive.store import Store
from picdesk.errors import ArchiveError, EncoderMismatch, SourceError
from picdesk.photos.fingerprint import content_id
from tests.drawn.broken import BROKEN
from tests.drawn.scenes import draw_scene, fill_folder, jpeg_bytes


def test_every_photo_is_kept_once_and_nothing_is_encoded_twice(photos: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    first = archive.add(photos)
    again = open_archive(tmp_path / "archive", encoder=clip).add(photos)
    assert (first.kept, first.already, first.refused, first.encoded) == (12, 0, 0, 12)
    assert (again.kept, again.already, again.refused, again.encoded) == (0, 12, 0, 0)
    assert len(archive) == 12
    assert archive.verify() == []


def test_identity_is_the_hash_of_the_bytes(photos: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(photos)
    for path in photos.iterdir():
        photo = archive.photo(path.stem)
        assert photo.id == content_id(path.read_bytes())
        assert photo.uri == path.as_uri()
        assert (photo.width, photo.height, photo.format) == (320, 240, "JPEG")


def test_a_renamed_file_is_not_encoded_again(photos: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(photos)
    before = archive.photo("scene-0003")
    (photos / "scene-0003.jpg").rename(photos / "Mayor opens bridge.jpg")
    added = archive.add(photos)
    after = archive.photo("Mayor opens bridge")
    assert (added.kept, added.already, added.encoded) == (0, 12, 0)
    assert after.id == before.id
    assert after.file_words == "Mayor opens bridge"
    assert archive.search(Query(words="bridge")).hits[0].photo.id == before.id
    assert archive.verify() == []


def test_a_copy_is_the_same_photo(photos: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(photos)
    shutil.copy(photos / "scene-0001.jpg", photos / "zz-copy.jpg")
    added = archive.add(photos)
    assert (added.kept, added.already) == (0, 13)
    photo = archive.photo("zz-copy")
    assert photo.name == "scene-0001"
    assert [place.name for place in photo.copies] == ["zz-copy"]
    assert archive.verify() == []
    (photos / "scene-0001.jpg").unlink()
    archive.add(photos)
    assert open_archive(tmp_path / "archive").add(photos).kept == 0


def test_the_same_bytes_twice_in_one_run(tmp_path: Path, clip: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.jpg").write_bytes(jpeg_bytes(draw_scene(5)))
    archive = open_archive(tmp_path / "archive", encoder=clip)
    added = archive.add(folder)
    assert (added.kept, added.already, added.encoded) == (1, 2, 1)
    assert len(archive) == 1
    assert archive.verify() == []


def test_an_overwritten_file_is_another_photo(photos: Path, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(photos)
    (photos / "scene-0002.jpg").write_bytes(jpeg_bytes(draw_scene(99)))
    added = archive.add(photos)
    assert (added.kept, added.already, added.replaced) == (1, 11, 1)
    assert len(archive) == 12
    assert archive.verify() == []


def test_two_files_that_swap_names_stay_two_photos(photos: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(photos)
    one, two = photos / "scene-0000.jpg", photos / "scene-0001.jpg"
    ids = {content_id(one.read_bytes()), content_id(two.read_bytes())}
    one.rename(photos / "x")
    two.rename(one)
    (photos / "x").rename(two)
    added = archive.add(photos)
    assert (added.kept, added.encoded) == (0, 0)
    assert {archive.photo(one.as_uri()).id, archive.photo(two.as_uri()).id} == ids
    assert archive.photo(one.as_uri()).id == content_id(one.read_bytes())
    assert archive.verify() == []


def test_a_second_encoder_fills_its_own_column(photos: Path, tmp_path: Path, clip: Path, other_clip: Path) -> None:
    folder = tmp_path / "archive"
    open_archive(folder, encoder=clip).add(photos)
    second = open_archive(folder, encoder=other_clip).add(photos)
    assert (second.kept, second.already, second.encoded) == (0, 12, 12)
    found = open_archive(folder).info()
    assert [(entry.encoder.name, entry.photos) for entry in found.encoders] == [("tiny-clip", 12), ("other-clip", 12)]
    assert open_archive(folder).add(photos).encoded == 0
    assert open_archive(folder).verify() == []
    fill_folder(photos, 2, start=50)
    both = open_archive(folder).add(photos)
    assert (both.kept, both.encoded) == (2, 2)
    assert [entry.photos for entry in open_archive(folder).info().encoders] == [14, 14]


def test_vectors_are_those_of_the_encoder(photos: Path, tmp_path: Path, clip: Path) -> None:
    from PIL import Image

    from picdesk.encoders import load_encoder

    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(photos)
    encoder = load_encoder(clip)
    store = Store.open(tmp_path / "archive")
    entry = store.encoders()[0]
    for batch in store.rows(["name", entry.column]):
        import pyarrow as pa

        stored = matrix_of(pa.chunked_array([batch.column(entry.column)]), entry.dimension)
        for name, vector in zip(batch.column("name").to_pylist(), stored, strict=True):
            with Image.open(photos / f"{name}.jpg") as image:
                alone = encoder.encode_images([image.convert("RGB")])[0]
            assert float(alone @ vector) / np.linalg.norm(vector) > 0.9999


def test_same_name_other_weights_is_refused_and_both_are_named(photos: Path, tmp_path: Path, clip: Path) -> None:
    from tests.tiny import build_clip

    open_archive(tmp_path / "archive", encoder=clip).add(photos)
    impostor = build_clip(tmp_path / "tiny-clip", seed=3)
    with pytest.raises(EncoderMismatch) as caught:
        open_archive(tmp_path / "archive", encoder=impostor)
    from picdesk.encoders import load_encoder

    for folder in (clip, impostor):
        assert load_encoder(folder).fingerprint[:12] in str(caught.value)


def test_searching_with_a_stranger_names_both(photos: Path, tmp_path: Path, clip: Path, other_clip: Path) -> None:
    open_archive(tmp_path / "archive", encoder=clip).add(photos)
    with pytest.raises(EncoderMismatch, match=r"other-clip.*tiny-clip"):
        open_archive(tmp_path / "archive", encoder=other_clip).search("red")


def test_broken_files_are_refused_with_their_reason_and_the_rest_goes_on(photos: Path, tmp_path: Path) -> None:
    for number in range(200):
        kind = list(BROKEN)[number % len(BROKEN)]
        (photos / f"broken-{number:03}-{kind.replace(' ', '-')}.jpg").write_bytes(BROKEN[kind](number))
    assert len(BROKEN) >= 15
    archive = open_archive(tmp_path / "archive")
    added = archive.add(photos)
    assert (added.kept, added.refused) == (12, 200)
    refusals = archive.info().refusals
    assert len(refusals) == 200
    assert all(refusal.reason.strip() and "unexpected" not in refusal.reason for refusal in refusals)
    assert archive.verify() == []
    assert archive.add(photos).refused == 200
    assert len(archive.info().refusals) == 200


def test_a_mended_file_is_taken_and_its_refusal_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"")
    archive = open_archive(tmp_path / "archive")
    assert archive.add(folder).refused == 1
    (folder / "a.jpg").write_bytes(jpeg_bytes(draw_scene(1)))
    assert archive.add(folder).kept == 1
    assert archive.info().refusals == ()


def test_odd_names(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    names = [
        b"with space.jpg",
        "emoji \U0001f525 fire.jpg".encode(),
        b"caf\xe9 latin.jpg",
        b"100%#?&.jpg",
        b"quote'\"s.jpg",
        b"new\nline.jpg",
        "日本の写真.jpg".encode(),
        b"-dash.jpg",
    ]
    for seed, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(jpeg_bytes(draw_scene(seed)))
    archive = open_archive(tmp_path / "archive")
    assert archive.add(folder).kept == len(names)
    assert archive.verify() == []
    assert archive.add(folder).already == len(names)
    assert archive.search("fire").hits[0].photo.name == "emoji \U0001f525 fire"
    archive.remove("quote'\"s")
    assert len(archive) == len(names) - 1


def test_what_the_list_says_wins_over_what_the_file_says(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    fill_folder(folder, 1)
    (folder / "list.csv").write_text("file,id,caption,credit\nscene-0000.jpg,IMG7,The mayor,AP\n")
    archive = open_archive(tmp_path / "archive")
    archive.add(folder / "list.csv")
    photo = archive.photo("IMG7")
    assert (photo.caption, photo.credit) == ("The mayor", "AP")
    (folder / "list.csv").write_text("file,id,caption,credit\nscene-0000.jpg,IMG7,The new mayor,AP\n")
    added = archive.add(folder / "list.csv")
    assert (added.kept, added.already, added.encoded) == (0, 1, 0)
    assert archive.photo("IMG7").caption == "The new mayor"
    assert [hit.photo.name for hit in archive.search("new mayor")] == ["IMG7"]


def test_a_folder_with_other_things_in_it_is_left_alone(photos: Path) -> None:
    before = sorted(photos.iterdir())
    with pytest.raises(ArchiveError, match="nothing was written"):
        open_archive(photos).add(photos)
    assert sorted(photos.iterdir()) == before
    with pytest.raises(ArchiveError, match="is a file"):
        open_archive(photos / "scene-0000.jpg").add(photos)


def test_nothing_is_made_where_a_source_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        open_archive(tmp_path / "archive").add(tmp_path / "nowhere")
    assert not (tmp_path / "archive").exists()


def test_a_stop_keeps_what_was_done_and_the_next_run_goes_on(scenes: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    asked = iter(range(1000))
    first = archive.add(scenes, stop=lambda: next(asked) >= 25)
    assert first.stopped
    assert first.kept == 25
    second = archive.add(scenes)
    assert (second.kept, second.already, second.encoded) == (15, 25, 15)
    assert archive.verify() == []


def test_originals_are_never_written_to(photos: Path, tmp_path: Path, clip: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in photos.iterdir()}
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(photos)
    archive.remove("scene-0000")
    archive.compact()
    archive.verify()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in photos.iterdir()} == before


def test_a_picture_without_a_vector_costs_itself_alone(
    photos: Path, tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from picdesk.encoders.onnx_folder import OnnxFolder
    from picdesk.errors import InputError

    black = jpeg_bytes(Image.new("RGB", (320, 240)))
    (photos / "scene-0005.jpg").write_bytes(black)
    whole = OnnxFolder.encode_pixels

    def refuses_black(self: OnnxFolder, pixels: Any) -> Any:
        if any(np.ptp(item) == 0 or item.std() < 1e-3 for item in pixels.reshape(len(pixels), 3, -1)[:, 0]):
            raise InputError("image 5 has no vector")
        return whole(self, pixels)

    monkeypatch.setattr(OnnxFolder, "encode_pixels", refuses_black)
    archive = open_archive(tmp_path / "archive", encoder=clip)
    added = archive.add(photos)
    assert (added.kept, added.refused, added.encoded) == (11, 1, 11)
    (refusal,) = archive.info().refusals
    assert refusal.uri.endswith("scene-0005.jpg")
    assert archive.verify() == []


def test_a_set_of_numbers_equals_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from picdesk.archive import known

    monkeypatch.setattr(known, "FOLD", 7)
    chance = np.random.default_rng(3)
    start = chance.integers(-(2**63), 2**63 - 1, 50)
    numbers, plain = known.NumberSet(start), set(start.tolist())
    for number in chance.integers(-40, 40, 200).tolist():
        assert (number in numbers) == (number in plain)
        numbers.add(number)
        plain.add(number)
    assert all(number in numbers for number in plain)
