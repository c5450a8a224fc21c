"""The basket and the list of choices in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from picdesk.records import Article
from tests.desk.browser.conftest import Visit
from tests.desk.browser.newsdesk import HOSTILE
from tests.desk.server import Serving

pytest.importorskip("playwright", reason="pip install playwright")
from playwright.sync_api import expect


@pytest.fixture
def filled(newsdesk: Serving) -> Serving:
    """Two stories with picks of the desk, one of them with hostile words, and one rejection."""
    archive = newsdesk.desk.archive
    for name in ("n001", "n002", "n003"):
        archive.choose(name, Article(headline="Storm in Lima", url="https://news.example/1"), who="desk", rank=1)
    archive.choose("n004", Article(headline=HOSTILE), who="desk")
    archive.choose("n005", Article(headline=HOSTILE), "rejected", who="desk")
    return newsdesk


def test_from_picks_to_a_contact_sheet(filled: Serving, visit: Visit) -> None:
    page = visit(f"{filled.url}/basket")
    expect(page.locator("#ticked")).to_have_text("4 of 4 ticked")
    assert page.title() == "Basket - Picdesk"
    page.get_by_role("button", name="Tick none").click()
    expect(page.locator("#sheet .button")).to_be_disabled()
    page.get_by_label("n001", exact=True).check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Contact sheet").click()
    assert waiting.value.suggested_filename.startswith("contact-sheet-")
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")


def test_take_out_and_crop_from_the_basket(filled: Serving, visit: Visit) -> None:
    page = visit(f"{filled.url}/basket")
    page.get_by_role("button", name="Take n002 out").click()
    expect(page.locator(".picks li")).to_have_count(3)
    page.get_by_role("link", name="Crop n001", exact=True).click()
    expect(page.locator("h1")).to_have_text("Crop n001")
    expect(page.locator(".crop-top")).to_contain_text("Storm in Lima")
    with page.expect_download():
        page.locator("#download").click()
    (use,) = filled.desk.archive.uses("n001")
    assert (use.headline, use.article) == ("Storm in Lima", "https://news.example/1")
    page.goto(f"{filled.url}/basket")
    expect(page.locator(".badge-warn")).to_contain_text("for 'Storm in Lima'")


@pytest.mark.parametrize("script", [True, False])
def test_the_list_takes_back_and_exports(filled: Serving, visit: Visit, script: bool) -> None:
    page = visit(f"{filled.url}/choices", java_script_enabled=script)
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Storm in Lima").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Take back: n003 picked").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Export CSV").click()
    rows = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(rows) >= 5
    assert waiting.value.suggested_filename == "choices.csv"


def test_an_empty_basket_says_how_to_fill_it(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/basket")
    expect(page.locator("main")).to_contain_text("Nothing is in the basket.")
    page = visit(f"{newsdesk.url}/choices")
    expect(page.locator("main")).to_contain_text("Nothing was picked or rejected yet.")


@pytest.mark.parametrize("path", ["/basket", "/choices"])
@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark", "width": 390, "height": 844}])
def test_axe_finds_nothing_serious(filled: Serving, visit: Visit, path: str, options: dict[str, Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    filled.desk.archive.use("n002", Article(headline="Storm"))
    page = visit(f"{filled.url}{path}", **options)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = axe.Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
