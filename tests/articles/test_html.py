from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
import trafilatura

from picdesk.articles import article_from_html
from picdesk.articles.headline import find_headline
from picdesk.articles.html import looks_like_html
from picdesk.errors import ArticleError
from tests.articles.pages import HEADLINE, META, NAVIGATION, PAGES, PARAGRAPHS, html

GERMAN = (
    "Die Überschwemmung an der Elbe zwang am Freitag über tausend Bürger, ihre Häuser zu räumen – „zu spät“, so Müller."
)


@pytest.mark.parametrize("name", PAGES)
def test_the_story_and_nothing_else(name: str) -> None:
    article = article_from_html(PAGES[name].encode(), id=name)
    assert article.headline == HEADLINE
    assert article.lead == PARAGRAPHS[0]
    assert article.text == "\n\n".join(PARAGRAPHS)
    assert (article.id, article.url, article.read_by) == (name, None, "trafilatura")


def test_what_the_page_says_of_itself() -> None:
    article = article_from_html(PAGES["boilerplate"].encode(), url="https://www.harbourpost.example/fire")
    assert article.url == "https://www.harbourpost.example/fire"
    assert article.language == "en"
    assert article.published == dt.date(2024, 3, 5)
    assert article.tags == ("Bergen", "fire", "Ingrid Moe")


@pytest.mark.parametrize(
    ("encoding", "meta"),
    [
        ("utf-8", ""),
        ("cp1252", ""),
        ("cp1252", "<meta charset=windows-1252>"),
        ("utf-8", "<meta charset=iso-8859-1>"),  # wrong, and common
        ("utf-8-sig", ""),
        ("utf-16", ""),
    ],
)
def test_encodings(encoding: str, meta: str) -> None:
    page = html(f"<article><h1>Flut in Köln</h1><p>{GERMAN}</p><p>{GERMAN}</p></article>", meta)
    article = article_from_html(page.encode(encoding))
    assert article.headline == "Flut in Köln"
    assert article.lead == GERMAN


def test_mojibake_and_entities_are_mended() -> None:
    broken = GERMAN.encode().decode("cp1252", "ignore")
    page = html(f"<h1>Oil &amp;amp; gas \u200bup</h1><article><p>{broken}</p><p>{GERMAN}</p></article>")
    article = article_from_html(page.encode())
    assert article.headline == "Oil & gas up"
    assert "Überschwemmung" in article.lead


@pytest.mark.parametrize(
    ("head", "h1", "url", "headline"),
    [
        ("<title>Storm hits Bergen - News Nation</title>", "", "https://www.newsnationnow.com/x", "Storm hits Bergen"),
        ("<title>Storm hits Bergen - News Nation</title>", "", None, "Storm hits Bergen - News Nation"),
        ("<title>Storm - the aftermath</title>", "", "https://x.org/", "Storm - the aftermath"),
        ("<title>Storm hits Bergen | News | The Post</title>", "", None, "Storm hits Bergen"),
        ("<title>Storm | Live</title>", "", None, "Storm | Live"),
        ("<title>Storm hits – VG</title><meta property=og:site_name content=VG>", "", None, "Storm hits"),
        (
            "<title>Storm – the VG story</title><meta property=og:site_name content=VG>",
            "",
            None,
            "Storm – the VG story",
        ),
        ("<title>Storm hits - now</title>", "", "https://www.newsnationnow.com/", "Storm hits - now"),
        ("<title>Storm hits - Some Site</title>", "<h1>Storm hits</h1>", None, "Storm hits"),
        ("<title>x</title>", "<h1>The Post</h1><article><h1>Storm</h1></article>", "https://thepost.com", "Storm"),
        ("<meta property=og:title content='The Post'><title>Storm</title>", "", "https://thepost.com", "Storm"),
        ("<meta property=og:title content='Og wins'><title>Storm</title>", "<h1>H1</h1>", None, "Og wins"),
        ("<meta property=og:title content=''><title> \n Storm\n hits </title>", "<h1> </h1>", None, "Storm hits"),
        ("", "<h1>Storm <em>hits</em><br>Bergen</h1>", None, "Storm hits Bergen"),
        ("", "", None, ""),
        (f"<title>{'word ' * 200}</title>", "", None, ""),
    ],
)
def test_headlines_lose_the_name_of_the_site(head: str, h1: str, url: str | None, headline: str) -> None:
    found = find_headline(trafilatura.load_html(html(f"{h1}<p>text</p>", head).encode()), url)
    assert found == headline


def test_a_page_without_any_title_is_headed_by_its_first_line() -> None:
    article = article_from_html(html(f"<article>{''.join(f'<p>{line}</p>' for line in PARAGRAPHS)}</article>").encode())
    assert article.headline == PARAGRAPHS[0]
    assert article.lead == PARAGRAPHS[1]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "<h1>Only a headline</h1>",
        "<h1>Access Denied</h1><p>You don't have permission to access /story on this server. Reference 18.a5f.</p>",
        "<h1>Just a moment</h1><p>Please verify you are human by completing the action below first.</p>",
        "<h1>The Post</h1><p>We value your privacy. We and our 842 partners store information on your device.</p>",
        "<p>Please enable JavaScript to view the story and all of the other pages of this wonderful web site.</p>",
        NAVIGATION,
    ],
)
def test_pages_without_a_story_are_refused(body: str) -> None:
    with pytest.raises(ArticleError) as caught:
        article_from_html(html(body, "<title>The Post</title>").encode())
    assert caught.value.hint


def test_a_long_story_about_robots_is_a_story() -> None:
    tail = "".join(
        f"<p>In town {number} some {number * 7} readers answered that they were none.</p>" for number in range(20)
    )
    story = f"<p>Sites now ask everyone: are you a robot? The question annoys people more than machines.</p>{tail}"
    assert "robot" in article_from_html(html(f"<article><h1>Bots</h1>{story}</article>").encode()).text


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 500, b"<", b"<html>", b"\xff\xd8\xff\xe0" * 100, b"<!-- " * 5000, b"&#" * 999]
)
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(ArticleError):
        article_from_html(data)


def test_a_page_that_one_step_fails_on_is_read_by_another() -> None:
    page = b"<svg>" + PAGES["plain"].encode()
    with pytest.raises(AssertionError):  # in the midst of lxml, from version to version elsewhere
        trafilatura.bare_extraction(page, with_metadata=True)
    assert article_from_html(page).read_by == "resiliparse"
    assert article_from_html(page).lead == PARAGRAPHS[0]


def test_nothing_is_written_on_the_terminal() -> None:
    code = """
import contextlib
from picdesk.articles import article_from_html
from picdesk.errors import ArticleError
for page in (b"<html><title>x", b"<html><h1>x</h1></html>"):
    with contextlib.suppress(ArticleError):
        article_from_html(page)
        raise SystemExit("taken for a story")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""


def test_huge_pages_are_refused_quickly() -> None:
    pages = [
        b"<p>hello there" * 400_000,
        b"<html><body><article>" + b"<p>hello" * 300_000,
        b"<html>" + b"<div>" * 800_000,
        html("<p>x</p>", "<title>" + " | a" * 300_000 + "</title>").encode(),
    ]
    for page in pages:
        with pytest.raises(ArticleError) as caught:
            article_from_html(page)
        assert "took longer than" not in caught.value.message


def test_what_looks_like_a_page() -> None:
    for page in [
        *PAGES.values(),
        "\ufeff<HTML>",
        "<?xml version='1.0'?><!-- a --><!-- b -->\n<html >",
        "<p>x",
        META + " ",
    ]:
        assert looks_like_html(page.encode()) is not page.startswith("<title")
    assert looks_like_html(PAGES["plain"].encode("utf-16"))
    for text in ("Headline\n\nText", "<3 hearts", "a < b", "", "<pre>x", "<!---->" * 500):
        assert not looks_like_html(text.encode())


def test_a_menu_above_a_headline_that_stands_again_is_no_lead() -> None:
    headline, body = (
        "倉庫で火災",
        "火曜日の夜、東京の倉庫で火災が発生した。けが人はいないと消防が発表した。警察は原因を調べている。",
    )
    menu = "<nav><a href='/'>新報</a></nav>"
    page = f"<html><head><title>{headline}</title></head><body>{menu}<h1>{headline}</h1><p>{body}</p></body></html>"
    article = article_from_html(page.encode())
    assert (article.headline, article.lead, article.text) == (headline, body, body)


@pytest.mark.parametrize(
    ("said", "code"), [("deu", "de"), ("nb-NO", "no"), ("iw", "he"), ("zh_Hant", "zh"), ("x", None)]
)
def test_every_spelling_of_a_language_is_its_code(said: str, code: str | None) -> None:
    page = PAGES["plain"].replace("<html", f'<html lang="{said}"', 1)
    assert article_from_html(page.encode()).language == code
