from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.articles import article_from_text, read_article
from picdesk.articles.text import decode, repair
from picdesk.errors import ArticleError
from picdesk.records import Article
from tests.articles.pages import HEADLINE, PAGES, PARAGRAPHS

STORY = f"\n  {HEADLINE} \r\n\r\n" + "\r\n\r\n".join(PARAGRAPHS) + "\r\n"


def test_headline_lead_and_body() -> None:
    article = article_from_text(STORY, id="7")
    assert article == Article(
        headline=HEADLINE, lead=PARAGRAPHS[0], text="\n\n".join(PARAGRAPHS), id="7", read_by="text"
    )


def test_one_line_is_a_headline() -> None:
    assert read_article("Fire in Bergen") == Article(headline="Fire in Bergen")


def test_paragraphs_at_blank_lines_or_else_at_line_ends() -> None:
    assert article_from_text("H\nfirst\nsecond").text == "first\n\nsecond"
    wrapped = article_from_text("H\n\nfirst line\ngoes on\n\n \n\nsecond")
    assert (wrapped.lead, wrapped.text) == ("first line goes on", "first line goes on\n\nsecond")
    assert article_from_text("H\r\rold\u2028Mac").text == "old\n\nMac"


@pytest.mark.parametrize("text", ["", " \n\t\u200b\u00ad\n", "\ufeff", "\0"])
def test_nothing_is_no_article(text: str) -> None:
    with pytest.raises(ArticleError, match="no text") as caught:
        read_article(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("Talking About Sex Ã¢â‚¬â€œ Houston", "Talking About Sex – Houston"),
        ("Caf&Atilde;&copy; &amp; bar", "Café & bar"),
        ("“Typographic” ‘quotes’ stay", "“Typographic” ‘quotes’ stay"),
        ("ＦＩＦＡ", "ＦＩＦＡ"),
        ("soft\u00adhyphen\u200b and\u00a0space\ttab", "softhyphen and space tab"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("bell\x07 \x1b[31mred", "bell red"),
        ("half \ud800 pair", "half pair"),
        ("AT&T <b>", "AT&T <b>"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_repair(broken: str, mended: str) -> None:
    assert repair(broken).replace("\ufffd ", "") == mended


@given(st.text(max_size=200))
def test_any_text_is_repaired_to_valid_text_or_refused(text: str) -> None:
    try:
        article = article_from_text(text)
    except ArticleError:
        return
    assert article.headline == " ".join(article.headline.split())
    for part in (article.headline, article.lead, article.text):
        part.encode()
    assert article.text.startswith(article.lead)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_files_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "story 1.txt").write_bytes("Flut in Köln – „Not“\n\nErster Absatz.".encode(encoding))
    for source in (tmp_path / "story 1.txt", str(tmp_path / "story 1.txt")):
        article = read_article(source)
        assert (article.headline, article.lead, article.id) == ("Flut in Köln – „Not“", "Erster Absatz.", "story 1")


def test_html_files_by_ending_or_by_look(tmp_path: Path) -> None:
    for name in ("a.html", "a.HTM", "a.txt", "noending"):
        (tmp_path / name).write_text(PAGES["boilerplate"])
        assert read_article(tmp_path / name).lead == PARAGRAPHS[0]
        assert read_article(str(tmp_path / name)).read_by == "trafilatura"


@pytest.mark.parametrize(
    "source", ["story.html", "news/story.TXT", "none.csv", Path("story"), Path("a b.html"), Path()]
)
def test_missing_files(tmp_path: Path, source: str | Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArticleError, match=r"no such file|not a regular file") as caught:
        read_article(source)
    assert caught.value.hint


def test_text_that_only_resembles_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Fire").mkdir()
    for text in (
        "Fire",
        "Node.js",
        "What happened to index.html?",
        "x" * 5000,
        "Tesla/SpaceX",
        "Live: storm hits Oslo",
    ):
        assert read_article(text).headline == text


def test_files_that_hold_no_article(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF")
    (tmp_path / "table.csv").write_text("article_id,article_title\n1,x\n")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "huge.txt").write_text("word " * 1_100_000)
    (tmp_path / "empty.html").write_text("<html></html>")
    for name, reason in {
        "photo.jpg": "not text",
        "table.csv": "many articles",
        "empty.txt": "no text",
        "huge.txt": "larger than",
        "empty.html": "holds no article|no story",
    }.items():
        with pytest.raises(ArticleError, match=reason) as caught:
            read_article(tmp_path / name)
        assert name in caught.value.message
        assert caught.value.hint


def test_decode_never_fails_on_text() -> None:
    assert decode(b"Z\xfcrich \x81 \x96") == "Zürich \ufffd –"
