from __future__ import annotations

from pathlib import Path

import pytest

from picdesk import open_archive
from picdesk.archive.language import LANGUAGES
from picdesk.archive.store import Store
from picdesk.errors import ArchiveError, InputError
from picdesk.search.words import index_terms
from tests.drawn.scenes import draw_scene, jpeg_bytes


def listed(folder: Path, captions: list[str]) -> Path:
    rows = ["file,id,caption"]
    for number, caption in enumerate(captions):
        (folder / f"{number}.jpg").write_bytes(jpeg_bytes(draw_scene(number)))
        rows.append(f'{number}.jpg,p{number},"{caption}"')
    (folder / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder / "list.csv"


def test_english_is_the_default_and_keeps_the_words_of_the_news(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "archive")
    assert store.language == "English"
    terms = index_terms(store, "The city at war: men, dogs and the sea")
    assert terms == ["citi", "war", "men", "dog", "sea"]


def test_german_stems_german(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(listed(tmp_path, ["Brände in den Wäldern", "Die Bürgermeisterin spricht"]), language="german")
    assert archive.info().language == "German"
    assert [hit.photo.name for hit in archive.search("Brand im Wald")] == ["p0"]


def test_any_splits_japanese_and_leaves_words_alone(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    archive.add(listed(tmp_path, ["東京で大きな火事", "The man of the city"]), language="any")
    assert [hit.photo.name for hit in archive.search("火事")] == ["p0"]
    assert [hit.photo.name for hit in archive.search("city man")] == ["p1"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_makes_an_index(language: str, tmp_path: Path) -> None:
    assert Store.create(tmp_path / "archive", language).has_word_index()


def test_an_archive_has_one_language(tmp_path: Path) -> None:
    source = listed(tmp_path, ["a"])
    archive = open_archive(tmp_path / "archive")
    archive.add(source, language="German")
    assert archive.add(source).already == 1
    with pytest.raises(ArchiveError, match="indexed as German, not French"):
        archive.add(source, language="French")
    with pytest.raises(InputError, match="no stemmer for the language 'Klingon'"):
        open_archive(tmp_path / "other").add(source, language="Klingon")
    assert not (tmp_path / "other").exists()
