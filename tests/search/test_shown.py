"""Duplicates, variety, reasons, warnings and probabilities, as a user of the library meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from picdesk import Article, Query, open_archive, read_articles, read_truth
from picdesk.api import Archive
from picdesk.errors import InputError, MissingError
from picdesk.search.confidence.calibration import FILE
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.search.newsroom import Newsroom, open_newsroom


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    return open_newsroom(tmp_path_factory.mktemp("room") / "news")


@pytest.fixture(scope="module")
def filled(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archives") / "archive"
    open_archive(folder).add(newsroom.photos)
    return folder


@pytest.fixture(scope="module")
def calibrated(filled: Path, newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    folder = tmp_path_factory.mktemp("calibrated") / "archive"
    shutil.copytree(filled, folder)
    archive = open_archive(folder)
    archive.calibrate(stories(newsroom), truth=read_truth(newsroom.articles))
    return archive


def stories(newsroom: Newsroom) -> list[Article]:
    return [article for article in read_articles(newsroom.articles) if isinstance(article, Article)]


def copies(folder: Path) -> Path:
    """Three pictures in seven files of different bytes."""
    folder.mkdir()
    for scene, qualities in ((1, (95, 80, 60)), (2, (90, 70)), (3, (90, 75))):
        for quality in qualities:
            name = f"harbour-fire-{scene}-{quality}.jpg"
            (folder / name).write_bytes(jpeg_bytes(draw_scene(scene), quality))
    return folder


def test_one_picture_is_one_hit(tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(copies(tmp_path / "photos"))
    apart = archive.search("harbour fire", k=10, duplicates=True)
    assert len(apart) == 7
    assert not any(hit.siblings for hit in apart)
    joined = archive.search("harbour fire", k=10)
    assert len(joined) == 3
    order = [hit.photo.id for hit in apart]
    for hit in joined:
        scene = hit.photo.name.split("-")[2]
        group = [hit.photo, *hit.siblings]
        assert {photo.name.split("-")[2] for photo in group} == {scene}
        assert [order.index(photo.id) for photo in group] == sorted(order.index(photo.id) for photo in group)
    assert sorted(photo.id for hit in joined for photo in (hit.photo, *hit.siblings)) == sorted(order)
    assert [hit.rank for hit in joined] == [1, 2, 3]
    assert [hit.photo.id for hit in joined] == sorted((hit.photo.id for hit in joined), key=order.index)
    assert len(archive.search("harbour fire", k=2)) == 2


@pytest.mark.parametrize("with_encoder", [True, False])
def test_variety_keeps_the_best_and_changes_the_rest(
    with_encoder: bool, scenes: Path, tmp_path: Path, clip: Path
) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip if with_encoder else None)
    archive.add(scenes)
    plain, varied = (archive.search("scene", k=10, variety=variety) for variety in (0.0, 0.8))
    assert varied[0].photo == plain[0].photo
    assert len({hit.photo.id for hit in varied}) == 10
    if with_encoder:
        assert [hit.photo.id for hit in varied] != [hit.photo.id for hit in plain]
    assert [hit.rank for hit in varied] == list(range(1, 11))
    scores = {hit.photo.id: hit.score for hit in archive.search("scene", k=40)}
    assert all(hit.score == scores[hit.photo.id] for hit in varied), "variety changes the order, not the scores"
    with pytest.raises(InputError, match="variety"):
        archive.search("scene", variety=1.5)


def test_why_says_shares_words_and_parts(scenes: Path, tmp_path: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(scenes)
    plain = archive.search("red scene, blue sky", k=5)
    assert all(hit.why == () for hit in plain)
    for fusion in ("evidence", "convex", "zscore", "minmax", "rrf"):
        answer = archive.search("red scene, blue sky", k=5, explain=True, fusion=fusion)
        for hit in answer:
            shares = [reason.share or 0.0 for reason in hit.why if reason.kind == "signal"]
            assert {reason.by for reason in hit.why if reason.kind == "signal"} == set(hit.signals)
            assert sum(shares) == pytest.approx(1) or not any(shares)
    assert [hit.photo.id for hit in archive.search("red scene, blue sky", k=5, explain=True)] == [
        hit.photo.id for hit in plain
    ]
    kinds = {reason.kind for hit in archive.search("red scene, blue sky", k=5, explain=True) for reason in hit.why}
    assert {"signal", "words", "text"} <= kinds
    (alone,) = archive.search(image=scenes / "scene-0000.jpg", k=1, explain=True)
    assert [(reason.kind, reason.share) for reason in alone.why] == [("signal", 1.0)]


def test_warnings_come_with_every_answer(tmp_path: Path) -> None:
    (tmp_path / "p.jpg").write_bytes(jpeg_bytes(draw_scene(1)))
    said = {
        "file": "p.jpg",
        "caption": "Fire at the harbour",
        "instructions": "EDITORIAL USE ONLY",
        "digital_source_type": "trainedAlgorithmicMedia",
    }
    (tmp_path / "list.jsonl").write_text(json.dumps(said))
    archive = open_archive(tmp_path / "archive")
    archive.add(tmp_path / "list.jsonl")
    (hit,) = archive.search("harbour fire")
    assert [warning.split(":")[0] for warning in hit.warnings] == ["AI-made", "restricted"]


def test_without_a_calibration_no_probability(filled: Path) -> None:
    answer = open_archive(filled).search("fire in Oslo")
    assert answer.fits_well is None
    assert all(hit.confidence is None for hit in answer)
    assert not any("probabilit" in note for note in answer.notes)
    with pytest.raises(MissingError, match="no calibration"):
        open_archive(filled).search("fire in Oslo", risk=0.5)


def test_probabilities_follow_what_the_newsroom_did(calibrated: Archive) -> None:
    clear, vague = calibrated.search("Reports of a storm near Delhi"), calibrated.search("What comes after the storm")
    assert clear[0].photo.caption == "storm in Delhi"
    assert clear[0].confidence is not None
    assert vague[0].confidence is not None
    assert clear[0].confidence > 0.5 > 0.3 > vague[0].confidence
    assert all(0 < (hit.confidence or 0) < 1 for hit in clear)
    assert clear.fits_well
    assert not vague.fits_well
    assert any(note.startswith("nothing here fits well") for note in vague.notes)
    # How many hits were asked for is no evidence, nor is whether they are explained.
    for k in (1, 3, 50):
        assert calibrated.search("Reports of a storm near Delhi", k=k)[0].confidence == clear[0].confidence
    assert calibrated.search("What comes after the storm", risk=0.99).fits_well
    assert not calibrated.search("Reports of a storm near Delhi", risk=0.01).fits_well
    at_bound = calibrated.search("Reports of a storm near Delhi", risk=1 - clear[0].confidence)
    assert at_bound.fits_well
    for nonsense in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="risk"):
            calibrated.search("fire", risk=nonsense)
    assert calibrated.verify() == []


def test_a_calibration_of_another_search_is_passed_over(
    calibrated: Archive, newsroom: Newsroom, tmp_path: Path, clip: Path
) -> None:
    words = {"weights": {"words": 3.0}} if len(calibrated.search("fire in Oslo")[0].signals) > 1 else {}
    if words:
        other = calibrated.search("fire in Oslo", **words)  # type: ignore[arg-type]
        assert other.fits_well is None
        assert any("the calibration is about the fusion" in note for note in other.notes)
    read = calibrated.search("fire in Oslo", reading="headline")
    assert read.fits_well is None
    assert any("the reading default" in note for note in read.notes)
    asked = calibrated.search(calibrated.to_query("fire in Oslo"))
    assert asked.fits_well is not None, "a query of one's own has no reading that is known"
    folder = tmp_path / "archive"
    shutil.copytree(calibrated.path, folder)
    more = open_archive(folder, encoder=clip)
    more.add(newsroom.photos)
    stale = more.search("fire in Oslo")
    assert stale.fits_well is None
    assert any("the signals" in note and "tiny-clip" in note for note in stale.notes)
    with pytest.raises(MissingError, match="calibrate again"):
        more.search("fire in Oslo", risk=0.5)
    picture = more.search(image=newsroom.photos.parent / "3.jpg")
    assert any("a picture was asked for" in note for note in picture.notes)


def test_people_decide_instead_of_the_truth(filled: Path, newsroom: Newsroom, tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(filled, folder)
    archive = open_archive(folder)
    articles = stories(newsroom)
    shares: dict[str, dict[str, float]] = {}
    for article in articles:
        for hit in archive.search(article, k=3):
            whole = all(word in article.headline for word in (hit.photo.caption or "").split(" in "))
            shares.setdefault(article.id, {})[hit.photo.name] = 0.75 if whole else 0.25
    made = archive.calibrate(articles, ratings=shares)
    assert made.labels == "ratings"
    answer = archive.search("Reports of a storm near Delhi", k=3)
    assert answer[0].confidence == pytest.approx(0.75, abs=0.1)
    assert answer[2].confidence == pytest.approx(0.25, abs=0.1)
    with pytest.raises(InputError, match="one of a truth, ratings or choices"):
        archive.calibrate(articles)
    with pytest.raises(InputError, match="says nothing about"):
        archive.calibrate(articles, ratings={"unknown": {"p1": 1.0}})


def test_what_is_kept_says_what_it_was_fitted_for(calibrated: Archive) -> None:
    said = json.loads((calibrated.path / FILE).read_text(encoding="utf-8"))
    assert set(said["fitted_for"]) == {"signals", "fusion", "reading"}
    assert "words" in said["fitted_for"]["signals"]
    assert said["fitted_for"]["reading"].startswith("default ")
    assert said["learned_from"]["labels"] == "truth"
    assert isinstance(calibrated.search(Query(words="fire Oslo")).fits_well, bool | None)
