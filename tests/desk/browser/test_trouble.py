"""A desk that is slow, that fails, that is empty; answers that come too late."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from picdesk.api import open_archive
from picdesk.desk.pages import story
from picdesk.desk.searching import answer
from tests.desk.browser.acts import captions, press, ready, tell
from tests.desk.browser.conftest import Visit
from tests.desk.browser.newsdesk import STORY
from tests.desk.server import Serving, serving
from tests.drawn.scenes import draw_scene, jpeg_bytes


class Held:
    """`answer`, which holds back what asks for a word until it is let go."""

    def __init__(self, word: str) -> None:
        self._word = word
        self._let_go = threading.Event()

    async def __call__(self, desk: Any, asked: Any, **options: Any) -> Any:
        while self._word in asked.headline and not self._let_go.is_set():
            await asyncio.sleep(0.01)
        return await answer(desk, asked, **options)

    def let_go(self) -> None:
        self._let_go.set()


@pytest.fixture
def harbour(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Answers to questions about a harbour are held back."""
    held = Held("harbour")
    monkeypatch.setattr(story, "answer", held)
    yield held
    held.let_go()


def test_a_stale_answer_is_called_off(newsdesk: Serving, visit: Visit, harbour: Held) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    with page.expect_request(lambda asked: "harbour" in asked.url):
        page.fill("#headline", "harbour")
    with page.expect_event("requestfailed", lambda asked: "harbour" in asked.url):
        page.fill("#headline", "storm")
    expect(page.locator(".tile .caption").first).to_contain_text("storm")
    harbour.let_go()
    newsdesk.settle()
    assert all("storm" in caption for caption in captions(page)[:10])
    expect(page).to_have_url(re.compile("headline=storm$"))
    expect(page.locator("#headline")).to_be_focused()


def test_typing_asks_once_and_keeps_place_and_caret(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city", height=500)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "headline" in request.url else None)
    page.evaluate("scrollTo(0, 300)")
    page.locator("#headline").focus()
    press(page, "Home")
    page.clock.install()
    page.clock.pause_at(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    page.keyboard.type("storm ")
    assert asked == [], "while somebody types nothing is asked"
    page.clock.resume()
    expect(page.locator(".tile .caption").first).to_contain_text("storm")
    assert len(asked) == 1
    assert page.evaluate("[scrollY, document.activeElement.id, document.activeElement.selectionStart]") == [
        300,
        "headline",
        6,
    ]


def test_waiting_is_shown(newsdesk: Serving, visit: Visit, harbour: Held) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    expect(page.locator("#progress")).to_be_hidden()
    page.fill("#headline", "harbour")
    expect(page.locator("#progress")).to_be_visible()
    expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    harbour.let_go()
    expect(page.locator(".tile .caption").first).to_contain_text("harbour")
    expect(page.locator("#progress")).to_be_hidden()


def test_a_failure_is_said_and_can_be_tried_again(
    newsdesk: Serving, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a secret of the inside")

    page = visit(f"{newsdesk.url}/?headline=city", expect=("500",))
    before = captions(page)
    monkeypatch.setattr(story, "answer", broken)
    page.fill("#headline", "storm")
    toast = page.locator("#toast")
    expect(toast).to_contain_text("Something went wrong inside the desk")
    assert "secret" not in page.content()
    assert captions(page) == before, "what was there stays"
    monkeypatch.setattr(story, "answer", answer)
    page.click("#toast button:has-text('Try again')")
    expect(page.locator(".tile .caption").first).to_contain_text("storm")
    expect(toast).to_be_hidden()
    monkeypatch.setattr(story, "answer", broken)
    page.goto(f"{newsdesk.url}/?headline=city")
    expect(page.locator("h1")).to_have_text("The desk has made a mistake")
    assert "secret" not in page.content()


def test_a_desk_that_is_gone_is_said(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city", expect=("ERR_",))
    page.route("**/*", lambda route: route.abort())
    press(page, "g", "p")
    expect(page.locator("#toast")).to_contain_text("cannot be reached")
    expect(page.locator(".tile[data-verdict]")).to_have_count(0)


def test_what_cannot_be_searched_for_is_said(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city&after=yesterday&credit=AP", expect=("422", "conform"))
    expect(page.locator(".verdict-stop")).to_contain_text("filters.after")
    page.goto(f"{newsdesk.url}/?headline=%3F%3F")
    expect(page.locator(".verdict-stop")).to_contain_text("nothing to search for")
    page.goto(f"{newsdesk.url}/?headline=city&story=00000000000000000000")
    expect(page.locator(".notes")).to_contain_text("no longer kept")


def test_an_address_that_must_not_be_fetched_is_refused(newsdesk: Serving, visit: Visit) -> None:
    page = visit(newsdesk.url, expect=("422", "502"))
    page.fill("#what", "http://127.0.0.1:1/secret")
    press(page, "Enter")
    expect(page.locator("#toast")).to_contain_text("127.0.0.1")
    expect(page.locator("#what")).to_have_value("http://127.0.0.1:1/secret")


def test_an_empty_archive_says_what_to_do(visit: Visit, newsdesk: Serving, tmp_path: Path) -> None:
    source = tmp_path / "one"
    source.mkdir()
    (source / "a.jpg").write_bytes(jpeg_bytes(draw_scene(1)))
    archive = open_archive(tmp_path / "archive")
    archive.add(source)
    archive.remove("a")
    with serving(replace(newsdesk.desk.settings, archive=str(archive.path))) as served:
        page = visit(served.url)
        tell(page, STORY)
        expect(page.locator(".empty")).to_contain_text("no photos in this archive yet")
        expect(page.locator(".empty")).to_contain_text("picdesk add")


def test_a_dropped_page_and_a_dropped_picture(newsdesk: Serving, visit: Visit) -> None:
    page = visit(newsdesk.url, expect=("422",))
    html = "<html><body><article><h1>Storm over the harbour</h1>" + "<p>Waves broke over the harbour city.</p>" * 8
    dropped = """([name, bytes]) => { const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], name));
        dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); }"""
    page.evaluate(dropped, ["story.html", list(html.encode())])
    expect(page.locator("#headline")).to_have_value("Storm over the harbour")
    ready(page)
    page.evaluate(dropped, ["broken.png", list(b"\x89PNG and nothing else")])
    expect(page.locator("#toast")).not_to_be_empty()
    expect(page.locator("#headline")).to_have_value("Storm over the harbour")
