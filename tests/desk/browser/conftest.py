"""A real browser before a real desk.

Whatever a test does: no script may fail, nothing may be asked of another host, and the content security policy may not
have had to stop anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from picdesk.desk.settings import DeskSettings, Limits, Rate
from tests.desk.browser.acts import PATIENCE, ready
from tests.desk.browser.newsdesk import fill_calibrated, fill_newsdesk
from tests.desk.server import Serving, serving

pytest.importorskip("playwright", reason="pip install playwright")
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

expect.set_options(timeout=PATIENCE)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or the one that Playwright brought."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            if path:
                raise
            pytest.skip(f"no browser can be started here (Debian: apt-get install chromium): {error.message[:80]}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def thumbnails(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("browser-thumbnails")


@pytest.fixture(scope="session")
def generous() -> Limits:
    """Limits that a dozen tests a minute from one address do not meet."""
    return replace(Limits(), rates={kind: Rate(1000, 10_000) for kind in Limits().rates})


@pytest.fixture(scope="session")
def open_newsdesk(tmp_path_factory: pytest.TempPathFactory, thumbnails: Any, generous: Limits) -> Iterator[Serving]:
    """A desk that editors use, for the whole run."""
    archive = fill_newsdesk(tmp_path_factory.mktemp("newsdesk"))
    with serving(DeskSettings(archive=str(archive.path), thumbnails=thumbnails, limits=generous)) as served:
        yield served


@pytest.fixture
def newsdesk(open_newsdesk: Serving) -> Iterator[Serving]:
    """A desk that editors use; what a test chose or used is taken back when it ends."""
    yield open_newsdesk
    open_newsdesk.settle()
    archive = open_newsdesk.desk.archive
    while done := [choice.id for choice in archive.choices()] + [use.id for use in archive.uses()]:
        archive.undo(done[-1])


@pytest.fixture(scope="session")
def suredesk(tmp_path_factory: pytest.TempPathFactory, thumbnails: Any, generous: Limits) -> Iterator[Serving]:
    """A desk that knows how sure it is."""
    archive = fill_calibrated(tmp_path_factory.mktemp("suredesk"))
    with serving(DeskSettings(archive=str(archive.path), thumbnails=thumbnails, limits=generous)) as served:
        yield served


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open a page; what its console will say is announced by ``expect``."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []
    allowed: list[str] = []

    def open_page(
        url: str, *, width: int = 1280, height: int = 800, expect: tuple[str, ...] = (), **options: Any
    ) -> Page:
        allowed.extend(expect)
        context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        host = url.split("/")[2]
        page.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: wrong.append(asked.url) if _is_foreign(asked.url, host) else None)
        page.goto(url)
        if options.get("java_script_enabled", True):
            ready(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [line for line in wrong if not any(word in line for word in allowed)] == []


def _is_foreign(url: str, host: str) -> bool:
    return not url.startswith((f"http://{host}/", "data:", "blob:", "about:"))
