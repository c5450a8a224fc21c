"""A study of three raters, in a browser: with keys, with the mouse, and without script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from picdesk.desk.settings import DeskSettings, Limits
from picdesk.evaluate.ratings.study.links import token_of
from picdesk.evaluate.ratings.study.results import progress_of, read_study_answers
from tests.desk.browser.acts import ready
from tests.desk.browser.conftest import Visit
from tests.desk.browser.test_narrow_dark import faults
from tests.desk.server import Serving, serving
from tests.desk.test_rating import make_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(tmp_path_factory.mktemp("rated") / "study")


@pytest.fixture(scope="module")
def raters_desk(study: Path, desk_settings: DeskSettings, generous: Limits) -> Iterator[Serving]:
    """A desk with a study and no archive."""
    with serving(replace(desk_settings, archive=None, study=study, limits=generous)) as served:
        yield served


def answer_with(page: Page, points: int, *, keys: bool) -> None:
    button = page.locator(f"button[data-key='{points}']")
    expect(button).to_be_visible()
    before = page.url
    if keys:
        ready(page)
        page.keyboard.press(str(points))
    else:
        button.click()
    page.wait_for_url(lambda url: url != before)


def test_three_raters_rate_all_they_are_asked(raters_desk: Serving, study: Path, visit: Visit) -> None:
    for rater, options in (
        ("a", {}),
        ("b", {"java_script_enabled": False}),
        ("c", {"width": 360, "color_scheme": "dark"}),
    ):
        page = visit(f"{raters_desk.url}/rate/{token_of(study, rater)}", **options)
        asked = next(one.asked for one in progress_of(study) if one.rater.id == rater)
        page.get_by_role("link", name="Begin").click()
        for number in range(asked):
            expect(page.locator(".progress")).to_contain_text(f"{number} of {asked}")
            answer_with(page, number % 5 + 1, keys=rater == "a")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    assert all(one.answered == one.asked for one in progress_of(study))
    ratings, _ = read_study_answers(study)
    assert len(ratings) == 4 + 8 + 8
    assert {one.run for one in ratings if one.team == "red"} == {"two"}


def test_undo_and_looking_back_by_keys(tmp_path: Path, desk_settings: DeskSettings, visit: Visit) -> None:
    study = make_study(tmp_path / "study", team="", kind="pairs")
    with serving(replace(desk_settings, study=study)) as served:
        page = visit(f"{served.url}/rate/{token_of(study, 'c')}/1")
        first = page.locator("legend").inner_text()
        assert first == "Which picture fits the story better?"
        answer_with(page, 2, keys=True)
        answer_with(page, 0, keys=True)
        ready(page)
        page.keyboard.press("ArrowLeft")
        page.wait_for_url("**/2")
        ready(page)
        assert page.locator("button[data-key='0']").get_attribute("aria-pressed") == "true"
        page.keyboard.press("u")
        expect(page.locator("button[data-key='0']")).to_have_attribute("aria-pressed", "false")
        assert [one.answered for one in progress_of(study) if one.rater.id == "c"] == [1]
        page.keyboard.press("Control+1")  # the browser's own, no answer
        assert page.url.endswith("/2")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious_on_a_raters_pages(
    tmp_path: Path, desk_settings: DeskSettings, visit: Visit, scheme: str, width: int
) -> None:
    for kind in ("points", "pairs"):
        study = make_study(tmp_path / kind, team="", kind=kind)
        with serving(replace(desk_settings, study=study)) as served:
            page = visit(f"{served.url}/rate/{token_of(study, 'c')}", width=width, color_scheme=scheme)
            assert faults(page) == []
            page.get_by_role("link", name="Begin").click()
            answer_with(page, 1, keys=True)
            assert faults(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
