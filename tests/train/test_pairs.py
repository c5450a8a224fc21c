"""Pairs from every format, with what is left out counted; and their split."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from picdesk import Article, open_archive
from picdesk.errors import InputError
from picdesk.train.pairs import FORMATS, read_pairs
from picdesk.train.split import check_leaks, split_pairs
from tests.drawn.scenes import fill_folder
from tests.train.scenes import write_stories


@pytest.fixture
def scenes_here(tmp_path: Path) -> Path:
    fill_folder(tmp_path / "images", 6)
    return tmp_path


def test_a_table_with_missing_photos_and_empty_texts(tmp_path: Path) -> None:
    table = write_stories(tmp_path / "day", 0, 12)
    (tmp_path / "day/images/s0003.png").unlink()
    text = table.read_text().splitlines()
    text[5] = "4,,s0004,homes,"
    text[6] = "5,no photo named,,homes,"
    text[7] = text[8]
    table.write_text("\n".join(text))
    pairs = read_pairs(table)
    assert pairs.format == "table"
    assert len(pairs) == 8
    assert pairs.skipped == {"photo not here": 1, "no text": 1, "no photo named": 1, "story stands there twice": 1}
    assert pairs.examples["photo not here"] == "3"
    first = pairs.pairs[0]
    assert (first.id, first.photo) == ("0", "s0000")
    assert first.more[0].startswith("a ")
    assert first.label in pairs.labels


def test_columns_are_mapped_and_wrong_ones_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("wer,was,bild\n1,ein Haus,s.png\n")
    (tmp_path / "s.png").write_bytes(b"")
    with pytest.raises(InputError, match="no column holds the photo"):
        read_pairs(tmp_path / "t.csv")
    pairs = read_pairs(tmp_path / "t.csv", columns={"photo": "bild", "text": "Was", "id": "wer"})
    assert pairs.pairs[0].text == "ein Haus"
    with pytest.raises(InputError, match="has no column"):
        read_pairs(tmp_path / "t.csv", columns={"photo": "foto"})
    with pytest.raises(InputError, match="has no field"):
        read_pairs(tmp_path / "t.csv", columns={"picture": "bild"})


def test_n24news(scenes_here: Path) -> None:
    rows = [{"image_id": f"scene-000{n}", "headline": f"Story {n}", "section": "Health"} for n in range(3)]
    (scenes_here / "nytimes_dataset.json").write_text(json.dumps([*rows, {"image_id": "gone", "headline": "x"}]))
    pairs = read_pairs(scenes_here)
    assert (pairs.format, len(pairs), pairs.labels, pairs.skipped) == ("n24news", 3, ("Health",), {"photo not here": 1})


def test_visualnews(scenes_here: Path) -> None:
    rows = [
        {"id": n, "caption": f"Caption {n}", "topic": "world", "image_path": f"./images/scene-000{n}.jpg"}
        for n in range(2)
    ]
    rows.append({"id": 7, "caption": "outside", "topic": "world", "image_path": "../../etc/passwd"})
    (scenes_here / "data.json").write_text(json.dumps(rows))
    pairs = read_pairs(scenes_here)
    assert (pairs.format, [pair.text for pair in pairs.pairs]) == ("visualnews", ["Caption 0", "Caption 1"])
    assert pairs.skipped == {"photo not here": 1}


def test_nytimes800k(scenes_here: Path) -> None:
    (scenes_here / "images").rename(scenes_here / "images_processed")
    rows = [
        {
            "_id": f"nyt-{n}",
            "headline": {"main": f"Headline {n}"},
            "pub_date": {"$date": f"2019-08-0{n + 1}T00:00:00Z"},
            "parsed_section": [{"type": "paragraph", "text": "p"}, {"type": "caption", "hash": f"scene-000{n}"}],
        }
        for n in range(3)
    ]
    (scenes_here / "articles.json").write_text("\n".join(map(json.dumps, rows)))
    pairs = read_pairs(scenes_here)
    assert (pairs.format, pairs.pairs[2].text, str(pairs.pairs[2].day)) == ("nytimes800k", "Headline 2", "2019-08-03")
    assert split_pairs(pairs, share=0.3).test == ("nyt-2",)


def test_breakingnews(scenes_here: Path) -> None:
    row = {"title": "A storm", "topic": "weather", "images": [{"url": "http://a.example/x/scene-0001.jpg?w=9"}]}
    (scenes_here / "articles").mkdir()
    for number in range(2):
        (scenes_here / f"articles/{number}.json").write_text(json.dumps(row | {"id": f"bn{number}"}))
    pairs = read_pairs(scenes_here)
    assert (pairs.format, len(pairs), pairs.pairs[0].photo) == ("breakingnews", 2, "scene-0001")


def test_an_archive_and_the_desks_choices(tmp_path: Path, photos: Path, clip: Path) -> None:
    archive = open_archive(tmp_path / "archive", encoder=clip)
    archive.add(photos)
    with pytest.raises(InputError, match="without choices"):
        read_pairs(str(archive.path))
    names = sorted(path.stem for path in photos.iterdir())[:6]
    stories = [Article(id=str(number), headline=f"Story {number}") for number in range(5)]
    for story, name in zip(stories, names, strict=False):
        archive.choose(name, story)
    archive.choose(names[5], stories[0])  # thought better of: the last pick counts
    archive.choose(names[4], stories[1], "rejected")
    archive.undo(archive.choose(names[0], stories[2]).id)
    (photos / f"{names[3]}.jpg").unlink()
    archive.remove(names[4])
    pairs = read_pairs(str(archive.path))
    assert pairs.format == "archive"
    assert {pair.id: pair.photo for pair in pairs.pairs} == {
        "0": archive.photo(names[5]).id,
        "1": archive.photo(names[1]).id,
        "2": archive.photo(names[2]).id,
    }
    assert pairs.skipped == {"photo not here": 2, "story stands there twice": 1}
    assert all(pair.day is not None for pair in pairs.pairs)


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        read_pairs(tmp_path / "nowhere")
    with pytest.raises(InputError, match="nothing that pairs are read from") as caught:
        read_pairs(tmp_path)
    assert all(name in caught.value.hint for name in FORMATS)
    with pytest.raises(InputError, match="no format 'coco'"):
        read_pairs(tmp_path, "coco")
    (tmp_path / "data.json").write_text("{broken")
    with pytest.raises(InputError, match="cannot be read as JSON"):
        read_pairs(tmp_path)


def test_pairs_of_one_photo_stay_on_one_side(tmp_path: Path) -> None:
    table = write_stories(tmp_path / "day", 0, 20)
    lines = table.read_text().splitlines()
    lines[-1] = lines[-1].replace("s0019", "s0000")
    table.write_text("\n".join(lines))
    pairs = read_pairs(table)
    for way in ("chronological", "random"):
        split = split_pairs(pairs, share=0.2, way=way, seed=1)
        photos = [{pair.photo for pair in pairs.some(side).pairs} for side in (split.train, split.test)]
        assert not photos[0] & photos[1]
        assert len(split.train) + len(split.test) == 20
    assert split_pairs(pairs, way="chronological").test == ("16", "17", "18")
    leaks = check_leaks(pairs, split_pairs(pairs, way="chronological"))
    assert leaks.count("same image") == 0
