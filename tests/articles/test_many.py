from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from picdesk.articles import UnreadArticle, read_article, read_articles
from picdesk.articles.addresses_listed import listed_in
from picdesk.articles.columns import ALIASES, match_columns
from picdesk.articles.fetch import Page
from picdesk.errors import ArticleError
from picdesk.records import Article
from tests.articles.pages import HEADLINE, PAGES, PARAGRAPHS

HEADER = "article_id,article_url,article_title,article_tags,image_id,image_url\n"


def articles(source: object, **more: object) -> list[Article]:
    found = list(read_articles(source, **more))  # type: ignore[arg-type]
    assert all(isinstance(one, Article) for one in found), found
    return found  # type: ignore[return-value]


def test_the_columns_of_newsimages_2025(tmp_path: Path) -> None:
    table = tmp_path / "newsarticles.csv"
    row = '7,https://x.org/a,"Fire, again: ""huge""",ann lee;bob|fire brigade,AB,https://x.org/b.jpg\r\n'
    table.write_bytes(b"\xef\xbb\xbf" + (HEADER.replace("\n", "\r\n") + row + ",,,,,\r\n\r\n").encode())
    (article,) = articles(table)
    assert article == Article(
        headline='Fire, again: "huge"',
        id="7",
        url="https://x.org/a",
        tags=("ann lee", "bob", "fire brigade"),
        read_by="table",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_in_any_encoding(tmp_path: Path, encoding: str, end: str) -> None:
    lines = ["Titel;Text;Datum;Sprache", '"Flut in Köln";"Erster Satz.', "", 'Zweiter „Satz“.";2024-03-05;de-DE']
    (tmp_path / "a.csv").write_bytes((end.join(lines) + end).encode(encoding))
    (article,) = articles(tmp_path / "a.csv", columns={"published": "Datum", "language": "sprache"})
    assert (article.headline, article.lead) == ("Flut in Köln", "Erster Satz.")
    assert article.text == "Erster Satz.\n\nZweiter „Satz“."
    assert (article.published, article.language, article.id) == (dt.date(2024, 3, 5), "de", "2")


def test_one_set_of_rows_in_every_format(tmp_path: Path) -> None:
    rows = [
        {
            "id": str(number),
            "headline": f"Story {number}",
            "text": f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}",
            "tags": "a; b",
        }
        for number in range(5)
    ]
    for name, sign in (("a.csv", ","), ("a.tsv", "\t")):
        with (tmp_path / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=sign)
            writer.writeheader()
            writer.writerows(rows)
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "a.json").write_text(json.dumps({"articles": rows}))
    (tmp_path / "b.json").write_text(json.dumps(rows))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    expected = articles(tmp_path / "a.csv")
    assert [article.id for article in expected] == ["0", "1", "2", "3", "4"]
    assert expected[0].text == "\n\n".join(PARAGRAPHS[:2])
    assert expected[0].tags == ("a", "b")
    for name in ("a.tsv", "a.jsonl", "a.json", "b.json", "a.parquet"):
        assert articles(tmp_path / name) == expected, name
        assert articles(io.BytesIO((tmp_path / name).read_bytes())) == expected, name


def test_bad_rows_are_recorded_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = ['{"id": 1, "title": "One"}', "{torn", "[]", '{"id": 4}', "", '{"id": "6", "title": "Six"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    found = list(read_articles(tmp_path / "a.jsonl"))
    assert [one.id for one in found] == ["1", "2", "3", "4", "6"]
    unread = [one for one in found if isinstance(one, UnreadArticle)]
    assert [one.place for one in unread] == ["line 2", "line 3", "line 4"]
    assert "not JSON" in unread[0].reason
    assert "not a JSON object" in unread[1].reason
    assert "neither a headline, a text nor an address" in unread[2].reason
    (tmp_path / "a.csv").write_text("id,title\n1,One\n2\n3,Three,3\n4,Four\n")
    assert [isinstance(one, Article) for one in read_articles(tmp_path / "a.csv")] == [True, False, False, True]


def test_columns_are_chosen_known_or_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Nr,Kopf,Körper\n1,One,Two\n")
    with pytest.raises(ArticleError, match="no column holds articles") as caught:
        read_articles(tmp_path / "a.csv")
    assert "Nr, Kopf, Körper" in caught.value.hint
    (article,) = articles(tmp_path / "a.csv", columns={"headline": "kopf", "text": "Körper"})
    assert (article.headline, article.text, article.id) == ("One", "Two", "2")
    for chosen, reason in ({"headline": "nope"}, "no column 'nope'"), ({"nope": "Kopf"}, "no field 'nope'"):
        with pytest.raises(ArticleError, match=reason):
            read_articles(tmp_path / "a.csv", columns=chosen)


def test_article_is_an_id_or_a_text_as_the_set_has_it() -> None:
    german = match_columns(["article", "aid", "url", "img", "iid", "hashvalue", "title", "text", "imgFile"], {})
    assert (german["id"], german["text"], german["headline"]) == ("article", "text", "title")
    mail = match_columns(["id", "article", "highlights"], {})
    assert mail == {"id": "id", "text": "article"}
    assert match_columns(["Article ID", "ARTICLE-TITLE"], {}) == {"id": "Article ID", "headline": "ARTICLE-TITLE"}
    assert len({alias for aliases in ALIASES.values() for alias in aliases}) >= 40


def test_rows_with_no_more_than_an_address_are_fetched(tmp_path: Path) -> None:
    asked: list[str] = []

    def fetch(url: str) -> Page:
        asked.append(url)
        if "bad" in url:
            raise ArticleError("no such host")
        return Page(PAGES["boilerplate"].encode(), url, "text/html")

    (tmp_path / "a.txt").write_text("# mine\nhttps://x.org/a\n\nhttps://x.org/bad\r\n")
    (tmp_path / "a.csv").write_text("id,url,title\nseven,https://x.org/a,\neight,https://x.org/b,Known\n")
    (article, unread) = read_articles(tmp_path / "a.txt", fetch=fetch)
    assert isinstance(article, Article)
    assert (article.id, article.url, article.lead) == ("2", "https://x.org/a", PARAGRAPHS[0])
    assert unread == UnreadArticle(id="4", place="line 4", reason="no such host")
    first, second = articles(tmp_path / "a.csv", fetch=fetch)
    assert (first.id, first.headline, second.headline) == ("seven", HEADLINE, "Known")
    assert asked == ["https://x.org/a", "https://x.org/bad", "https://x.org/a"]


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "b/one.html").write_text(PAGES["plain"])
    (tmp_path / "a.txt").write_text("Fire\n\nIt burnt.")
    (tmp_path / "bad.html").write_text("<html></html>")
    (tmp_path / "one_files").mkdir()
    (tmp_path / "one_files/frame.html").write_text(PAGES["plain"])
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    found = list(read_articles(tmp_path))
    assert [(one.id, type(one)) for one in found] == [("a", Article), ("b/one", Article), ("bad", UnreadArticle)]
    with pytest.raises(ArticleError, match="no article in the folder"):
        list(read_articles(tmp_path / "empty"))


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "7,https://x.org/a,Fire,,,\n",
        "id\ttitle\n7\tFire\n",
        '{"id": 7, "title": "Fire"}\n',
        '[{"id": 7, "title": "Fire"}]',
        '\n{"articles":\n[{"id": 7, "title": "Fire"}]}',
    ],
)
def test_a_stream_is_recognised(text: str) -> None:
    (article,) = articles(io.BytesIO(text.encode()))
    assert (article.id, article.headline) == ("7", "Fire")


def test_a_stream_of_one_story_is_that_story() -> None:
    for data in (PAGES["plain"].encode(), f"{HEADLINE}\n\n{PARAGRAPHS[0]}".encode()):
        (article,) = articles(io.BytesIO(data))
        assert (article.headline, article.lead) == (HEADLINE, PARAGRAPHS[0])
    with pytest.raises(ArticleError, match="no text"):
        list(read_articles(io.BytesIO(b"")))


def test_one_article_in_a_table_of_one_and_what_to_do_with_more(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"headline": "Fire", "text": "<p>It burnt &amp; fell.</p><p>Twice.</p>"}')
    article = read_article(tmp_path / "one.json")
    assert (article.headline, article.text, article.id) == ("Fire", "It burnt & fell.\n\nTwice.", "one")
    (tmp_path / "two.jsonl").write_text('{"headline": "a"}\n{"headline": "b"}\n')
    (tmp_path / "feed.xml").write_text("<rss version='2.0'><channel><item><title>x</title></item></channel></rss>")
    for name in ("two.jsonl", "feed.xml"):
        with pytest.raises(ArticleError, match="many articles") as caught:
            read_article(tmp_path / name)
        assert "read_articles" in caught.value.hint


def test_broken_documents(tmp_path: Path) -> None:
    for name, data in {
        "a.json": b"{",
        "b.json": b"7",
        "c.json": b"[" * 100_000,
        "d.parquet": b"PAR1",
        "e.csv": b"",
        "f.jsonl": b"\n",
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ArticleError) as caught:
            list(read_articles(tmp_path / name))
        assert caught.value.hint, name


@pytest.mark.shared
def test_real_tables(shared: Path) -> None:
    folder = shared / "data"
    found = articles(folder / "newsimages25/newsarticles.csv")
    assert len(found) == 5000
    assert len({article.id for article in found}) == 5000
    assert all(article.headline and article.url for article in found)
    with (folder / "newsimages21/MediaEvalNewsImagesBatch04articles.tsv").open(encoding="cp1252") as lines:
        expected = sum(1 for line in lines if line.strip()) - 1
    german = list(read_articles(folder / "newsimages21/MediaEvalNewsImagesBatch04articles.tsv"))
    assert len(german) == expected
    assert sum(isinstance(one, UnreadArticle) for one in german) == 0
    assert any("Straße" in one.headline for one in german if isinstance(one, Article))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lists_of_addresses_as_editors_save_them(tmp_path: Path, encoding: str, end: str) -> None:
    lines = ["URL", "# Tuesday", "https://x.org/a", "", "https://x.org/b"]
    (tmp_path / "list.txt").write_bytes(end.join(lines).encode(encoding))
    assert [(one.id, one.url) for one in listed_in(tmp_path / "list.txt")] == [
        ("3", "https://x.org/a"),
        ("5", "https://x.org/b"),
    ]


def test_what_is_wrong_with_a_stream_is_said_of_the_stream() -> None:
    for data in (b"", b'{"a":', b"PAR1x", b"\0\0\0\0"):
        with pytest.raises(ArticleError) as caught:
            list(read_articles(io.BytesIO(data)))
        assert "picdesk-" not in caught.value.message


def test_a_folder_is_not_taken_for_a_headline(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="a folder holds many articles"):
        read_article(str(tmp_path))
