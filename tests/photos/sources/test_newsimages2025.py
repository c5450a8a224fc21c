from __future__ import annotations

import csv
from pathlib import Path

import pytest

from picdesk.errors import SourceError
from picdesk.photos.sources import open_source
from picdesk.records import PhotoMetadata
from tests.photos.sources.collect import outcome, outcomes

REAL = Path(__file__).resolve().parents[3] / "../shared/data/newsimages25"
HEADER = "article_id,article_url,article_title,article_tags,image_id,image_url\n"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    rows = [
        '1,https://x.org/a,"Title, of one",tag;s|o,AA,https://x.org/Harbour-Fire.jpg?w=1',
        "2,https://x.org/b,Title,tags,BB,https://x.org/2023/IMG_1.jpg",
        "3,https://x.org/c,Title,tags,AA,https://x.org/Another-Name.jpg",
        "4,https://x.org/d,Title,tags,GONE,https://x.org/Lost.jpg",
        "5,https://x.org/e,Title,tags,../../etc/passwd,https://x.org/Evil.jpg",
        "6,short",
        "7,https://x.org/f,Title,tags,,https://x.org/None.jpg",
    ]
    (tmp_path / "newsarticles.csv").write_text("\ufeff" + HEADER + "\n".join(rows))
    (tmp_path / "newsimages").mkdir()
    for name in ("AA.jpg", "BB.png", "EXTRA.jpg", ".hidden.jpg", "list.txt"):
        (tmp_path / "newsimages" / name).write_text(name)
    return tmp_path


def test_photos_once_each_and_none_left_out(dataset: Path) -> None:
    found = list(open_source(dataset))
    assert [(item.name, item.file_words, outcome(item)) for item in found] == [
        ("AA", "Harbour Fire", "AA.jpg"),
        ("BB", "", "BB.png"),
        ("GONE", "Lost", "refused: no such file in newsimages"),
        ("../../etc/passwd", "Evil", "refused: no such file in newsimages"),
        ("", "", "refused: line 7 has 2 fields where the header has 6"),
        ("", "", "refused: line 8 names no image"),
        ("EXTRA", "", "EXTRA.jpg"),
    ]
    assert len({item.uri for item in found}) == len(found)


def test_an_article_never_describes_its_own_photo(dataset: Path) -> None:
    for found in open_source(dataset):
        assert found.given == PhotoMetadata()
        assert "Title" not in found.file_words


def test_it_is_recognised_and_can_be_overruled(dataset: Path) -> None:
    assert outcomes(open_source(dataset)) == outcomes(open_source(str(dataset), format="newsimages2025"))
    assert sorted(item.name for item in open_source(dataset, format="folder")) == ["AA", "BB", "EXTRA"]
    with pytest.raises(SourceError, match="fixed"):
        open_source(dataset, columns={"caption": "article_title"})
    (dataset / "newsarticles.csv").write_text("article_id,picture\n1,2\n")
    with pytest.raises(SourceError, match=r"no column image_id(.|\n)*article_id, picture"):
        open_source(dataset)


@pytest.mark.shared
@pytest.mark.skipif(not REAL.is_dir(), reason="needs the measuring material in ../shared")
def test_the_real_data_set() -> None:
    found = list(open_source(REAL))
    with (REAL / "newsarticles.csv").open(encoding="utf-8-sig", newline="") as file:
        ids = list(dict.fromkeys(row["image_id"] for row in csv.DictReader(file)))
    assert [item.name for item in found] == ids
    assert all(item.size for item in found)
    assert all(item.given == PhotoMetadata() for item in found)
    assert found[0].read()[:3] == b"\xff\xd8\xff"
    assert 3000 < sum(bool(item.file_words) for item in found) < 3600
