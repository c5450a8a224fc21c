"""What ``picdesk articles show`` and ``readings`` print, as a user sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from picdesk import open_archive
from picdesk.articles.reading import Reading, readings
from picdesk.encoders import load_encoder
from tests.command_line import picdesk

STORY = """Fire destroys warehouse in Leipzig

A warehouse in Leipzig burnt down on 5 March 2024, police said. Nobody was hurt.

The mayor, Burkhard Jung, thanked the firefighters. They had come from three towns.
"""


def test_a_story_is_shown_with_all_that_was_done(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "story.txt").write_text(STORY, encoding="utf-8")
    said = picdesk("articles", "show", tmp_path / "story.txt", "--encoder", clip)
    assert said.code == 0
    for part in (
        "Fire destroys warehouse in Leipzig",
        "2024-03-05",
        "Burkhard Jung",
        "capitalised, x0.7",
        "tiny-clip",
        "tokens read",
        "select 'text'",
        "left out",
    ):
        assert part in said.out
    assert "read as 'default'" in said.err
    assert picdesk("articles", "show", tmp_path / "story.txt", "-q").err == ""


def test_the_document_has_the_encoders_own_tokens(tmp_path: Path, clip: Path, scenes: Path) -> None:
    open_archive(tmp_path / "archive", encoder=clip).add(scenes)
    encoder = load_encoder(clip)
    document = picdesk("articles", "show", STORY, "--archive", tmp_path / "archive", "--json").document
    assert document["reading"] == "default"
    assert document["article"]["headline"] == "Fire destroys warehouse in Leipzig"
    assert document["date"] == "2024-03-05"
    assert [step["name"] for step in document["steps"]] == ["language", "texts", "words", "names", "dates"]
    (shown,) = document["encoders"]
    assert shown["name"] == "tiny-clip"
    assert shown["limit"] == encoder.text_limit
    (text,) = shown["texts"]
    assert text["tokens"] == encoder.count_tokens(document["texts"])[0]
    assert text["read"] == min(encoder.text_limit or 0, encoder.count_tokens(text["windows"])[0])
    assert "".join(text["windows"] + [text["left_out"]]).split() == document["texts"][0].split()


def test_a_published_reading_and_one_of_ones_own(tmp_path: Path) -> None:
    shown = picdesk("articles", "show", "The fires in Leipzig", "--reading", "vu-2022-t2", "--json").document
    assert [text.lower() for text in shown["texts"]] == ["fire leipzig"]
    (tmp_path / "mine.toml").write_text("[texts]\nnormalise = ['stem']\n", encoding="utf-8")
    mine = picdesk("articles", "show", "-", "--reading", tmp_path / "mine.toml", "--json", stdin="Fires").document
    assert mine["reading"] == "mine"
    assert mine["texts"] == ["Fires"]
    assert "unknown language" in mine["notes"][0]
    spoken = picdesk(
        "articles", "show", "Fires", "--language", "eng", "--reading", tmp_path / "mine.toml", "--json"
    ).document
    assert spoken["texts"] == ["fire"]


def test_errors_say_what_to_do() -> None:
    missing = picdesk("articles", "show", "Feuer in Leipzig", "--translate", "--language", "de")
    assert missing.code == 3
    assert "picdesk models get opus-mt-de-en" in missing.err
    assert picdesk("articles", "show", "x", "--reading", "nope").code == 2
    assert picdesk("articles", "show", "x", "--language", "Klingon").code == 2
    assert picdesk("articles", "show", "x", "--encoder", "nope").code == 3
    assert picdesk("articles", "show", "x", "--archive", "nowhere").code == 2


def test_terminal_codes_of_a_story_are_not_obeyed() -> None:
    said = picdesk("articles", "show", "Fire \x1b[31mred\x1b[0m [bold]x[/bold]")
    assert "\x1b" not in said.out
    assert "[bold]x[/bold]" in said.out


def test_search_takes_a_reading(tmp_path: Path, scenes: Path) -> None:
    open_archive(tmp_path / "archive").add(scenes)
    found = picdesk("search", tmp_path / "archive", "The #RedScenes", "--reading", "tweet", "--json")
    assert found.document["query"]["words"] == "The Red Scenes"
    assert found.document["query"]["language"] is None
    assert picdesk("search", tmp_path / "archive", "x", "--reading", "nope").code == 2
    missing = picdesk("search", tmp_path / "archive", "Feuer", "--translate", "--language", "de")
    assert (missing.code, "opus-mt-de-en" in missing.err) == (3, True)


def test_readings_are_listed_and_printed_as_toml() -> None:
    listed = picdesk("articles", "readings")
    assert listed.code == 0
    for name in readings():
        assert name in listed.out
    printed = picdesk("articles", "readings", "bakker-2025-long")
    assert Reading.from_toml(printed.out) == readings()["bakker-2025-long"]
    document = picdesk("articles", "readings", "--json").document
    assert [each["name"] for each in document["readings"]] == list(readings())
    assert picdesk("articles", "readings", "nope").code == 2


def test_a_narrow_terminal_shows_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picdesk.cli.show.PIPED_WIDTH", 44)
    said = picdesk("articles", "show", STORY, "-q")
    assert max(map(len, said.out.splitlines())) <= 44
    for word in ("destroys", "firefighters.", "select", "left out:", "characters"):
        assert word in said.out
