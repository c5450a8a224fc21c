"""The crop editor in a real browser: by keys alone, by pointer, without script; a photo's words are never markup."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from picdesk.archive.store import Store
from picdesk.photos.metadata import read_metadata
from tests.desk.browser.acts import press, ready, until
from tests.desk.browser.conftest import Visit
from tests.desk.browser.newsdesk import HOSTILE
from tests.desk.server import Serving

pytest.importorskip("playwright", reason="pip install playwright")
from playwright.sync_api import Page, expect


def crop_page(
    desk: Serving, name: str = "n001", query: str = "headline=Storm+in+Lima&url=https://news.example/1"
) -> str:
    return f"{desk.url}/photos/{desk.desk.archive.photo(name).id}/crop?{query}"


def box_of(page: Page) -> dict[str, float]:
    found = page.evaluate(
        "() => Object.fromEntries(['left','top','width','height'].map(side => "
        "[side, parseFloat(document.getElementById('box').style[side]) / 100]))"
    )
    assert isinstance(found, dict)
    return found


def downloaded(page: Page) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def test_from_the_address_to_a_file_by_keys_alone(newsdesk: Serving, visit: Visit) -> None:
    page = visit(crop_page(newsdesk))
    tab_to(page, "#box")
    tab_to(page, "input[name=slot]")
    press(page, "ArrowRight", "ArrowRight")
    expect(page.locator("#crop-said")).to_contain_text("1:1: ")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") == "box"
    start = box_of(page)
    press(page, *["+"] * 4)
    zoomed = box_of(page)
    assert zoomed["width"] == pytest.approx(start["width"] / 1.1**4, rel=1e-4)
    press(page, "ArrowLeft", "ArrowUp", "Shift+ArrowRight")
    moved = box_of(page)
    assert moved["top"] == pytest.approx(max(0, zoomed["top"] - 0.01), abs=1e-4)
    assert moved["left"] == pytest.approx(min(max(0, zoomed["left"] - 0.01) + 0.05, 1 - zoomed["width"]), abs=1e-4)
    tab_to(page, "#outlet")
    page.keyboard.type("front page")
    tab_to(page, "#download")
    name, data = downloaded(page)
    assert name == "n001-1-1.jpg"
    image = Image.open(io.BytesIO(data))
    photo = newsdesk.desk.archive.photo("n001")
    assert image.width == image.height == round(moved["width"] * photo.width)
    assert read_metadata(image).credit == photo.credit
    expect(page.locator("#crop-done")).to_contain_text("its use is logged")
    expect(page.locator("#uses li").first).to_contain_text("for 'Storm in Lima' (front page)")
    (use,) = newsdesk.desk.archive.uses(photo)
    assert use.box == pytest.approx(
        (moved["left"], moved["top"], moved["left"] + moved["width"], moved["top"] + moved["height"]), abs=1e-4
    )
    page.locator("#uses button").first.click()
    expect(page.locator("#uses li")).to_have_count(0)
    assert newsdesk.desk.archive.uses(photo) == []


def test_by_pointer(newsdesk: Serving, visit: Visit) -> None:
    page = visit(crop_page(newsdesk, "n000"))
    page.get_by_label("1:1").check()
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    before = box_of(page)
    middle = stage["x"] + (before["left"] + before["width"] / 2) * stage["width"], stage["y"] + stage["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(stage["x"] + 5, middle[1], steps=4)
    page.mouse.up()
    assert box_of(page)["left"] == 0
    page.mouse.click(stage["x"] + stage["width"] - 3, middle[1])
    after = box_of(page)
    assert after["left"] + after["width"] == pytest.approx(1)
    press(page, "Home")
    assert box_of(page) == pytest.approx(before, abs=1e-4)


def test_the_preview_is_what_will_be_given_out(newsdesk: Serving, visit: Visit) -> None:
    page = visit(crop_page(newsdesk, "n000"))
    page.get_by_label("1:1").check()
    page.locator("#box").focus()
    press(page, "+", "+", "+", "ArrowLeft")
    until(page, "document.querySelector('#preview canvas').width === 480")  # drawn once the photo is here
    shown = page.evaluate(
        """() => { const small = document.createElement('canvas'); small.width = small.height = 8;
        const pen = small.getContext('2d'); pen.imageSmoothingQuality = 'high';
        pen.drawImage(document.querySelector('#preview canvas'), 0, 0, 8, 8);
        return [...pen.getImageData(0, 0, 8, 8).data]; }"""
    )
    page.locator("#download").focus()
    _, data = downloaded(page)
    given = Image.open(io.BytesIO(data)).resize((8, 8), Image.Resampling.BOX).convert("RGBA").tobytes()
    far = [abs(one - two) for one, two in zip(shown, given, strict=True)]
    assert sum(far) / len(far) < 12


def test_what_is_enlarged_is_said_and_asked_for(newsdesk: Serving, visit: Visit) -> None:
    page = visit(crop_page(newsdesk, "n000"), expect=("422",))
    expect(page.locator("#enlarge")).to_be_hidden()
    page.get_by_label("460x260").check()
    expect(page.locator("#crop-said")).to_contain_text("enlarged 1.4")
    page.locator("#download").click()
    expect(page.locator("#crop-trouble")).to_contain_text("it would be enlarged")
    assert newsdesk.desk.archive.uses("n000") == []
    page.locator("#enlarge").check()
    page.locator("#download").focus()
    _, data = downloaded(page)
    assert Image.open(io.BytesIO(data)).size == (460, 260)


def test_without_script(newsdesk: Serving, visit: Visit) -> None:
    page = visit(crop_page(newsdesk, "n000"), java_script_enabled=False)
    expect(page.locator("#box")).to_be_hidden()
    page.get_by_label("1:1").check()
    page.get_by_role("button", name="Suggest a crop").click()
    expect(page.locator("#crop-said")).to_contain_text("1:1: 240 x 240 pixels")
    page.locator("#zoom").press("End")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#crop-said")).to_contain_text("1:1: 30 x 30 pixels")
    assert "csrf" not in page.url
    assert page.evaluate("1 + 1") == 2
    page.locator("#download").focus()
    name, data = downloaded(page)
    assert name == "n000-1-1.jpg"
    assert Image.open(io.BytesIO(data)).size == (30, 30)


def test_words_of_a_photo_are_never_markup(newsdesk: Serving, visit: Visit) -> None:
    photos = Store.open(newsdesk.desk.archive.path).photos_where("true")
    hostile = next(photo for photo in photos if "<script>" in f"{photo.caption}{photo.credit}")
    newsdesk.desk.archive.use(hostile, None, outlet=HOSTILE)
    page = visit(f"{newsdesk.url}/photos/{hostile.id}/crop", width=1000)
    page.goto(
        f"{page.url}?headline=%3C%2Fscript%3E%3Cscript%3Edocument.title%3D%27owned%27%3C%2Fscript%3E&url=javascript:1"
    )
    ready(page)
    page.locator("#download").focus()
    name, _ = downloaded(page)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", name)
    expect(page.locator("#uses li").first).to_contain_text("document.title='owned'")
    assert page.title().startswith("Crop ")
    assert page.locator("a[href^='javascript']").count() == 0


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark", "width": 390, "height": 844}])
def test_axe_finds_nothing_serious(newsdesk: Serving, visit: Visit, options: dict[str, Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    newsdesk.desk.archive.use("n001", None, outlet="front page")
    page = visit(crop_page(newsdesk), **options)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = axe.Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
