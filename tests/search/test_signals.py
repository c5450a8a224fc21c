from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from picdesk import Article, open_archive
from picdesk.archive.store import Store
from picdesk.encoders import load_encoder
from picdesk.errors import InputError, NothingFound
from picdesk.records import Truth
from picdesk.search.memory import Memory
from picdesk.search.signals.date import nearness
from picdesk.search.signals.spread import sample_vectors, spread
from tests.drawn.scenes import draw_scene, jpeg_bytes

if TYPE_CHECKING:
    from pathlib import Path

CAPTIONS = ["red boat", "blue boat and people", "red car", "green tree", "old pier at sea", "pier with an old man"]


@pytest.fixture
def archived(tmp_path: Path, clip: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    rows = []
    for number, caption in enumerate(CAPTIONS):
        (folder / f"{number}.jpg").write_bytes(jpeg_bytes(draw_scene(number)))
        taken = f"2024-0{number + 1}-01T00:00:00"
        rows.append(json.dumps({"file": f"{number}.jpg", "id": f"p{number}", "caption": caption, "taken": taken}))
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    open_archive(tmp_path / "archive", encoder=clip).add(folder / "list.jsonl")
    return tmp_path / "archive"


def names(answer: object) -> list[str]:
    return [hit.photo.name for hit in answer]  # type: ignore[attr-defined]


def test_a_second_search_from_memory_answers_as_the_first(archived: Path) -> None:
    archive = open_archive(archived)
    answers = [archive.search("red boat", k=6, near=dt.date(2024, 3, 1)) for _ in range(4)]
    for later in answers[1:]:
        assert names(later) == names(answers[0])
        for one, other in zip(answers[0], later, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-4)
            assert one.signals == pytest.approx(other.signals, abs=1e-5)
    where = [names(archive.search("red boat", where="name != 'p0'")) for _ in range(2)]
    assert where[0] == where[1] == [name for name in names(answers[0]) if name != "p0"]


def test_a_removed_photo_is_gone_from_memory_too(archived: Path) -> None:
    archive = open_archive(archived)
    for _ in range(3):
        assert "p0" in names(archive.search("red boat"))
    open_archive(archived).remove("p0")
    for _ in range(3):
        assert "p0" not in names(archive.search("red boat"))


def test_words_after_a_minus_are_nowhere_in_the_answer(archived: Path) -> None:
    archive = open_archive(archived)
    assert "p1" in names(archive.search("boat"))
    answer = archive.search("boat -people")
    assert "p1" not in names(answer)
    assert names(answer)[0] == "p0"
    assert answer.query.without == ("people",)
    plain, away = (archive.search(text, k=6) for text in ("boat", "boat -tree"))
    values = [{hit.photo.name: hit.signals["tiny-clip"] for hit in each} for each in (plain, away)]
    assert values[0]["p0"] != values[1]["p0"], "the encoder looks away as well"
    with pytest.raises(InputError, match="nothing to search for"):
        archive.search("-people")


def test_more_like_this_leaves_this_out(archived: Path, clip: Path) -> None:
    from PIL import Image

    archive = open_archive(archived)
    answer = archive.search(like=["p2"], k=6)
    assert "p2" not in names(answer)
    assert answer.fusion == "none"
    images = [Image.open(archived.parent / f"photos/{number}.jpg").convert("RGB") for number in range(6)]
    vectors = load_encoder(clip).encode_images(images)
    cosines = vectors @ vectors[2]
    assert names(answer) == [f"p{number}" for number in np.argsort(-cosines) if number != 2]
    with pytest.raises(NothingFound):
        archive.search(like=["nobody"])


def test_photos_near_the_day_are_put_higher(archived: Path) -> None:
    archive = open_archive(archived)
    answer = archive.search("boat", near=dt.date(2024, 2, 1), weights={"date": 50.0})
    assert names(answer)[0] == "p1"
    assert answer[0].signals["date"] == 1.0
    for hit in answer:
        assert hit.photo.taken is not None
        days = (hit.photo.taken.date() - dt.date(2024, 2, 1)).days
        assert hit.signals["date"] == pytest.approx(nearness(days))
    assert "date" not in archive.search("boat")[0].signals


def test_two_hops_lead_over_published_articles_and_never_over_the_article_itself(
    archived: Path, tmp_path: Path
) -> None:
    table = tmp_path / "published.csv"
    table.write_text(
        "article_id,article_title,image_id\n1,Storm hits harbour town,p3\n2,Election results,p4\n3,Unknown,gone\n",
        encoding="utf-8",
    )
    archive = open_archive(archived)
    answer = archive.search("Harbour town after the storm", published=table, weights={"two-hop": 100.0})
    assert names(answer)[0] == "p3"
    assert answer[1].signals["two-hop"] is None
    itself = archive.search(Article(headline="Another headline, harbour storm", id="1"), published=table)
    assert all(hit.signals["two-hop"] is None for hit in itself)
    table.write_text("article_id,article_title,image_id\n1,Storm,gone\n", encoding="utf-8")
    with pytest.raises(InputError, match="no article of"):
        archive.search("storm", published=table)


def test_the_spread_is_that_of_all_cosines() -> None:
    generator = np.random.default_rng(0)
    sample, queries = (generator.standard_normal((n, 16)).astype(np.float32) for n in (500, 100))
    cosines = queries @ sample.T
    for asked in (queries[:1], queries):
        means, deviations = spread(sample, asked)
        assert means == pytest.approx(cosines[: len(asked)].mean(axis=1), abs=1e-5)
        assert deviations == pytest.approx(cosines[: len(asked)].std(axis=1), abs=1e-4)
    assert spread(sample[:1], queries[:2])[1].tolist() == [1.0, 1.0]


def test_a_sample_is_the_same_every_time_and_all_of_a_small_archive(archived: Path) -> None:
    store = Store.open(archived)
    entry = store.encoders()[0]
    assert len(sample_vectors(store, entry)) == 6
    some = sample_vectors(store, entry, size=2)
    assert len(some) <= 6
    assert (some == sample_vectors(store, entry, size=2)).all()
    assert np.linalg.norm(sample_vectors(store, entry), axis=1) == pytest.approx(np.ones(6), abs=1e-5)


def test_large_archives_are_not_kept_in_memory(archived: Path) -> None:
    memory = Memory(Store.open(archived), photos=5)
    for _ in range(3):
        memory.refresh()
        assert memory.kept is None
    small = Memory(Store.open(archived), size=10)
    for _ in range(2):
        small.refresh()
    assert small.kept is not None
    assert small.vectors(Store.open(archived).encoders()[0]) is None


def test_tuning_finds_the_signal_that_helps_and_search_and_rank_use_it(archived: Path) -> None:
    archive = open_archive(archived)
    articles = [Article(headline=caption, id=str(number)) for number, caption in enumerate(CAPTIONS)]
    truth = Truth(name="made up", gains={str(number): {f"p{number}": 1.0} for number in range(6)})
    tuned, file = archive.tune(articles, truth, folds=3)
    assert file == archived / "fusion.toml"
    fitted = {row.name: row for row in tuned.rows if row.kind == "fitted"}
    alone = {row.name: row for row in tuned.rows if row.kind == "signal"}
    assert alone["words"].mean == 1.0
    assert tuned.best_alone == "words"
    assert alone["words"].p == 1.0
    assert fitted[tuned.chosen].mean == max(row.mean for row in fitted.values())
    assert {row.name for row in tuned.rows if row.kind == "without"} == {"words", "tiny-clip", "meaning"}
    answer = archive.search("red boat")
    assert answer.fusion == tuned.chosen
    assert answer.weights == pytest.approx(tuned.settings.weights)
    assert any("fitted on 6 articles" in note for note in answer.notes)
    run = archive.rank(articles[:1])
    searched = archive.search(articles[0], k=6)
    assert [name for name, _ in next(iter(run))[1]][:3] == names(searched)[:3]
    with pytest.raises(InputError, match="does not make 2 parts"):
        archive.tune(articles[:1], truth, folds=2)
    with pytest.raises(InputError, match="no signal finds"):
        archive.tune(articles, Truth(name="wrong", gains={str(n): {"nobody": 1.0} for n in range(6)}), folds=2)
