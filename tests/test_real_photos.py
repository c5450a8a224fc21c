"""The main job on 5,000 real news photos, as a user does it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from picdesk import open_archive
from tests.command_line import Said, picdesk, run_picdesk
from tests.seconds import at_most

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def filled(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    archive = tmp_path_factory.mktemp("real") / "archive"
    data, encoder = shared / "data/newsimages25", shared / "models/mobilenet-v1-imagenet"
    return archive, run_picdesk("add", archive, data, "--encoder", encoder, "--json")


def test_all_are_kept_and_a_second_run_encodes_none(filled: tuple[Path, Said], shared: Path) -> None:
    archive, first = filled
    kept = {"kept": 5000, "already": 0, "refused": 0, "encoded": 5000}
    assert {name: first.document[name] for name in kept} == kept
    with at_most(10):  # to encode them takes a minute of the processor
        again = picdesk("add", archive, shared / "data/newsimages25", "--json")
    assert (again.document["already"], again.document["encoded"]) == (5000, 0)


def test_a_picture_finds_itself_first(filled: tuple[Path, Said], shared: Path) -> None:
    pictures = sorted((shared / "data/newsimages25/newsimages").iterdir())[::1000]
    for picture in pictures:
        answer = picdesk("search", filled[0], "--image", picture, "--json", "-k", "3").document
        assert answer["hits"][0]["name"] == picture.stem
        assert answer["hits"][0]["score"] == pytest.approx(1, abs=5e-4)
        assert answer["exact"] is True
        assert answer["searched"] == 5000


def test_the_words_of_a_file_name_find_that_photo_first(filled: tuple[Path, Said]) -> None:
    archive = open_archive(filled[0])
    words = {photo.name: photo.file_words for photo in archive._store.photos_where("length(file_words) > 20")}
    often = Counter(words.values())
    alone = [name for name, said in sorted(words.items()) if often[said] == 1][::25]
    assert len(alone) > 20
    first = [archive.search(words[name], k=1)[0].photo.name == name for name in alone]
    # Two photos may say the same words in another order.
    assert sum(first) >= 0.95 * len(first)


def test_no_photo_says_what_its_article_says(filled: tuple[Path, Said]) -> None:
    said = open_archive(filled[0]).info().said
    assert set(said.values()) == {0}
    assert picdesk("verify", filled[0], "--json").document == {"ok": True, "problems": []}
