"""What a page weighs, and what its files may hold."""

from __future__ import annotations

import re
from importlib.resources import files

from picdesk.desk.pages.view import NARROWEST, STEP, STEPS
from tests.desk.browser.acts import tell
from tests.desk.browser.conftest import Visit
from tests.desk.browser.newsdesk import STORY
from tests.desk.server import Serving

STATIC = files("picdesk.desk").joinpath("static")
MOST = 100_000


def test_the_first_page_weighs_less_than_100_kb_without_photos(newsdesk: Serving, visit: Visit) -> None:
    page = visit(newsdesk.url)
    sizes: dict[str, int] = {}

    def weigh(answer: object) -> None:
        url = answer.url  # type: ignore[attr-defined]
        if "/thumbnails/" not in url and answer.status == 200:  # type: ignore[attr-defined]
            sizes[url] = len(answer.body())  # type: ignore[attr-defined]

    tell(page, STORY)
    page.on("response", weigh)
    page.route("**/*", lambda route: route.continue_())  # which takes nothing out of the browser's cache
    page.reload()
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 8, "page, style sheets and every module are counted"
    assert sum(sizes.values()) < MOST, sizes


def test_files_of_the_page_are_fetched_once(newsdesk: Serving) -> None:
    with newsdesk.client() as client:
        first = client.get("/static/asking.js")
        assert first.headers["Cache-Control"] == "no-cache"
        again = client.get("/static/asking.js", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_scripts_never_make_markup_of_text() -> None:
    for file in STATIC.iterdir():
        if file.name.endswith(".js"):
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", file.read_text()
            ), file.name


def test_templates_switch_no_escaping_off_and_hold_no_script_or_style() -> None:
    templates = files("picdesk.desk").joinpath("templates")
    own = [templates.joinpath(f"{name}.html") for name in ("base", "error", "login")]
    for file in [*own, *templates.joinpath("story").iterdir()]:
        if file.name.endswith(".html"):
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"\|\s*safe|autoescape|Markup|\sstyle=|\son\w+=|<script(?![^>]*src=)|<style", text), (
                file.name
            )


def test_the_style_sheet_has_every_ratio() -> None:
    said = dict(re.findall(r"\.r(\d+)\{--r:([\d.]+)\}", STATIC.joinpath("story.css").read_text(encoding="utf-8")))
    assert said == {str(step): f"{NARROWEST * STEP**step:.3f}" for step in range(STEPS)}
