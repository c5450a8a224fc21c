"""Lists of articles, and slices by their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from picdesk.errors import InputError
from picdesk.evaluate.article_list import read_article_list, try_article_list
from picdesk.evaluate.slices import SHOWN, slice_articles

LIST = """\
article_id,article_url,article_title,Language
7,https://www.example.org/sport/a.html,Five words are enough here,en
8,https://example.org/b.html,"Nine words, which is longer than the one before",de
9,https://[broken,,
10,https://news.example.com/politics/x/y.html,Short,en
"""


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def slices(path: Path, by: str, ids: tuple[str, ...] = ("7", "8", "9", "10", "11")) -> dict[str, list[str]]:
    sliced = slice_articles(ids, read_article_list(path, ids), by)
    return {name: [ids[row] for row in rows] for name, rows in sliced.slices.items()}


def test_by_a_column_as_it_stands_largest_first(articles: Path) -> None:
    assert slices(articles, "language") == {
        "en": ["7", "10"],
        "(not listed)": ["11"],
        "(not said)": ["9"],
        "de": ["8"],
    }


def test_by_what_follows_from_a_column(articles: Path) -> None:
    assert slices(articles, "length", ("8", "10", "7")) == {"1-5 words": ["10", "7"], "9-12 words": ["8"]}
    assert list(slices(articles, "length", ("8", "10", "7"))) == ["1-5 words", "9-12 words"]
    assert slices(articles, "domain", ("7", "8", "9", "10")) == {
        "example.org": ["7", "8"],
        "(not said)": ["9"],
        "news.example.com": ["10"],
    }
    assert slices(articles, "source", ("7",)) == {"example.org": ["7"]}
    assert slices(articles, "category", ("7", "8", "10")) == {
        "(not said)": ["8"],
        "politics": ["10"],
        "sport": ["7"],
    }


def test_a_column_of_that_name_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("id\turl\tcategory\n1\thttps://a.org/sport/x\tculture\n", encoding="utf-8")
    assert slices(path, "category", ("1",)) == {"culture": ["1"]}


def test_every_article_is_in_one_slice_and_small_ones_are_joined(tmp_path: Path) -> None:
    ids = tuple(str(number) for number in range(100))
    path = tmp_path / "list.csv"
    path.write_text("id,place\n" + "".join(f"{one},p{int(one) % 30}\n" for one in ids), encoding="utf-8")
    made = slices(path, "place", ids)
    assert len(made) == SHOWN
    assert list(made)[-1] == "(other: 19 values)"
    assert sorted(article for rows in made.values() for article in rows) == sorted(ids)


def test_the_column_of_ids_is_the_one_that_knows_the_articles(articles: Path) -> None:
    urls = ("https://example.org/b.html",)
    listed = read_article_list(articles, urls)
    assert listed.headline(urls[0]) == "Nine words, which is longer than the one before"
    assert listed.headline("8") == ""


def test_a_list_with_comment_headers_and_broken_encoding(tmp_path: Path) -> None:
    path = tmp_path / "articles.tsv"
    path.write_bytes("# article\ttitle\n1\tIt\u00e2\u20ac\u2122s here\n".encode())
    assert read_article_list(path, ("1",)).headline("1") == "It's here"


def test_what_cannot_be_used_is_said(articles: Path, tmp_path: Path) -> None:
    with articles.open("a") as file:
        file.write("12,too,few\n")
    notes = read_article_list(articles, ("7", "99")).notes
    assert notes == (
        "articles.csv: 1 rows cannot be used; the first: line 6 has 3 fields where the header has 4",
        "articles.csv: 1 articles of the truth are not listed",
    )
    with pytest.raises(InputError, match="knows none of the 1 articles"):
        read_article_list(articles, ("x",))
    (tmp_path / "other.csv").write_text("name,age\nx,1\n")
    with pytest.raises(InputError, match="no column names the articles") as raised:
        read_article_list(tmp_path / "other.csv", ("x",))
    assert "name, age" in raised.value.hint
    assert try_article_list(tmp_path / "other.csv", ("x",)) is None


def test_an_unknown_column_is_an_error_that_names_those_there_are(articles: Path) -> None:
    with pytest.raises(InputError, match="no column 'colour'") as raised:
        slices(articles, "colour")
    assert "article_url" in raised.value.hint
