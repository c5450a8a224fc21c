"""What was chosen is kept, however soon and by whatever way the page is left."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from picdesk.desk.pages import choose
from picdesk.desk.pages.photo import hit_of
from picdesk.desk.problems import Problem
from tests.desk.browser.acts import PATIENCE, press
from tests.desk.browser.conftest import Visit
from tests.desk.server import Serving


class Slow:
    """A desk that takes its time to write a choice down, until it is let go; or that says no."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.problem: Problem | None = None

    async def __call__(self, *given: Any) -> Any:
        while not self.go.is_set():
            await asyncio.sleep(0.01)
        if self.problem:
            raise self.problem
        return await hit_of(*given)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """A slow desk."""
    held = Slow()
    monkeypatch.setattr(choose, "hit_of", held)
    yield held
    held.go.set()


def asked_for(page: Page) -> list[str]:
    """Addresses of pages that are asked for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.is_navigation_request() else None)
    return asked


@pytest.mark.parametrize("way", ["a link", "a key", "a form"])
def test_the_page_is_left_when_the_desk_knows(newsdesk: Serving, visit: Visit, slow: Slow, way: str) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    asked = asked_for(page)
    with page.expect_request("**/choose"):
        press(page, "g", "p", "ArrowRight", "p")
    if way == "a link":
        page.get_by_role("link", name="Basket").click(no_wait_after=True)
    elif way == "a key":
        press(page, "x")
    else:
        page.evaluate(
            """() => { const form = Object.assign(document.createElement("form"), { action: "/basket" });
            document.body.append(form); form.requestSubmit(); }"""
        )
    expect(page.locator("#grid")).to_be_visible()
    assert asked == []
    slow.go.set()
    expect(page.locator("#grid")).to_have_count(0)
    assert len(asked) >= 1
    assert len(newsdesk.desk.archive.choices()) == 2


def test_where_the_desk_says_no_the_page_stays_to_say_so(newsdesk: Serving, visit: Visit, slow: Slow) -> None:
    page = visit(f"{newsdesk.url}/?headline=city", expect=("503",))
    asked = asked_for(page)
    slow.problem = Problem(503, "no", "No room is left.")
    press(page, "g", "p")
    page.get_by_role("link", name="Basket").click(no_wait_after=True)
    slow.go.set()
    expect(page.locator("#toast")).to_contain_text("No room is left.")
    expect(page.locator(".tile[data-verdict]")).to_have_count(0)
    assert asked == []
    page.get_by_role("link", name="Basket").click()
    expect(page.locator("main")).to_contain_text("Nothing is in the basket.")


def test_a_page_that_is_put_away_still_tells_all(newsdesk: Serving, visit: Visit, slow: Slow) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    with page.expect_request("**/choose"):
        press(page, "g", "p", "ArrowRight", "r", "ArrowRight", "p")
    page.goto(f"{newsdesk.url}/keys")  # as by the address bar: nothing of the page is asked whether it is ready
    slow.go.set()
    begun = time.monotonic()
    while len(newsdesk.desk.archive.choices()) < 3:
        assert time.monotonic() - begun < PATIENCE / 1000
        page.wait_for_timeout(20)
    assert sorted(choice.verdict for choice in newsdesk.desk.archive.choices()) == ["picked", "picked", "rejected"]
