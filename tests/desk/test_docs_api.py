"""The examples of the page about the interface, tried on a desk that serves."""

from __future__ import annotations

import doctest
import re

from picdesk.desk import facets, pictures
from picdesk.desk.pages import kept
from picdesk.desk.security import sessions
from picdesk.desk.settings import Limits
from picdesk.desk.thumbnails import EDGES
from tests.command_line import ROOT, picdesk
from tests.desk.server import Serving

PAGE = ROOT / "docs/desk-api.md"


def test_the_examples_run(desk: Serving) -> None:
    with desk.client() as client:
        done = doctest.testfile(str(PAGE), module_relative=False, globs={"desk": client})
    assert done.attempted > 10
    assert done.failed == 0


def test_the_options_and_addresses_are_there(desk: Serving) -> None:
    text = PAGE.read_text(encoding="utf-8")
    options = picdesk("serve", "--help").out
    assert not [name for name in re.findall(r"^\| `(--[a-z-]+)", text, re.MULTILINE) if name not in options]
    with desk.client() as client:
        paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path in re.findall(r"`(?:GET|POST) (/api/v1/[a-z]+)", text):
        assert [known for known in paths if known.startswith(path)], path


def test_the_figures_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    limits = Limits()
    assert (limits.body, limits.upload, limits.upload_pixels) == (1 << 20, 20 << 20, 60_000_000)
    assert "1 MB a request and 20 MB a picture, 60 megapixels" in text
    assert f"{limits.head_seconds:g} s for a head and {limits.body_seconds:g} s for a body" in text
    assert f"{limits.waiting} searches may wait" in text
    assert "five failures and then one a minute" in text
    assert (limits.rates["login"].burst, limits.rates["login"].per_second) == (5, 1 / 60)
    assert limits.rates["search"].per_second == 40
    assert f"for {kept.SECONDS / 86400:g} days, `desk/pictures/` for {pictures.SECONDS / 3600:g} hours" in text
    assert f"more than {kept.STORIES:,} and {pictures.MOST:,}" in text
    assert f"{sessions.IDLE / 3600:g} hours unused, {sessions.LONGEST / 86400:g} days at most" in text
    assert f"those of the {facets.BEST} best photos" in (ROOT / "docs/desk.md").read_text(encoding="utf-8")
    assert ", ".join(f"`{edge}`" for edge in EDGES[1:3]) in text
