"""The signals of many articles at once, against one search each."""

from __future__ import annotations

import csv
import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from picdesk import Article, open_archive, read_truth
from picdesk.records import Query
from picdesk.search.fusion import Scale
from picdesk.search.signals.of_many import Source, Weigher, answers_of
from tests.command_line import picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CAPTIONS = ["fire in Oslo", "flood in Lima", "fire in Lima", "strike in Oslo", "storm at sea", "parade in Cairo"]
STORIES = [
    ("a0", "Fire destroys a warehouse in Oslo", "p0", dt.date(2024, 1, 2)),
    ("a1", "Lima after the flood", "p1", dt.date(2024, 2, 3)),
    ("a2", "Warehouse fire: what is known of the Oslo warehouse", "p2", dt.date(2024, 3, 1)),
    ("a3", "Dockers on strike", "p3", None),
    ("a4", "Nobody has seen this coming", "p4", dt.date(2024, 5, 1)),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    folder = tmp_path_factory.mktemp("many")
    rows = []
    for number, caption in enumerate(CAPTIONS):
        (folder / f"{number}.jpg").write_bytes(jpeg_bytes(draw_scene(number)))
        row = {"file": f"{number}.jpg", "id": f"p{number}", "caption": caption, "credit": "AP" if number % 2 else "dpa"}
        rows.append(json.dumps(row | ({} if number == 5 else {"taken": f"2024-0{number + 1}-01T00:00:00"})))
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    with (folder / "articles.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["article_id", "article_title", "image_id", "published"])
        writer.writerows((story, title, photo, day or "") for story, title, photo, day in STORIES)
    open_archive(folder / "archive", encoder=clip).add(folder / "list.jsonl")
    return folder


def stories() -> list[Article]:
    return [Article(id=story, headline=title, published=day) for story, title, _, day in STORIES]


@pytest.mark.parametrize("where", [None, "credit = 'AP'"])
@pytest.mark.parametrize("with_table", [False, True])
@pytest.mark.parametrize("near", [False, True])
def test_date_and_two_hop_of_a_run_are_those_of_one_search_each(
    place: Path, where: str | None, *, with_table: bool, near: bool
) -> None:
    archive = open_archive(place / "archive")
    table = place / "articles.csv" if with_table else None
    ranked = archive.rank(stories(), depth=6, near=near, published=table, where=where)
    for article, (called, photos) in zip(stories(), ranked, strict=True):
        day = archive.to_query(article).date if near else None
        found = archive.search(article, k=6, near=day, published=table, where=where, duplicates=True)
        assert called == article.id
        assert [name for name, _ in photos] == [hit.photo.name for hit in found]
        np.testing.assert_allclose([score for _, score in photos], [hit.score for hit in found], rtol=1e-5, atol=1e-5)
        assert ("two-hop" in found[0].signals) == with_table
        assert ("date" in found[0].signals) == (day is not None)


def test_no_article_of_a_run_profits_from_its_own_row(place: Path, tmp_path: Path) -> None:
    archive = open_archive(place / "archive")
    own = tmp_path / "own.csv"
    for story, title, photo, _ in STORIES:
        # By its id under another headline, and by its headline, differently written, under another id.
        for row in (f"{story},Something else {title},{photo}", f"other,  {title.upper()} ,{photo}"):
            own.write_text(f"article_id,article_title,image_id\n{row}\n", encoding="utf-8")
            article = Article(id=story, headline=title)
            plain, offered = (dict(archive.rank([article], depth=6, published=table)) for table in (None, own))
            assert [name for name, _ in plain[story]] == [name for name, _ in offered[story]], row
    neighbour = dict(archive.rank(stories(), depth=6, published=place / "articles.csv"))
    alone = dict(archive.rank(stories(), depth=6))
    assert neighbour["a0"] != alone["a0"], "a2 is about the same warehouse, and its photo counts for a0"


def test_what_is_fitted_with_a_date_is_used_where_a_date_is_known(place: Path) -> None:
    archive = open_archive(place / "archive")
    said = picdesk("tune", place / "archive", place / "articles.csv", "--truth", place / "articles.csv", "--near",
                   "--published", place / "articles.csv", "--folds", "2", "-o", place / "f.toml", "--json")  # fmt: skip
    assert said.code == 0, said.err
    rows = {row["name"] for row in json.loads(said.out)["rows"] if row["kind"] == "signal"}
    assert rows == {"words", "tiny-clip", "meaning", "two-hop", "date"}
    tuned, _ = archive.tune(stories(), read_truth(place / "articles.csv"), near=True, folds=2, output=place / "g.toml")
    alone = {row.name: row.mean for row in tuned.rows if row.kind == "signal"}
    # Each photo was taken at most two days before its story; without a day (a3) nothing is found by the date.
    assert alone["date"] == pytest.approx(4 / 5)
    (place / "archive/fusion.toml").write_text(
        'fusion = "evidence"\nhalf_life = 30.0\n[weights]\ndate = 100.0\n', encoding="utf-8"
    )
    try:
        best = {called: photos[0][0] for called, photos in archive.rank(stories(), depth=1)}
    finally:
        (place / "archive/fusion.toml").unlink()
    assert [best[story] for story, *_ in STORIES if story != "a3"] == ["p0", "p1", "p2", "p4"]


def test_a_signal_that_is_not_asked_is_not_joined() -> None:
    asked: list[Sequence[str]] = []

    def weigh(number: int, photos: Sequence[str]) -> tuple[dict[str, float], Scale] | None:
        asked.append(photos)
        return None if number else (dict.fromkeys(photos, 1.0), Scale())

    words = Source(name="words", kind="words", answers=iter([({"a": 2.0}, Scale()), ({"b": 1.0}, Scale())]))
    clip = Source(name="clip", kind="vectors", answers=iter([({"b": 0.3, "a": 0.1}, Scale()), None]))
    date = Weigher(name="date", kind="date", answers=iter(()), weigh=weigh)
    first, second = answers_of([words, clip, date])
    assert list(first) == ["words", "clip", "date"]
    assert first["date"][0] == {"a": 1.0, "b": 1.0}
    assert list(second) == ["words"]
    assert asked == [["a", "b"], ["b"]]


def test_the_bar_moves_while_photos_are_compared(place: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    archive = open_archive(place / "archive")
    archive.rank(
        stories(),
        progress=lambda done: seen.append(("articles", done, 5)),
        compared=lambda done, every: seen.append(("photos", done, every)),
    )
    photos = [done for what, done, _ in seen if what == "photos"]
    assert photos == sorted(photos)
    assert photos[-1] == 12, "six photos by the encoder and six by their captions"
    assert {every for what, _, every in seen if what == "photos"} == {12}
    assert seen.index(("photos", 12, 12)) < seen.index(("articles", 1, 5))


def test_a_query_without_words_has_no_similar_articles(place: Path) -> None:
    from picdesk.archive.store import Store
    from picdesk.search.published import read_published
    from picdesk.search.signals.two_hop import photos_of_similar

    store = Store.open(place / "archive")
    published = read_published(store, place / "articles.csv")
    assert photos_of_similar(published, Query(), []) == {}
