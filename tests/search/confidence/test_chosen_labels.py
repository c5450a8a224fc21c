"""A calibration that learns from what the desk picked and rejected."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from picdesk import Article, open_archive
from picdesk.api import Archive
from picdesk.archive.store import Store
from picdesk.errors import InputError
from picdesk.search.confidence.chosen_labels import ChoiceLabels, chosen_articles
from tests.command_line import picdesk
from tests.drawn.scenes import fill_folder
from tests.search.newsroom import open_newsroom


@pytest.fixture
def archive(photos: Path, tmp_path: Path) -> Archive:
    archive = open_archive(tmp_path / "archive")
    archive.add(photos)
    return archive


def test_labels_are_the_share_of_those_who_picked(archive: Archive) -> None:
    story, other = Article(id="a", headline="Fire"), Article(id="b", headline="Flood")
    for who, verdict in (("ann", "picked"), ("bob", "rejected"), ("eve", "rejected"), ("max", "rejected")):
        archive.choose("scene-0001", story, verdict, who=who)
    archive.choose("scene-0002", story, who="ann")
    archive.choose("scene-0002", other, "rejected", who="ann")
    archive.choose("scene-0003", story)
    archive.undo(archive.choose("scene-0004", story).id)
    archive.remove("scene-0003")
    labels = ChoiceLabels(Store.open(archive.path))
    one, two = (archive.photo(f"scene-000{number}").id for number in (1, 2))
    assert labels.of("a", []) == {one: 0.25, two: 1.0}
    assert labels.of("b", []) == {two: 0.0}
    assert labels.of("c", []) == {}


def test_a_story_is_asked_as_it_was_last(archive: Archive) -> None:
    with pytest.raises(InputError, match="nothing was picked or rejected"):
        chosen_articles(Store.open(archive.path))
    archive.choose("scene-0001", Article(id="a", headline="Fire"))
    archive.choose("scene-0002", Article(id="a", headline="Fire in Kansas City", lead="It burns."))
    assert [(article.id, article.headline, article.lead) for article in chosen_articles(Store.open(archive.path))] == [
        ("a", "Fire in Kansas City", "It burns.")
    ]


def test_from_choices_to_a_probability(tmp_path: Path) -> None:
    """The newsroom's own picks and the wrong photos beside them calibrate as well as a truth does."""
    room = open_newsroom(tmp_path / "news")
    archive = open_archive(tmp_path / "archive")
    archive.add(room.photos)
    said = picdesk("calibrate", archive.path, "--choices")
    assert said.code == 2
    assert "nothing was picked or rejected" in said.err
    with Path(room.articles).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:40]
    for row in rows:
        story = Article(id=row["article_id"], headline=row["article_title"])
        for hit in archive.search(story, k=3, duplicates=True):
            archive.choose(
                hit.photo, story, "picked" if hit.photo.name == row["image_id"] else "rejected", rank=hit.rank
            )
    document = picdesk("calibrate", archive.path, "--choices", "--json").document
    assert document["labels"] == "choices"
    assert document["articles"] == 40
    assert document["hits"] == len(archive.choices())
    assert 0 < document["brier"] < document["brier_constant"]
    assert archive.search(rows[0]["article_title"])[0].confidence is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.csv", "--choices"], "the stories of choices are in the archive"),
        (["--truth", "t.csv", "--choices"], "Give one of"),
        (["--truth", "t.csv"], "no articles were named"),
        ([], "nothing says which photos fit"),
    ],
)
def test_what_does_not_go_together(archive: Archive, arguments: list[str], said: str) -> None:
    result = picdesk("calibrate", archive.path, *arguments)
    assert result.code == 2
    assert said in " ".join(result.err.split())


def test_too_little_is_said_to_be_so(tmp_path: Path) -> None:
    fill_folder(tmp_path / "photos", 2)
    archive = open_archive(tmp_path / "archive")
    archive.add(tmp_path / "photos")
    archive.choose("scene-0000", Article(headline="Fire"))
    with pytest.raises(InputError):
        archive.calibrate(choices=True)
    with pytest.raises(InputError, match="Give one of"):
        archive.calibrate([])
