from __future__ import annotations

import threading
import urllib.robotparser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.articles.fetch import Page
from picdesk.articles.robots import Robots, parse_robots
from picdesk.errors import ArticleError, FetchError

SITE = "https://post.example"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /\nAllow: /news/", "/news/a", True),
        ("User-agent: *\nAllow: /news/\nDisallow: /", "/sport", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: Other\nDisallow: /", "/a", True),
        ("User-agent: Picdesk/2.0\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a", False),
        ("user-agent: other\nuser-agent: picdesk\ndisallow: /a # all", "/a", False),
        ("User-agent: *\nDisallow: /\nUser-agent: picdesk\nDisallow: /b", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x", True),
        ("User-agent: *\nDisallow: /*/print", "/a/print/1", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/café", False),
        ("User-agent: *\nDisallow: /?s=", "/?s=x", False),
        ("Disallow: /\nnonsense\n: x\nUser-agent", "/a", True),
        ("User-agent: *\nDisallow: /robots.txt", "/robots.txt", True),
        ("\r\nUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:
    assert parse_robots(text).allow(SITE + path) is allowed


@given(
    st.lists(st.tuples(st.booleans(), st.text("ab/", min_size=1, max_size=4)), max_size=5), st.text("ab/", max_size=6)
)
def test_prefixes_agree_with_a_slow_reading(rules: list[tuple[bool, str]], path: str) -> None:
    lines = [f"{'Allow' if allowed else 'Disallow'}: /{prefix}" for allowed, prefix in rules]
    matching = [(len(prefix), allowed) for allowed, prefix in rules if path.startswith(prefix)]
    expected = sorted(matching)[-1][1] if matching else True
    assert parse_robots("User-agent: *\n" + "\n".join(lines)).allow(f"{SITE}/{path}") is expected


def test_the_standard_library_agrees_where_it_knows_the_rules() -> None:
    text = "User-agent: picdesk\nCrawl-delay: 3\nDisallow: /a\n\nUser-agent: *\nDisallow: /b"
    judge = urllib.robotparser.RobotFileParser()
    judge.parse(text.splitlines())
    rules = parse_robots(text)
    assert str(judge.crawl_delay("picdesk")) == f"{rules.delay:.0f}" == "3"
    for path in ("/a", "/ab", "/b", "/", "/c/a"):
        assert rules.allow(SITE + path) is judge.can_fetch("picdesk", SITE + path)


def test_no_pattern_is_slow() -> None:
    rules = parse_robots("User-agent: *\nDisallow: /" + "*a" * 2000 + "b$")
    assert rules.allow(SITE + "/" + "a" * 8000)


def robots(answer: object) -> tuple[Robots, list[str]]:
    asked: list[str] = []

    def fetch(url: str) -> Page:
        asked.append(url)
        if isinstance(answer, Exception):
            raise answer
        return Page(str(answer).encode(), url, "text/plain")

    return Robots(fetch), asked


def test_each_site_is_asked_once() -> None:
    known, asked = robots("User-agent: *\nDisallow: /a")
    threads = [threading.Thread(target=known.rules, args=(f"{SITE}/{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    known.permit("http://post.example/b")
    assert sorted(asked) == ["http://post.example/robots.txt", f"{SITE}/robots.txt"]
    with pytest.raises(ArticleError, match=r"robots\.txt of the site forbids it"):
        known.permit(f"{SITE}/a")


def test_what_cannot_be_had_forbids_nothing_or_for_now_everything() -> None:
    for friendly in (FetchError("404", status=404), ArticleError("no such host")):
        robots(friendly)[0].permit(f"{SITE}/a")
    known, asked = robots(FetchError("503", status=503, transient=True))
    for _ in range(2):
        with pytest.raises(FetchError, match=r"robots\.txt cannot be had") as caught:
            known.permit(f"{SITE}/a")
        assert caught.value.transient
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("rule", "path"),
    [("/~joe", "/%7Ejoe"), ("/%7ejoe", "/~joe"), ("/caf%c3%a9", "/café"), ("/a%3cb", "/a%3Cb"), ("/a b", "/a%20b")],
)
def test_an_address_has_one_spelling(rule: str, path: str) -> None:
    assert not parse_robots(f"User-agent: *\nDisallow: {rule}").allow(SITE + path)


def test_an_encoded_slash_is_no_slash() -> None:
    assert parse_robots("User-agent: *\nDisallow: /a/b").allow(f"{SITE}/a%2Fb")
