"""Narrow screens, dark ones, screens without script; and accessibility, by axe (WCAG 2.2 AA)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from picdesk.desk.pages.form import PAGE
from tests.desk.browser.acts import press, ready, tell
from tests.desk.browser.conftest import Visit
from tests.desk.browser.newsdesk import STORY
from tests.desk.server import Serving, serving

WORD = "a-word-for-the-door"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page) -> list[str]:
    """What axe finds that is serious or critical."""
    found = Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_serious_on_any_page(newsdesk: Serving, visit: Visit, scheme: str, width: int) -> None:
    page = visit(newsdesk.url, width=width, color_scheme=scheme)
    assert faults(page) == []
    tell(page, STORY)
    page.evaluate(
        "document.querySelectorAll('#read details, #read, .filters, .copies').forEach(each => each.open = true)"
    )
    press(page, "g", "p", "ArrowRight", "r", "ArrowRight")
    expect(page.locator(".tile[data-verdict]")).to_have_count(2)
    assert faults(page) == []
    press(page, "Enter")
    expect(page.locator("#panel .photo")).to_be_visible()
    assert faults(page) == []
    press(page, "Escape", "?")
    assert faults(page) == []
    press(page, "Escape", "p", "r", "r")
    first, second = (page.locator(".tile").nth(at).get_attribute("data-id") for at in (0, 1))
    photo = page.locator(".shot").first.get_attribute("href")
    search = re.search("in=(.*)", photo or "")
    assert search
    for address in (photo, f"/compare?photo={first}&photo={second}&in={search[1]}", "/keys"):
        page.goto(f"{newsdesk.url}{address}")
        ready(page)
        assert faults(page) == [], address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_at_the_door(newsdesk: Serving, visit: Visit, scheme: str) -> None:
    page = visit(f"{newsdesk.url}/nowhere", color_scheme=scheme, expect=("404", "403"))
    expect(page.locator("h1")).to_have_text("Not here")
    assert faults(page) == []
    with serving(replace(newsdesk.desk.settings, token=WORD)) as served:
        page = visit(f"{served.url}/?headline=city", color_scheme=scheme)
        page.fill("#password", "wrong")
        press(page, "Enter")
        expect(page.locator("[role='alert']")).to_be_visible()
        assert faults(page) == []
        page.fill("#password", WORD)
        press(page, "Enter")
        expect(page.locator("#grid, #what").first).to_be_visible()
        expect(page.locator("button:has-text('Log out')")).to_be_visible()
        page.close()


def test_a_narrow_screen_shows_photos_first_and_nothing_sticks_out(newsdesk: Serving, visit: Visit) -> None:
    page = visit(newsdesk.url, width=360, height=740, has_touch=True)
    tell(page, STORY)
    expect(page.locator("#grid")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".shot").first.tap()
    expect(page.locator("#panel .photo")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#panel [data-close]").tap()
    expect(page.locator("#panel")).to_be_hidden()


def test_targets_are_large_enough(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    small = page.eval_on_selector_all(
        "a, button, summary:not(.badge), .facet label, .tick label, input:not([type=hidden], [type=checkbox])",
        """all => all.filter(one => one.checkVisibility() && !one.matches('.skip'))
        .filter(one => one.getBoundingClientRect().height < 24 || one.getBoundingClientRect().width < 24)
        .map(one => one.outerHTML.slice(0, 80))""",
    )
    assert small == []


def test_the_dark_desk_is_dark(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city", color_scheme="dark")
    red, green, blue = map(
        int, re.findall(r"\d+", page.eval_on_selector("body", "b => getComputedStyle(b).backgroundColor"))
    )
    assert red == green == blue < 40


def test_photos_do_not_move_while_they_load(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/keys", expect=("ERR_",))
    page.route("**/thumbnails/**", lambda route: route.abort())
    page.goto(f"{newsdesk.url}/?headline=city")
    places = "tiles => tiles.map(tile => Math.round(tile.getBoundingClientRect().top))"
    without = page.eval_on_selector_all(".tile", places)
    page.unroute("**/thumbnails/**")
    page.goto(f"{newsdesk.url}/?headline=city")
    page.wait_for_load_state("networkidle")
    assert page.eval_on_selector_all(".tile", places) == without


def test_without_script_a_story_still_finds_and_gets_its_photo(newsdesk: Serving, visit: Visit) -> None:
    page = visit(newsdesk.url, java_script_enabled=False)
    page.fill("#what", STORY)
    page.click("button:has-text('Find photos')")
    expect(page.locator("#headline")).to_have_value("Storm floods the harbour city of Lima")
    page.check("input[name='credit'][value='Reuters']")
    page.fill("#headline", "City of Lima")
    page.click("button:has-text('Search')")
    assert set(page.locator(".tile .credit").all_text_contents()) == {"Reuters"}
    page.click(".chips button:has-text('Reuters')")
    expect(page.locator(".tile")).to_have_count(PAGE)
    page.click("a:has-text('More photos')")
    expect(page.locator(".tile")).to_have_count(2 * PAGE)
    page.locator(".shot").first.click()
    expect(page.locator(".why")).to_contain_text("Why this photo")
    page.click("button:has-text('Pick')")
    expect(page.locator(".tile[data-verdict='picked']")).to_have_count(1)
