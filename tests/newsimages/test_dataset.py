from __future__ import annotations

import csv
import datetime as dt
import os
from pathlib import Path

import pytest

from picdesk.errors import InputError
from picdesk.newsimages.article_ids import read_article_ids
from picdesk.newsimages.dataset import Dataset
from picdesk.newsimages.editions import EDITIONS, read_dataset
from picdesk.newsimages.editions.edition2025 import COLUMNS
from picdesk.newsimages.editions.tables import read_table
from picdesk.newsimages.split import chronological_split
from tests.drawn.scenes import draw_scene, jpeg_bytes

HEADER_2021 = "article\taid\turl\timg\tiid\thashvalue\ttitle\ttext\timgFile"
HEADER_2023 = "# article\taid\turl\timg\tiid\thashvalue\ttitle\ttext\timgFile\tDate"
HEADER_2025 = "article_id,article_url,article_title,article_tags,image_id,image_url"
HASH_A, HASH_B = "00082F807A3118C5431AC6CC0FC7C8FF", "003CD8440F0FCF943D1E9A3A49D1A9BF"


def notes(dataset: Dataset) -> dict[str, int]:
    return {note.what: note.count for note in dataset.notes}


def photo(path: Path, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg_bytes(draw_scene(seed, size=(46, 26))))


@pytest.fixture
def edition2021(tmp_path: Path) -> Path:
    train = [
        HEADER_2021,
        "509005634\t118171\thttps://x.de/a\thttps://x.de/i/a.jpg\t118805\tAAArC\tMann durch Böller verletzt\t"
        "In Celle.\tAAArC.jpg",
        '509006281\t118172\thttps://x.de/b\thttps://x.de/i/b.jpg\t118806\tBBBvZ\t"Er sagt ""nein"""\tText\tBBBvZ.jpg',
    ]
    (tmp_path / "content2019-01.tsv").write_text("\r\n".join(train) + "\r\n", encoding="utf-8", newline="")
    articles = [
        "articleID\taid\turl\t\t\thashvalue\ttitle\ttext",
        "1490725239\t\thttps://x.de/c\t\t\t\tStraße frei – endlich\tIn Köln",
        "",
        "\t\t\t\t\t\t\t",
    ]
    (tmp_path / "MediaEvalNewsImagesBatch04articles.tsv").write_bytes("\r\n".join(articles).encode("cp1252"))
    images = ["img\tiid\timgFile", "https://x.de/i/c.jpg\t134123\tCCCcz.jpg", "https://x.de/i/d.jpg\t134999\tDDDdd.jpg"]
    (tmp_path / "MediaEvalNewsImagesBatch04images.tsv").write_text("\r\n".join([*images, "\t\t\r\n"]), newline="")
    truth = [
        HEADER_2021,
        "523949072\t133479\thttps://x.de/c\thttps://x.de/i/c.jpg\t134123\tCCCcz\tStraße frei – endlich\tIn Köln\t"
        "CCCcz.jpg",
    ]
    (tmp_path / "content2019-04-gt.tsv").write_text("\r\n".join(truth), encoding="utf-8", newline="")
    (tmp_path / "my-prediction.tsv").write_text("1490725239\t134123\t134999\n")
    (tmp_path / "notes.txt").write_text("not a table\n")
    return tmp_path


def test_2021_with_its_two_encodings_and_hidden_ids(edition2021: Path) -> None:
    photo(edition2021 / "images/AAArC.jpg", 1)  # named by its hash
    photo(edition2021 / "images/118806.jpg", 2)  # named by its id
    photo(edition2021 / "images/other.jpg", 3)
    dataset = read_dataset(edition2021)
    assert dataset.edition == "2021"
    assert {article.id: article.headline for article in dataset.articles} == {
        "523949072": "Straße frei – endlich",
        "509005634": "Mann durch Böller verletzt",
        "509006281": 'Er sagt "nein"',
    }
    assert dataset.pairs == {"523949072": "134123", "509005634": "118805", "509006281": "118806"}
    assert dataset.parts == {"test": ("523949072",), "train": ("509005634", "509006281")}
    assert dataset.aliases == {"1490725239": "523949072"}
    assert {article.language for article in dataset.articles} == {"de"}
    assert {item.name: item.path and item.path.name for item in dataset.photos} == {
        "134123": None,
        "134999": None,
        "118805": "AAArC.jpg",
        "118806": "118806.jpg",
        "other": "other.jpg",
    }
    assert next(item for item in dataset.photos if item.name == "134123").hash == "CCCcz"
    assert notes(dataset) == {
        "files that belong to no edition, not read": 2,
        "photos that no row names": 1,
        "photos whose file is not here": 2,
        "rows that are blank": 2,
        "tables that are not UTF-8 and were read as Windows-1252": 1,
    }


def gdelt(folder: Path) -> None:
    text = [
        HEADER_2023,
        "2023072018004890\t20230720180000-1566\thttps://x.org/a\t\t\t20230720180000-1566\tTown â€“ 110 years\t"
        "hotel;jobs|town hall;hotel\t\t4512",
        "2023072018000480\t20230720180000-1568\thttps://x.org/b\t\t\t20230720180000-1568\tPolice report\tN/A\t\t4513",
    ]
    images = [HEADER_2023, *(f"\t\t\t\t{name}\t\t\t\t{name}.jpg\t" for name in (HASH_A, HASH_B))]
    train = [
        HEADER_2023,
        f"2023071918004890\t5\thttps://x.org/t\thttps://x.org/t.jpg\t{HASH_A}X\t\tTrained\ttag\t{HASH_A}X.jpg\t4511",
    ]
    for name, lines in (("Test-Text", text), ("Test-Img", images), ("Training", train)):
        path = folder / f"GDELT-Dataset/GDELT-P1-{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_2023_whose_test_articles_and_photos_stand_apart(tmp_path: Path) -> None:
    gdelt(tmp_path)
    photo(tmp_path / f"GDELT-Dataset/GDELT-P1-Test/{HASH_A}.jpg")
    rt = [
        "# article\taid\turl\timg\tiid\thashvalue\ttitle\ttext\ttitleEN\ttextEN\timgFile ",
        "1\t2\thttps://de.rt.com/europa/1\t\t\t\tGericht verurteilt\tEin Jahr danach\t"
        "Court sentences\tOne year after\t",
    ]
    (tmp_path / "rt-test-text.txt").write_text("\ufeff" + "\r\n".join(rt), encoding="utf-8")
    dataset = read_dataset(tmp_path)
    assert dataset.edition == "2023"
    assert [article.id for article in dataset.articles] == [
        "https://x.org/a",
        "https://x.org/b",
        "https://x.org/t",
        "https://de.rt.com/europa/1",
    ]
    first = dataset.articles[0]
    assert (first.headline, first.lead, first.tags) == ("Town – 110 years", "", ("hotel", "jobs", "town hall"))
    assert (first.published, first.language) == (dt.date(2023, 7, 20), None)
    assert dataset.aliases["2023072018004890"] == "https://x.org/a"
    assert dataset.pairs == {"https://x.org/t": f"{HASH_A}X"}
    assert {item.name for item in dataset.photos if item.path} == {HASH_A}
    assert [item.name for item in dataset.photos] == [HASH_A, HASH_B, f"{HASH_A}X"]
    assert dataset.parts["gdelt-p1"] == ("https://x.org/a", "https://x.org/b", "https://x.org/t")
    assert dataset.parts["rt"] == ("https://de.rt.com/europa/1",)
    assert dataset.parts["train"] == ("https://x.org/t",)
    german, english = dataset.articles[3], dataset.english["https://de.rt.com/europa/1"]
    assert (german.headline, german.lead, german.language) == ("Gericht verurteilt", "Ein Jahr danach", "de")
    assert (english.headline, english.lead, english.language) == ("Court sentences", "One year after", "en")
    said = notes(dataset)
    assert said["rows with broken letters, mended"] == 1
    assert said["rows with cells that say N/A, read as empty"] == 1
    assert said["photos whose file is not here"] == 2


def test_2022_is_told_by_its_sets_and_rt_alone_is_not(tmp_path: Path) -> None:
    row = "7\t8\thttps://x.org/{}\thttps://x.org/i.jpg\t{}\tabc\tTitle {}\tText\t{}.jpg"
    for name in ("RSS-training", "rt_test", "tw-train"):
        lines = [HEADER_2021.replace("article", "# article", 1), row.format(name, name, name, name)]
        (tmp_path / f"{name}.tsv").write_text("\n".join(lines))
    dataset = read_dataset(tmp_path)
    assert dataset.edition == "2022"
    assert {part: len(ids) for part, ids in dataset.parts.items()} == {
        "train": 2,
        "test": 1,
        "rss": 1,
        "rt": 1,
        "tw": 1,
    }
    assert {article.id: article.language for article in dataset.articles}["https://x.org/rt_test"] == "de"
    for name in ("RSS-training", "tw-train"):
        (tmp_path / f"{name}.tsv").unlink()
    with pytest.raises(InputError, match="not clear of which edition") as error:
        read_dataset(tmp_path)
    assert "2022 or 2023" in error.value.hint
    assert read_dataset(tmp_path, "2023").edition == "2023"


@pytest.fixture
def edition2025(tmp_path: Path) -> Path:
    rows = [
        '1,https://x.org/2023/07/19/a,"Title, of one",tag one;two|org,AA,https://x.org/A.jpg',
        "2,https://x.org/b,TrumpÃ¢â‚¬â„¢s day,N/A,BB,https://x.org/B.jpg",
        "3,https://x.org/c,Third,a,AA,https://x.org/A.jpg",
        "3,https://x.org/c,Another third,a,AA,https://x.org/A.jpg",
        ",https://x.org/d,No number,a,CC,https://x.org/C.jpg",
        "5,https://x.org/e,,a,,",
        "6,short",
        "7,https://x.org/f,Seven,a,DD,https://x.org/D.jpg,more",
        ",,,,,",
        "8.0,https://x.org/g,Eight,a,BB,https://x.org/B.jpg",
    ]
    (tmp_path / "newsarticles.csv").write_text(
        "\ufeff" + "\r\n".join([HEADER_2025, *rows]), encoding="utf-8", newline=""
    )
    (tmp_path / "subset.csv").write_text("\n".join([rows[2], rows[0]]))
    for seed, name in enumerate(("AA", "BB", "EXTRA")):
        photo(tmp_path / f"newsimages/{name}.jpg", seed)
    return tmp_path


def test_2025_and_everything_that_is_wrong_with_it(edition2025: Path) -> None:
    dataset = read_dataset(edition2025)
    assert dataset.edition == "2025"
    assert [article.id for article in dataset.articles] == ["1", "2", "3", "https://x.org/d", "5", "6", "8.0"]
    first, second = dataset.articles[:2]
    assert (first.headline, first.tags, first.published) == (
        "Title, of one",
        ("tag one", "two", "org"),
        dt.date(2023, 7, 19),
    )
    assert (second.headline, second.tags, second.published) == ("Trump’s day", (), None)
    assert dataset.pairs == {"1": "AA", "2": "BB", "3": "AA", "https://x.org/d": "CC", "8.0": "BB"}
    assert dataset.parts == {"subset": ("3", "1")}
    assert [item.name for item in dataset.photos] == ["AA", "BB", "CC", "EXTRA"]
    assert notes(dataset) == {
        "articles to which two rows give different headlines, of which the first counts": 1,
        "articles whose photo an earlier article has too": 2,
        "articles without a headline": 2,
        "articles without a photo": 2,
        "ids that a table program has changed": 1,
        "photos that no row names": 1,
        "photos whose file is not here": 1,
        "rows that are blank": 1,
        "rows with broken letters, mended": 1,
        "rows with cells that say N/A, read as empty": 1,
        "rows with fewer cells than columns, read as far as they go": 1,
        "rows with more cells than columns, left out": 1,
    }


def test_2026_has_no_tags_and_its_test_set_no_photos(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(
        "article_id,article_url,article_title,image_id\n10,https://x.org/a,One,\n11,,Two,\n"
    )
    dataset = read_dataset(tmp_path)
    assert (dataset.edition, [article.headline for article in dataset.articles]) == ("2026", ["One", "Two"])
    assert dataset.parts == {"test": ("10", "11")}
    assert (dataset.photos, dataset.notes) == ((), ())


def test_a_single_table_can_be_named(edition2025: Path) -> None:
    dataset = read_dataset(edition2025 / "newsarticles.csv")
    assert len(dataset.articles) == 7
    assert {item.name for item in dataset.photos if item.path} == {"AA", "BB", "EXTRA"}


@pytest.mark.parametrize("lone", ['"Gute Lösungen', 'said "no" and left', '""', '"a" b'])
def test_lone_quotes_are_letters_and_swallow_no_rows(lone: str, tmp_path: Path) -> None:
    rows = [
        f"{number}\t1\thttps://x.org/{number}\t\t\t\t{lone if number == 2 else 'Title'}\ttext\t\t"
        for number in range(5)
    ]
    (tmp_path / "gdelt-p1-test-text.txt").write_text("\n".join([HEADER_2023, *rows]))
    dataset = read_dataset(tmp_path)
    assert [article.id[-1] for article in dataset.articles] == list("01234")


def test_a_quoted_cell_may_hold_line_ends(tmp_path: Path) -> None:
    (tmp_path / "newsarticles.csv").write_text(f'{HEADER_2025}\n1,u,"Two\nlines",t,AA,i\n2,u,"x, ""y""",t,BB,i\n')
    assert [article.headline for article in read_dataset(tmp_path).articles] == ["Two lines", 'x, "y"']


@pytest.mark.parametrize(
    "text",
    [
        "117\n2\n117\n",
        "article_id\n117\n2\n",
        "\ufeff117,u,Title; one; two; three; four; five; six; seven,t,AA,i\r\n2,u,T,t,BB,i\r\n",
        f"{HEADER_2025}\n117,u,t,t,A,i\n2,u,t,t,A,i\n",
    ],
)
def test_ids_of_a_subset_with_and_without_a_header(text: str, tmp_path: Path) -> None:
    (tmp_path / "subset.csv").write_text(text, newline="")
    assert read_article_ids(tmp_path / "subset.csv") == ("117", "2")


@pytest.mark.parametrize("data", [b"", b"\n \n", b"article_id\n", b"N/A,b,c\n"])
def test_a_list_without_articles_is_an_error(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "subset.csv").write_bytes(data)
    with pytest.raises(InputError, match="names no article"):
        read_article_ids(tmp_path / "subset.csv")


def test_utf16_and_semicolons_and_unknown_letters(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("article_id;article_title;image_id\n1;Ä, b;X\n", encoding="utf-16")
    table = read_table(tmp_path / "a.csv")
    assert table
    assert table.rows == ((2, ("1", "Ä, b", "X")),)
    (tmp_path / "b.tsv").write_bytes(b"article\ttitle\n1\tK\xf6ln \x81\n")
    table = read_table(tmp_path / "b.tsv")
    assert table
    assert table.rows == ((2, ("1", "Köln \ufffd")),)
    assert table.notes["lines with a letter that no encoding knows"] == (2,)


def test_what_is_no_data_set_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no table of a NewsImages data set"):
        read_dataset(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no table of a NewsImages data set"):
        read_dataset(tmp_path)
    with pytest.raises(InputError, match="no edition '2020'") as error:
        read_dataset(tmp_path, "2020")
    assert all(name in error.value.hint for name in EDITIONS)
    with pytest.raises(InputError, match="cannot be read: no such file"):
        read_article_ids(tmp_path / "gone.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    assert read_table(tmp_path / "x.csv") is None
    with pytest.raises(InputError, match="not a regular file"):
        read_article_ids(tmp_path / "pipe.csv")


@pytest.mark.shared
def test_the_real_set_of_2021(shared: Path) -> None:
    dataset = read_dataset(shared / "data/newsimages21")
    assert (dataset.edition, len(dataset.articles), len(dataset.photos)) == ("2021", 9445, 9445)
    with (shared / "data/newsimages21/content2019-04-gt.tsv").open(encoding="utf-8", newline="") as file:
        truth = {row["article"]: row["iid"] for row in csv.DictReader(file, delimiter="\t")}
    assert {article: dataset.pairs[article] for article in dataset.parts["test"]} == truth
    assert set(dataset.aliases.values()) == set(truth)
    assert len(dataset.parts["train"]) == 2539 + 2604 + 2387
    assert notes(dataset)["rows that are blank"] == 1
    assert all("\ufffd" not in article.headline + article.lead for article in dataset.articles)
    # The organisers split by time, and numbers rise with it.
    assert set(chronological_split(dataset, test_share=1915 / 9445).test) == set(truth)


@pytest.mark.shared
def test_the_real_set_of_2025(shared: Path) -> None:
    dataset = read_dataset(shared / "data/newsimages25")
    assert (dataset.edition, len(dataset.articles)) == ("2025", 5000)
    assert [item.name for item in dataset.photos] == [dataset.pairs[article.id] for article in dataset.articles]
    assert all(item.path for item in dataset.photos)
    assert set(notes(dataset)) == {"rows with broken letters, mended"}
    assert not any("Ã" in article.headline for article in dataset.articles)
    assert len(COLUMNS) == 6
