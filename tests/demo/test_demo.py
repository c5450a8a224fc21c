from __future__ import annotations

import csv
import re
from importlib.resources import files
from pathlib import Path

import pytest

from picdesk import open_archive
from tests.command_line import picdesk


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "picdesk-demo"
    said = picdesk("demo", folder)
    assert said.code == 0
    assert "Visual search is off" in said.out
    assert "picdesk models get clip-vit-b-32" in said.out
    assert "--encoder clip-vit-b-32" in said.out
    return folder


def test_each_story_finds_its_picture(folder: Path) -> None:
    answers = picdesk("demo", folder, "--json").document["answers"]
    assert [answer["hits"][0]["name"] for answer in answers] == ["falcon-9-dscovr", "floating-cell", "pompeii-coins"]
    for answer in answers:
        (note,) = answer["notes"]
        assert note.endswith("searched what is said about the photos alone")


def test_again_nothing_is_added_twice(folder: Path) -> None:
    document = picdesk("demo", folder, "--json").document
    assert (document["kept"], document["already"]) == (0, 14)


def test_every_photo_says_whose_it_is(folder: Path) -> None:
    rows = list(csv.DictReader(files("picdesk.demo").joinpath("photos.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 14
    for row in rows:
        assert row["caption"]
        assert row["rights"]
        assert row["source"]
    archive = open_archive(folder / "archive")
    assert all(archive.photo(row["id"]).rights == row["rights"] for row in rows)
    assert archive.verify() == []


def test_the_sheet_holds_its_pictures_and_asks_for_nothing(folder: Path) -> None:
    page = (folder / "answer.html").read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(sources) >= 3
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert "url(" not in page
    assert "Public domain" in page
