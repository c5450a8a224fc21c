"""From a story to the chosen photo, as an editor works."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from picdesk.desk.pages.form import PAGE
from tests.desk.browser.acts import captions, focused, press, ranks, ready, tell, until
from tests.desk.browser.conftest import Visit
from tests.desk.browser.newsdesk import HOSTILE, STORY, STORY_PAGE
from tests.desk.server import Serving


def test_a_story_becomes_a_chosen_photo_by_keyboard_alone(newsdesk: Serving, visit: Visit) -> None:
    page = visit(newsdesk.url)
    expect(page.locator("#what")).to_be_focused()
    page.keyboard.insert_text(STORY)
    press(page, "Control+Enter")
    expect(page.locator("#headline")).to_have_value("Storm floods the harbour city of Lima")
    ready(page)
    expect(page.locator("#lead")).to_have_value(re.compile("^Waves of a storm"))
    press(page, "g")
    first = focused(page)
    assert first["rank"] == 1
    press(page, "ArrowRight", "ArrowDown")
    here = focused(page)
    assert here["top"] > first["bottom"] - 1
    press(page, "Enter")
    panel = page.locator("#panel .photo")
    expect(panel).to_have_attribute("data-id", here["id"])
    expect(panel.locator(".why")).to_contain_text("words")
    expect(panel.locator(".facts")).to_contain_text("Rights")
    press(page, "p")
    expect(page.locator("#status")).to_have_text("Picked")
    expect(page.locator(f".tile[data-id='{here['id']}'] .verdict-badge")).to_have_text("Picked")
    press(page, "ArrowLeft")
    expect(panel).not_to_have_attribute("data-id", here["id"])
    press(page, "r")
    expect(page.locator("#status")).to_have_text("Rejected")
    left = focused(page)["id"]
    press(page, "Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert focused(page)["id"] == left
    chosen = {choice.photo: choice for choice in newsdesk.desk.archive.choices()}
    assert chosen[here["id"]].verdict == "picked"
    assert chosen[here["id"]].rank == here["rank"]
    assert chosen[here["id"]].signals["words"]
    assert chosen[left].verdict == "rejected"
    page.reload()
    ready(page)
    expect(page.locator(f".tile[data-id='{here['id']}']")).to_have_attribute("data-verdict", "picked")
    page.locator(f".tile[data-id='{here['id']}'] .shot").focus()
    press(page, "p")
    expect(page.locator("#status")).to_have_text("Taken back")
    page.reload()
    ready(page)
    expect(page.locator(f".tile[data-id='{here['id']}']")).not_to_have_attribute("data-verdict", "picked")


def test_arrows_go_where_they_point(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    press(page, "g")
    rows = page.eval_on_selector_all(".tile", "tiles => tiles.map(tile => tile.getBoundingClientRect().top)")
    assert len({round(top) for top in rows}) > 4, "the grid must have rows to go through"
    for _ in range(3):
        before = focused(page)
        press(page, "ArrowDown")
        after = focused(page)
        assert after["top"] != before["top"]
        assert after["left"] < before["right"], "the photo below lies under the one above"
        assert after["right"] > before["left"]
    press(page, "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")
    assert focused(page)["rank"] <= 5
    press(page, "Home")
    press(page, "ArrowLeft")
    assert focused(page)["rank"] == 1
    tabbed = page.eval_on_selector_all(".tile .shot", "all => all.filter(one => one.tabIndex === 0).length")
    assert tabbed == 1, "one photo is reached by Tab, the others by arrows"


def test_keys_are_explained_and_letters_can_be_turned_off(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    press(page, "?")
    expect(page.locator("dialog")).to_be_visible()
    page.uncheck("#letters")
    press(page, "Escape")
    expect(page.locator("dialog")).to_be_hidden()
    press(page, "g")
    assert focused(page) == {}
    page.reload()
    ready(page)
    press(page, "?")
    expect(page.locator("dialog")).to_be_hidden()
    page.click(".bar a[href='/keys']")
    page.check("#letters")
    press(page, "Escape", "g")
    assert focused(page)["rank"] == 1
    press(page, "/")
    expect(page.locator("#headline")).to_be_focused()
    press(page, "p")
    expect(page.locator("#headline")).to_have_value("p")


def test_two_photos_stand_side_by_side(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=harbour+in+Lima")
    press(page, "g", "c")
    expect(page.locator("#status")).to_contain_text("Press c on another")
    press(page, "ArrowRight", "c")
    expect(page.locator(".pair .photo")).to_have_count(2)
    ready(page)
    expect(page.locator(".pair [data-do='picked']").first).to_be_focused()
    press(page, "ArrowRight", "p")
    right = page.locator(".pair .photo").nth(1)
    expect(right).to_have_attribute("data-verdict", "picked")
    press(page, "Escape")  # whether the desk knows it yet or not
    expect(page.locator("#grid")).to_be_visible()
    expect(page.locator(".tile[data-verdict='picked']")).to_have_count(1)


def test_filters_have_counts_that_hold_and_come_off_again(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    reuters = page.locator(".facet label:has(input[name='credit'][value='Reuters'])")
    count = int(reuters.locator(".count").inner_text())
    assert count == 37
    reuters.click()
    expect(page.locator(".summary")).to_contain_text(f"{count} of 114")
    assert set(page.locator(".tile .credit").all_text_contents()) == {"Reuters"}
    expect(page.locator("input[name='credit'][value='Reuters']")).to_be_focused()
    page.check("input[name='credit'][value='AP']")
    expect(page.locator(".summary")).to_contain_text("74 of 114")
    page.check("input[name='orientation'][value='portrait']")
    expect(page.locator(".chips button")).to_have_count(4)
    with page.expect_event("load"):
        page.go_back()
    ready(page)
    expect(page.locator(".summary")).to_contain_text("74 of 114")
    page.click(".chips button:has-text('Reuters')")
    expect(page.locator(".chips button")).to_have_count(1)
    assert "Reuters" not in page.url
    page.fill("#after", "2020-01-01")
    expect(page.locator(".chips")).to_contain_text("from 2020-01-01")
    page.fill("#before", "2020-01-02")
    expect(page.locator(".empty")).to_contain_text("No photo passes these filters")
    expect(page.locator("#read")).to_contain_text("What was read")


def test_words_are_left_out_and_the_weights_say_what_they_do(newsdesk: Serving, visit: Visit) -> None:
    page = visit(newsdesk.url)
    tell(page, 'city -storm -"people 2"')
    expect(page.locator("#without")).to_have_value('storm "people 2"')
    assert not any("storm" in caption for caption in captions(page))
    assert captions(page)
    page.locator("#picture_weight").focus()
    press(page, "Home")
    expect(page.locator("#picture_weight_said")).to_have_text("words alone")
    expect(page).to_have_url(re.compile("picture_weight=0"))


def test_warnings_rights_and_copies_are_seen_before_a_photo_is_used(newsdesk: Serving, visit: Visit) -> None:
    page = visit(newsdesk.url)
    page.set_input_files("#file", {"name": "story.html", "mimeType": "text/html", "buffer": STORY_PAGE.encode()})
    expect(page.locator(".tile").first).to_be_visible()
    badges = set(page.locator(".tile .badge").all_text_contents())
    assert {"Restricted", "Rights not said", "AI-made", "Old photo", "Other person"} <= badges
    page.goto(f"{newsdesk.url}/?headline=lighthouse")
    ready(page)
    press(page, "g", "o")
    expect(page.locator(".copies li")).to_have_count(2)
    press(page, "Escape")
    expect(page.locator(".copies[open]")).to_have_count(0)
    page.check("#apart")
    expect(page.locator(".tile .caption", has_text="Lighthouse")).to_have_count(3)


def test_more_like_this(desk: Serving, visit: Visit) -> None:
    page = visit(f"{desk.url}/?headline=storm")
    press(page, "g", "Enter")
    page.click("#panel a:has-text('More like this')")
    expect(page.locator(".by-picture")).to_be_visible()
    assert "like=" in page.url
    page.click("button:has-text('Without it')")
    expect(page.locator("#what")).to_be_visible()


def test_a_picture_is_searched_by(desk: Serving, captioned: Path, visit: Visit) -> None:
    page = visit(desk.url)
    page.set_input_files("#file", captioned.parent / "p7.jpg")
    expect(page.locator(".by-picture img")).to_be_visible()
    expect(page.locator(".tile .caption").first).to_have_text("A parade in the city of Oslo")
    until(page, "document.querySelector('.by-picture img').naturalWidth > 0")
    ready(page)
    page.fill("#headline", "wedding")
    expect(page).to_have_url(re.compile("headline=wedding"))
    assert "picture=" in page.url, "words and picture are asked together"


def test_the_mouse_has_its_buttons_also_after_photos_have_changed(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    page.locator(".tile").nth(1).hover()
    page.click("#tools [data-do='picked']")
    expect(page.locator(".tile").nth(1)).to_have_attribute("data-verdict", "picked")
    expect(page.locator("#tools [data-do='picked']")).to_have_attribute("aria-pressed", "true")
    page.fill("#headline", "storm in the city")
    expect(page.locator(".tile[data-verdict]")).to_have_count(0)
    page.locator(".tile").nth(2).hover()
    page.click("#tools [data-do='rejected']")
    expect(page.locator(".tile").nth(2)).to_have_attribute("data-verdict", "rejected")
    page.locator(".tile").nth(0).hover()
    expect(page.locator("#tools [data-do='rejected']")).to_have_attribute("aria-pressed", "false")


def test_a_search_that_this_archive_cannot_do_is_said_on_the_page(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=lighthouse", expect=("422", "503"))
    press(page, "g", "m")
    expect(page.locator("main")).to_contain_text("no encoder of this archive can look at a picture")


def test_hostile_words_are_words(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=zebra", expect=("404", "422", "conform"))
    assert HOSTILE in captions(page)[0]
    ready(page)
    page.locator(".shot").first.click()
    expect(page.locator("#panel .facts")).to_contain_text(HOSTILE)
    for field in ("headline", "lead", "without", "story", "picture", "after", "credit", "drop"):
        page.goto(f"{newsdesk.url}/?headline=zebra&{field}=%22%3E%3Cscript%3Edocument.title%3D%27owned%27%3C/script%3E")
        assert "owned" not in page.title() or field == "headline"
        assert page.locator("main script").count() == 0
    page.goto(newsdesk.url)
    tell(page, f"zebra {HOSTILE}\n\n{HOSTILE} lead\n\nand {HOSTILE}")
    page.click("#read summary")
    assert page.locator("main script, main img[src='x']").count() == 0
    assert page.title() != "owned"


def test_going_back_finds_the_place_and_the_photo(newsdesk: Serving, visit: Visit) -> None:
    page = visit(f"{newsdesk.url}/?headline=city")
    assert ranks(page) == list(range(1, PAGE + 1))
    press(page, "g")
    for loaded in (1, 2, 3):
        press(page, "End")
        expect(page.locator(".tile").nth(min(loaded * PAGE + 1, 110))).to_be_attached()
    expect(page.locator("#more")).to_have_text("That is all.")
    press(page, "End")
    assert ranks(page) == list(range(1, len(ranks(page)) + 1)), "no photo twice, none left out"
    here, top = focused(page), page.evaluate("scrollY")
    assert top > 1000
    page.goto(f"{newsdesk.url}/keys")
    page.go_back()
    expect(page.locator(f".tile[data-id='{here['id']}'] .shot")).to_be_focused()
    until(page, f"Math.abs(scrollY - {top}) < 3")
    page.go_forward()
    expect(page.locator("h1")).to_have_text("Keys")


def test_nothing_fits_well_is_said_plainly(suredesk: Serving, visit: Visit) -> None:
    page = visit(f"{suredesk.url}/?headline=Reports+of+a+fire+near+Oslo")
    expect(page.locator(".summary")).to_contain_text("best fits")
    expect(page.locator("[data-misfit]")).to_have_count(0)
    page.fill("#headline", "What comes after the strike at the opera of Ulan Bator")
    expect(page.locator("[data-misfit]")).to_contain_text("Nothing here fits well")
    expect(page.locator("#status")).to_contain_text("Nothing here fits well")
    expect(page.locator(".tile .badge", has_text="fits").first).to_be_visible()
