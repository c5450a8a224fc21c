"""The pictures of docs/desk.md, taken of the demo's archive; written with ``PICDESK_SCREENSHOTS=write``."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from picdesk.desk.settings import DeskSettings, Limits
from picdesk.evaluate.ratings.study.links import token_of
from picdesk.evaluate.ratings.study.records import Rater, Story
from picdesk.evaluate.ratings.study.setup import Wanted, set_up
from picdesk.evaluate.ratings.study.taking_part import TakingPart
from picdesk.photos.locate import read_bytes
from tests.command_line import ROOT
from tests.desk.browser.acts import press, ready, tell, until
from tests.desk.browser.conftest import Visit
from tests.desk.server import Serving, serving

FOLDER = ROOT / "docs/desk"
MOST = 200_000
WRITE = os.environ.get("PICDESK_SCREENSHOTS") == "write"
LAUNCH = files("picdesk.demo").joinpath("stories", "launch.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def demodesk(tmp_path_factory: pytest.TempPathFactory, generous: Limits) -> Iterator[Serving]:
    """A desk over the demo's photos, which are free to be shown."""
    pytest.importorskip("skimage", reason="the demo's photos come with scikit-image: pip install 'picdesk[demo]'")
    from picdesk.demo import run_demo

    folder = tmp_path_factory.mktemp("demodesk")
    demo = run_demo(folder / "demo")
    with serving(DeskSettings(archive=str(demo.archive), thumbnails=folder / "small", limits=generous)) as served:
        yield served


def start(page: Page) -> None:
    """Nothing is asked yet."""


def story(page: Page) -> None:
    tell(page, LAUNCH)
    press(page, "g", "p", "ArrowRight", "ArrowRight", "r", "ArrowLeft")
    expect(page.locator("#status")).to_have_text("Rejected")
    expect(page.locator(".tile[data-verdict]")).to_have_count(2)


def photo(page: Page) -> None:
    tell(page, LAUNCH)
    press(page, "g", "Enter")
    expect(page.locator("#panel .why")).to_be_visible()


def read(page: Page) -> None:
    tell(page, LAUNCH)
    page.click("#read summary")
    page.locator("#read").scroll_into_view_if_needed()


def compare(page: Page) -> None:
    tell(page, LAUNCH)
    press(page, "g", "c", "ArrowRight", "c")
    expect(page.locator(".pair")).to_be_visible()
    ready(page)


def keys(page: Page) -> None:
    tell(page, LAUNCH)
    press(page, "g", "?")


def crop(page: Page) -> None:
    tell(page, LAUNCH)
    press(page, "g", "x")
    expect(page.locator("h1")).to_contain_text("Crop")
    ready(page)
    page.get_by_label("1:1").check()
    page.locator("#box").focus()
    expect(page.locator("#crop-said")).to_contain_text("1:1")


def basket(page: Page) -> None:
    tell(page, LAUNCH)
    press(page, "g", "p", "ArrowRight")
    expect(page.locator("#status")).to_have_text("Picked")
    press(page, "p")
    expect(page.locator(".tile[data-verdict]")).to_have_count(2)
    page.get_by_role("link", name="Basket").click()
    expect(page.locator(".picks li")).to_have_count(2)
    ready(page)


SHOTS: dict[str, tuple[Callable[[Page], None], int, int, str]] = {
    "start": (start, 1120, 560, "light"),
    "story": (story, 1040, 660, "light"),
    "photo": (photo, 1040, 660, "light"),
    "dark": (story, 1040, 660, "dark"),
    "read": (read, 1040, 660, "light"),
    "compare": (compare, 1040, 660, "light"),
    "crop": (crop, 1040, 720, "light"),
    "basket": (basket, 1040, 480, "light"),
    "keys": (keys, 1040, 660, "dark"),
    "narrow": (story, 390, 700, "light"),
}
"""Name -> what is done before it is taken, pixels wide and high, light or dark."""


@pytest.mark.parametrize("name", SHOTS)
def test_a_picture_of_the_page_is_taken(demodesk: Serving, visit: Visit, name: str, tmp_path: Path) -> None:
    act, width, height, scheme = SHOTS[name]
    page = visit(demodesk.url, width=width, height=height, color_scheme=scheme, has_touch=width < 400)
    act(page)
    if page.locator("#progress").count():
        expect(page.locator("#progress")).to_be_hidden()
    until(page, "[...document.images].every(one => one.complete || one.getBoundingClientRect().top > innerHeight)")
    archive = demodesk.desk.archive
    while chosen := archive.choices():
        archive.undo(chosen[-1].id)
    small = shrunk(page.screenshot(animations="disabled", caret="hide"))
    assert len(small) < MOST
    with Image.open(io.BytesIO(small)) as picture:
        assert picture.size == (width, height)
        assert len(picture.getcolors(maxcolors=1 << 16) or []) > 8, "a page, not an empty one"
    ((FOLDER if WRITE else tmp_path) / f"{name}.png").write_bytes(small)


def test_a_picture_of_a_raters_page_is_taken(demodesk: Serving, visit: Visit, tmp_path: Path, generous: Limits) -> None:
    archive = demodesk.desk.archive
    entries = [
        TakingPart(run=name, pictures={"launch": partial(read_bytes, archive.photo(name).uri)})
        for name in ("falcon-9-dscovr", "eileen-collins")
    ]
    headline, _, lead = LAUNCH.partition("\n")
    stories = {"launch": Story(id="launch", headline=headline.strip(), lead=" ".join(lead.split()))}
    set_up(tmp_path / "study", entries, stories, [Rater(id="ada", name="Ada")], Wanted())
    settings = DeskSettings(archive=None, study=tmp_path / "study", limits=generous)
    with serving(settings) as served:
        page = visit(f"{served.url}/rate/{token_of(tmp_path / 'study', 'ada')}/1", width=1040, height=660)
        until(page, "[...document.images].every(one => one.complete && one.naturalWidth)")
        small = shrunk(page.screenshot(animations="disabled", caret="hide"))
    assert len(small) < MOST
    ((FOLDER if WRITE else tmp_path) / "rating.png").write_bytes(small)
    assert "](desk/rating.png)" in (ROOT / "docs/rating.md").read_text(encoding="utf-8")


def test_the_page_of_the_docs_shows_every_picture() -> None:
    shown = set(re.findall(r"\]\(desk/(\w+)\.png\)", (ROOT / "docs/desk.md").read_text(encoding="utf-8")))
    assert shown == set(SHOTS)
    assert {path.stem for path in FOLDER.iterdir()} >= shown


def shrunk(png: bytes) -> bytes:
    """A screenshot in 128 colours, which is a quarter of its size and looks the same."""
    with Image.open(io.BytesIO(png)) as picture:
        drawn = io.BytesIO()
        few = picture.convert("RGB").quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(drawn, "PNG", optimize=True)
    return drawn.getvalue()
