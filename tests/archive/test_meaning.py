"""The meaning of captions: always that of the words that a photo has now, or none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from picdesk import Archive, open_archive
from picdesk.archive import captions
from picdesk.archive.add import add_photos
from picdesk.archive.captions import TEXT_FIELDS, caption_text, caption_vectors
from picdesk.archive.schema import optional_vectors
from picdesk.archive.store import Store
from picdesk.encoders import load_encoder
from picdesk.encoders.static import shipped_texts
from picdesk.errors import InputError
from picdesk.photos.sources import open_source
from tests.command_line import picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.tiny import build_clip

PICTURES = [jpeg_bytes(draw_scene(seed, size=(64, 48))) for seed in range(6)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive")


def said(archive: Archive, **captions: str) -> None:
    """A list of photos with captions, added."""
    folder = Path(str(archive.path)).parent / "photos"
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(captions):
        (folder / f"{name}.jpg").write_bytes(PICTURES[number])
    rows = [f'{name}.jpg,"{caption}"' for name, caption in captions.items()]
    (folder / "list.csv").write_text("\n".join(["file,caption", *rows]), encoding="utf-8")
    archive.add(folder / "list.csv")


def meanings(archive: Archive) -> dict[str, Any]:
    store = Store.open(archive.path)
    entry = store.meaning()
    assert entry is not None
    return {row["name"]: row[entry.column] for batch in store.rows(["name", entry.column]) for row in batch.to_pylist()}


def assert_is_that_of(vector: Any, text: str) -> None:
    assert float(np.dot(np.asarray(vector, dtype=np.float32), shipped_texts().encode_texts([text])[0])) > 0.999


def row(**columns: Any) -> Mapping[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(TEXT_FIELDS)
    return empty | columns


def test_what_is_read_of_a_photo() -> None:
    whole = row(
        caption=" The mayor ", headline="The mayor", keywords=["city"], people=["Ann Lee"], place="Ulm", file_words="x"
    )
    assert caption_text(whole) == "The mayor\ncity\nAnn Lee\nUlm"
    assert caption_text(row(file_words="mayor opens bridge", keywords=None)) == "mayor opens bridge"
    assert caption_text(row(caption=" ", headline="")) == ""


def test_every_photo_with_words_has_the_meaning_of_these(folder: Path, archive: Archive) -> None:
    said(archive, a="The mayor opens a bridge", b="A dog on the beach")
    (folder / "IMG_0001.jpg").write_bytes(PICTURES[5])
    archive.add(folder)
    found = meanings(archive)
    assert_is_that_of(found["a"], "The mayor opens a bridge")
    assert_is_that_of(found["b"], "A dog on the beach")
    assert found["IMG_0001"] is None, "nothing is said of it"
    assert archive.verify() == []


def test_an_archive_without_words_has_no_column(folder: Path, archive: Archive) -> None:
    for number in range(3):
        (folder / f"DSC_000{number}.jpg").write_bytes(PICTURES[number])
    archive.add(folder)
    archive.compact()
    assert Store.open(archive.path).meaning() is None
    assert archive.info().meaning is None
    assert archive.verify() == []


def test_other_words_other_meaning(folder: Path, archive: Archive) -> None:
    said(archive, a="The mayor opens a bridge", b="A dog on the beach")
    said(archive, a="Snow covers the town", b="A dog on the beach")
    assert_is_that_of(meanings(archive)["a"], "Snow covers the town")
    (folder / "c.jpg").write_bytes(PICTURES[4])
    archive.add(folder / "c.jpg")
    assert meanings(archive)["c"] is None
    (folder / "c.jpg").rename(folder / "Firefighters rest.jpg")
    archive.add(folder / "Firefighters rest.jpg")
    assert_is_that_of(meanings(archive)["Firefighters rest"], "Firefighters rest")
    assert archive.verify() == []


def test_a_place_that_is_lost_takes_its_words_along(folder: Path, archive: Archive) -> None:
    (folder / "Fire in a warehouse.jpg").write_bytes(PICTURES[0])
    (folder / "Zebra.jpg").write_bytes(PICTURES[0])
    archive.add(folder)
    (folder / "Fire in a warehouse.jpg").write_bytes(PICTURES[1])
    archive.add(folder)
    found = meanings(archive)
    assert_is_that_of(found["Zebra"], "Zebra")
    assert archive.verify() == []


def test_the_shipped_model_reads_english_archives_alone(folder: Path, archive: Archive) -> None:
    (folder / "Brand im Wald.jpg").write_bytes(PICTURES[0])
    archive.add(folder, language="German")
    archive.compact()
    assert Store.open(archive.path).meaning() is None
    assert archive.search("Waldbrand").notes == archive.search("Wald").notes
    assert not any("meaning" in note for note in archive.search("Wald").notes)
    assert archive.verify() == []


def drop_meanings(archive: Archive) -> Store:
    """The archive as a Picdesk without this column left it."""
    store = Store.open(archive.path)
    entry = store.meaning()
    assert entry is not None
    store.photos.drop_columns([entry.column])
    return store


@pytest.mark.parametrize("by", ["add", "compact"])
def test_an_older_archive_is_filled(by: str, folder: Path, archive: Archive) -> None:
    said(archive, a="The mayor opens a bridge", b="A dog on the beach", c="日本")
    before = meanings(archive)
    store = drop_meanings(archive)
    assert archive.verify() == [], "what was never promised is not broken"
    archive.add(folder / "list.csv") if by == "add" else archive.compact()
    assert meanings(archive) == before
    assert store.meanings_complete()
    assert archive.verify() == []


def test_killed_while_an_older_archive_is_filled(
    folder: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Killed

    said(archive, a="The mayor opens a bridge", b="A dog on the beach")
    for step in ("update", "mark_meanings"):
        store = drop_meanings(archive)
        with monkeypatch.context() as patch:
            patch.setattr(Store, step, dies)
            with pytest.raises(Killed):
                archive.add(folder / "list.csv")
        assert archive.verify() == [], "nothing is promised before the archive was looked through"
        assert not store.meanings_complete()
        archive.add(folder / "list.csv")
        assert None not in meanings(archive).values()
        assert store.meanings_complete()


def test_nothing_is_read_twice(folder: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    said(archive, a="The mayor opens a bridge", b="A dog on the beach")
    from picdesk.encoders.static import StaticTexts

    def never(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(StaticTexts, "encode_texts", never)
    archive.add(folder / "list.csv")


def test_verify_names_a_meaning_of_other_words(archive: Archive) -> None:
    import pyarrow as pa

    said(archive, a="The mayor opens a bridge", b="A dog on the beach")
    store, photo = Store.open(archive.path), archive.photo("a")
    entry = store.meaning()
    assert entry is not None
    for vectors, what in [
        (shipped_texts().encode_texts(["Snow covers the town"]), "is that of other words"),
        (np.full((1, entry.dimension), np.nan, dtype=np.float32), "has no vector"),
    ]:
        store.update(pa.table({"id": [photo.id], entry.column: optional_vectors(vectors)}))
        (problem,) = archive.verify()
        assert (problem.promise, problem.item) == ("meaning", photo.id)
        assert what in problem.what
    archive.compact()
    assert archive.verify() == []


def test_a_row_and_its_meaning_are_one_commit(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    said(archive, a="The mayor opens a bridge")
    tables: list[Any] = []
    whole = Store.update

    def watched(self: Store, table: Any) -> None:
        tables.append(table.column_names)
        whole(self, table)

    monkeypatch.setattr(Store, "update", watched)
    said(archive, a="Snow covers the town")
    entry = Store.open(archive.path).meaning()
    assert entry is not None
    assert [{"caption", entry.column} <= set(names) for names in tables] == [True]


def test_any_encoder_with_a_text_side_can_read_captions(folder: Path, archive: Archive, tmp_path: Path) -> None:
    clip = build_clip(tmp_path / "reader", seed=5)
    encoder = load_encoder(clip)
    said(archive, a="a red scene", b="a green scene")
    store = Store.open(archive.path)
    add_photos(store, [open_source(str(folder / "list.csv"))], meaning=encoder)
    entry = store.meaning()
    assert entry is not None
    assert entry.fingerprint == encoder.fingerprint
    assert len([name for name in store.photos.schema.names if name.startswith("meaning_")]) == 1
    assert archive.info().encoders == ()
    said(archive, a="a blue scene", b="a green scene")
    assert float(np.dot(meanings(archive)["a"], encoder.encode_texts(["a blue scene"])[0])) > 0.99
    assert archive.verify() == []
    clip.rename(tmp_path / "away")
    captions._at.cache_clear()  # as in another process
    said(archive, a="a white scene", b="a green scene")
    found = meanings(archive)
    assert found["a"] is None, "the meaning of other words does not stay"
    assert found["b"] is not None
    (tmp_path / "away").rename(clip)
    captions._at.cache_clear()
    archive.compact()
    assert float(np.dot(meanings(archive)["a"], encoder.encode_texts(["a white scene"])[0])) > 0.99


def test_an_encoder_without_texts_reads_no_captions(photos: Path, archive: Archive, tmp_path: Path) -> None:
    import shutil

    folder = build_clip(tmp_path / "blind")
    shutil.rmtree(folder / "textual")
    archive.add(photos)
    with pytest.raises(InputError, match="no text side"):
        add_photos(Store.open(archive.path), [], meaning=load_encoder(folder))


def test_a_text_without_a_known_word_costs_no_other(archive: Archive) -> None:
    vectors = caption_vectors(shipped_texts(), ["", "!!!", "a dog", "\udcff", "?" * 9])
    assert np.isnan(vectors[[0, 1, 3, 4]]).all()
    assert np.linalg.norm(vectors[2]) == pytest.approx(1, abs=1e-5)
    said(archive, a="!!!", b="A dog on the beach")
    assert meanings(archive)["a"] is None
    assert archive.verify() == []


def test_a_reader_of_an_archive_says_what_reads_captions(archive: Archive) -> None:
    said(archive, a="The mayor opens a bridge", b="A dog on the beach")
    shown = picdesk("info", archive.path)
    assert "static-minilm: captions of 2 photos" in shown.out
    told = picdesk("info", archive.path, "--json").document["meaning"]
    assert (told["name"], told["photos"], told["fingerprint"]) == ("static-minilm", 2, shipped_texts().fingerprint)
