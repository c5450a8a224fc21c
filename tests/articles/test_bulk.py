"""Bulk fetching, as the library does it: against hosts that misbehave, and a file that is torn."""

from __future__ import annotations

import functools
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from picdesk.articles import read_articles
from picdesk.articles.addresses_listed import Listed, listed_in
from picdesk.articles.bulk import Fetched, fetch_articles
from picdesk.articles.fetch import Page, fetch
from picdesk.articles.journal import open_journal
from picdesk.articles.polite import Manners
from picdesk.articles.unread import UnreadArticle
from picdesk.errors import ArticleError, FetchError, MissingError
from picdesk.records import Article
from tests.articles.pages import HEADLINE, PAGES, PARAGRAPHS
from tests.articles.server import Server, page

QUICK = Manners(workers=4, delay=0.0, retries=2, back_off=0.01)
STORY = PAGES["boilerplate"].encode()


class Web:
    """A web of pages in memory: address -> what it answers, time after time; remembers who was asked when.

    A host's first answer waits until ``together`` hosts are being asked.
    """

    def __init__(self, **answers: list[Any] | Any) -> None:
        self.answers = answers
        self.together = threading.Barrier(1)
        self.asked: list[str] = []
        self.times: list[tuple[float, str]] = []
        self.busy: dict[str, int] = {}
        self.most_at_once = 0
        self.hosts_at_once = 0
        self._lock = threading.Lock()

    def __call__(self, url: str, *, permit: Callable[[str], None] = lambda _: None, seconds: float = 20) -> Page:
        del seconds
        permit(url)
        host, _, path = url.removeprefix("https://").partition("/")
        with self._lock:
            self.asked.append(url)
            self.times.append((time.monotonic(), host))
            self.busy[host] = self.busy.get(host, 0) + 1
            self.most_at_once = max(self.most_at_once, self.busy[host])
            self.hosts_at_once = max(self.hosts_at_once, sum(1 for count in self.busy.values() if count))
        try:
            if path == "robots.txt":  # the first question to a host
                self.together.wait(60)
            time.sleep(0.01)
            answer = self.answers.get(path.replace(".", "_"), FetchError("404 Not Found", status=404))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Exception):
                raise answer
            return Page(answer, url, "text/plain" if path == "robots.txt" else "text/html")
        finally:
            with self._lock:
                self.busy[host] -= 1

    def pages(self) -> list[str]:
        return [url for url in self.asked if not url.endswith("robots.txt")]


def listed(*urls: str) -> list[Listed]:
    return [Listed(str(number), url) for number, url in enumerate(urls)]


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text().splitlines()]


def busy(wait: float | None = None, status: int | None = 503) -> FetchError:
    return FetchError(f"answered {status}", status=status, transient=True, wait=wait)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    web = Web(a=STORY, b=b"<html></html>")
    wanted = [
        Listed("x", "https://one.example/a", ("Oslo",)),
        Listed("y", "https://one.example/b"),
        Listed("z", "", wrong="bad"),
    ]
    done = fetch_articles(wanted, tmp_path / "o.jsonl", manners=QUICK, fetch=web)
    assert (done.fetched, done.failed, done.already, done.total, done.stopped) == (1, 2, 0, 3, False)
    found = {one.id: one for one in read_articles(tmp_path / "o.jsonl")}
    article, unread = found["x"], found["y"]
    assert isinstance(article, Article)
    assert (article.headline, article.text) == (HEADLINE, "\n\n".join(PARAGRAPHS))
    assert (article.url, article.tags[0], article.read_by) == ("https://one.example/a", "Oslo", "trafilatura")
    assert str(article.published) == "2024-03-05"
    assert isinstance(unread, UnreadArticle)
    assert "no story" in unread.reason
    assert isinstance(found["z"], UnreadArticle)


def test_a_second_run_goes_on_and_failures_are_tried_again_on_demand(tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    web = Web(a=STORY, b=[FetchError("410 Gone", status=410), STORY])
    wanted = listed("https://one.example/a", "https://one.example/b")
    fetch_articles(wanted, out, manners=QUICK, fetch=web)
    again = fetch_articles([*wanted, Listed("9", "https://one.example/a")], out, manners=QUICK, fetch=web)
    assert (again.fetched, again.failed, again.already) == (1, 0, 2)
    third = fetch_articles(wanted, out, manners=QUICK, fetch=web, retry_failed=True)
    assert (third.fetched, third.failed, third.already) == (1, 0, 1)
    assert sorted(line["id"] for line in lines(out)) == ["0", "1", "9"]
    assert not any("failed" in line for line in lines(out))
    fetch_articles(wanted, out, manners=QUICK, fetch=Web())


def test_an_address_that_several_articles_name_is_fetched_once(tmp_path: Path) -> None:
    web = Web(a=STORY)
    wanted = [*listed(*["https://one.example/a"] * 3), Listed("0", "https://one.example/a")]
    assert fetch_articles(wanted, tmp_path / "o.jsonl", manners=QUICK, fetch=web).fetched == 3
    assert web.pages() == ["https://one.example/a"]


def test_hosts_are_asked_one_question_at_a_time_and_rest_between_two(tmp_path: Path) -> None:
    web = Web(a=STORY, b=STORY, c=STORY)
    web.together = threading.Barrier(3)
    urls = [f"https://{host}.example/{path}" for host in ("one", "two", "three") for path in "abc"]
    manners = Manners(workers=8, delay=0.08, retries=0)
    assert fetch_articles(listed(*urls), tmp_path / "o.jsonl", manners=manners, fetch=web).fetched == 9
    assert web.most_at_once == 1
    assert web.hosts_at_once == 3
    for host in ("one", "two", "three"):
        asked = zip(web.times, web.asked, strict=True)
        times = [when for (when, name), url in asked if name == f"{host}.example" and "robots" not in url]
        assert all(later - earlier >= 0.08 for earlier, later in zip(times, times[1:], strict=False))


def test_retries_are_for_what_may_pass(tmp_path: Path) -> None:
    web = Web(a=[busy(), busy(status=None), STORY], b=FetchError("403", status=403), c=busy(0.2), d=STORY)
    urls = [f"https://{path}.example/{path}" for path in "abcd"]
    done = fetch_articles(listed(*urls), tmp_path / "o.jsonl", manners=QUICK, fetch=web)
    assert (done.fetched, done.failed) == (2, 2)
    assert [web.pages().count(url) for url in urls] == [3, 1, 3, 1]
    times = [when for when, host in web.times if host == "c.example"]
    assert times[-1] - times[-2] >= 0.2  # Retry-After
    transient = {line["url"]: line["transient"] for line in lines(tmp_path / "o.jsonl") if "failed" in line}
    assert transient == {urls[1]: False, urls[2]: True}


def test_hosts_that_ask_for_long_rest_or_stay_silent_are_given_up(tmp_path: Path) -> None:
    web = Web(a=busy(9999, 429), b=STORY, s=busy(status=None))
    urls = ["https://one.example/a", "https://one.example/b", *(f"https://two.example/s?{n}" for n in range(9))]
    web.answers |= {f"s?{n}": busy(status=None) for n in range(9)}
    done = fetch_articles(listed(*urls), tmp_path / "o.jsonl", manners=Manners(delay=0, retries=0), fetch=web)
    assert done.failed == 11
    reasons = [line["failed"] for line in lines(tmp_path / "o.jsonl")]
    assert sum("left alone for 9,999 seconds" in reason for reason in reasons) == 1
    assert sum("did not answer 3 times" in reason for reason in reasons) == 6
    assert len(web.pages()) == 4


def test_robots_are_heeded(tmp_path: Path) -> None:
    web = Web(robots_txt=b"User-agent: *\nDisallow: /b\nCrawl-delay: 0.15", a=STORY, b=STORY, c=STORY)
    urls = [f"https://one.example/{path}" for path in "abc"]
    done = fetch_articles(listed(*urls), tmp_path / "o.jsonl", manners=QUICK, fetch=web)
    assert (done.fetched, done.failed) == (2, 1)
    assert sorted(web.asked) == ["https://one.example/a", "https://one.example/c", "https://one.example/robots.txt"]
    assert web.times[-1][0] - web.times[-2][0] >= 0.15


def test_a_torn_line_is_taken_away(tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    wanted = listed(*(f"https://{host}.example/a" for host in "pqr"))
    fetch_articles(wanted, out, manners=QUICK, fetch=Web(a=STORY))
    whole = out.read_bytes()
    for cut in (1, 2, 40, whole.rindex(b"\n", 0, -1) and len(whole) - whole.rindex(b"\n", 0, -1) - 2):
        out.write_bytes(whole[:-cut])
        web = Web(a=STORY)
        done = fetch_articles(wanted, out, manners=QUICK, fetch=web)
        assert (done.fetched, done.already) == (1, 2)
        assert len(lines(out)) == 3


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    for data in (b"id,title\n1,x\n", b"no line end", b'{"a": 1}\n', b"[]\n", b'{"headline": "x"}\nrest'):
        out = tmp_path / "o.jsonl"
        out.write_bytes(data)
        with pytest.raises(ArticleError, match="no fetched article") as caught:
            fetch_articles(listed("https://one.example/a"), out, fetch=Web())
        assert caught.value.hint
        assert out.read_bytes() == data
    with pytest.raises(ArticleError, match="cannot be written"):
        fetch_articles([], tmp_path, fetch=Web())


def test_two_runs_do_not_write_to_one_file(tmp_path: Path) -> None:
    with open_journal(tmp_path / "o.jsonl"), pytest.raises(MissingError, match="another run"):
        fetch_articles([], tmp_path / "o.jsonl", fetch=Web())


def test_stopping_leaves_what_is_in_flight(tmp_path: Path) -> None:
    seen: list[Fetched] = []
    web = Web(**{f"p{n}": STORY for n in range(30)})
    wanted = listed(*(f"https://one.example/p{n}" for n in range(30)))
    manners = Manners(delay=0.02)
    done = fetch_articles(
        wanted, tmp_path / "o.jsonl", manners=manners, fetch=web, progress=seen.append, stop=lambda: len(seen) > 4
    )
    assert done.stopped
    assert 1 <= done.fetched < 30
    assert len(lines(tmp_path / "o.jsonl")) == done.fetched
    rest = fetch_articles(wanted, tmp_path / "o.jsonl", manners=QUICK, fetch=web)
    assert rest.already + rest.fetched == 30
    assert rest.already == done.fetched


def test_misbehaving_pages_cost_one_record_each(tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        while True:
            yield b"x" * 65536

    over = threading.Event()

    def silent() -> Iterator[bytes]:
        over.wait(60)
        yield b""

    answers: dict[str, Any] = {
        "/stream": endless,
        "/bomb": page(gzip.compress(bytes(50 << 20), 1), Content_Encoding="gzip"),
        "/inside": page(b"", status="302 Found", Location="http://169.254.169.254/latest/meta-data"),
        "/lies": page(PAGES["plain"].replace("Bergen", "Köln").encode(), Content_Type="text/html; charset=koi8-r"),
        "/huge": page(b"<html><body>" + b"<div>" * 800_000),
        "/silent": silent,
        "/good": page(STORY),
    }
    with Server(answers) as server:
        get = functools.partial(fetch, intranet=frozenset({f"127.0.0.1:{server.port}"}))

        def brief(url: str, **more: Any) -> Page:
            if not url.endswith("/silent"):
                return get(url, **(more | {"seconds": 60}))
            try:
                return get(url, **(more | {"seconds": 0.5}))
            finally:
                over.set()

        wanted = listed(*(server.url(path) for path in answers))
        done = fetch_articles(wanted, tmp_path / "o.jsonl", manners=Manners(delay=0, retries=0), fetch=brief)
    assert (done.fetched, done.failed) == (2, 5)
    reasons = {line["id"]: line["failed"] for line in lines(tmp_path / "o.jsonl") if "failed" in line}
    assert "larger than" in reasons["0"]
    assert "larger than" in reasons["1"]
    assert "169.254.169.254 is not on the public internet" in reasons["2"]
    assert "no article" in reasons["4"]
    assert "did not answer" in reasons["5"]
    assert any("Köln" in line.get("headline", "") for line in lines(tmp_path / "o.jsonl"))


def test_lists_of_every_kind(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("https://x.org/1\n# no\nhttps://x.org/2\n")
    (tmp_path / "b.csv").write_text("id,url,tags\nu,https://x.org/1,a;b\nv,,\nw,nonsense,\n,,\n")
    (tmp_path / "c.jsonl").write_text('{"link": "https://x.org/1"}\n{torn\n')
    assert [(one.id, one.url) for one in listed_in(tmp_path / "a.txt")] == [
        ("1", "https://x.org/1"),
        ("3", "https://x.org/2"),
    ]
    first, second, third = listed_in(tmp_path / "b.csv")
    assert first == Listed("u", "https://x.org/1", ("a", "b"))
    assert "no address" in second.wrong
    assert "nonsense" in third.wrong
    assert [bool(one.wrong) for one in listed_in(tmp_path / "c.jsonl")] == [False, True]
    with (tmp_path / "a.txt").open("rb") as stream:
        assert len(listed_in(stream)) == 2
    (tmp_path / "d.txt").write_text("A story\n\nabout things")
    (tmp_path / "e.csv").write_text("id,title\n1,x\n")
    for name in ("d.txt", "e.csv", "none.txt"):
        with pytest.raises(ArticleError) as caught:
            listed_in(tmp_path / name)
        assert caught.value.hint
