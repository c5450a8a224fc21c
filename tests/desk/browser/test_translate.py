"""A story in another language: the desk says so, and offers to translate it first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.articles.test_translate_apertium import FAKE, behave
from tests.desk.browser.acts import captions, ready, tell
from tests.desk.browser.conftest import Visit
from tests.desk.server import Serving

STORY = """Incendio en el puerto

El fuego destruyó un almacén en el puerto de la ciudad durante la noche, dijeron los bomberos. Nadie resultó herido."""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where ``apertium`` would be; no other translator is here."""
    path = tmp_path / "bin/apertium"
    path.parent.mkdir()
    monkeypatch.setenv("PATH", str(path.parent), prepend=":")
    monkeypatch.setenv("PICDESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return path


def test_a_story_is_translated_first(newsdesk: Serving, visit: Visit, program: Path) -> None:
    behave(program, "sed 's/.*/A storm over the harbour of Lima./'")
    page = visit(newsdesk.url)
    tell(page, STORY)
    offer = page.get_by_label("The story is in Spanish: translate it into English first")
    offer.check()
    expect(page.locator(".tile .caption").first).to_contain_text("Lima, storm")
    expect(page).to_have_url(re.compile("translate=1"))
    page.click("#read summary")
    expect(page.locator("#read .steps")).to_contain_text("es to en by apertium spa-eng")
    found = captions(page)
    page.reload()
    ready(page)
    assert captions(page) == found
    page.uncheck("#translate")
    expect(page.locator("#read .steps")).not_to_contain_text("apertium")
    expect(page.locator("#headline")).to_have_value("Incendio en el puerto")


def test_without_a_translator_the_desk_says_what_to_do(newsdesk: Serving, visit: Visit, program: Path) -> None:
    program.write_text(FAKE.replace("spa-eng", "rus-eng"))
    program.chmod(0o755)
    page = visit(newsdesk.url, expect=("422",))
    tell(page, STORY)
    page.check("input[name='orientation'][value='portrait']")
    expect(page.locator(".chips button")).to_have_count(1)
    page.check("#translate")
    expect(page.locator(".verdict-stop")).to_contain_text("nothing here translates from es to en")
    expect(page.locator(".verdict-stop")).to_contain_text("picdesk models get")
    page.uncheck("#translate")
    expect(page.locator(".verdict-stop")).to_have_count(0)
    expect(page.locator(".chips button")).to_have_count(1)  # filters are not lost on the way
