"""Readings: frozen settings that go to TOML and back, and refuse what makes no sense before the first story."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.articles.reading import (
    DEFAULT,
    NameSettings,
    Reading,
    TextSettings,
    WordSettings,
    load_reading,
    readings,
    with_translation,
)
from picdesk.errors import InputError

PUBLISHED = {
    "vu-2022-t1",
    "vu-2022-t2",
    "vu-2022-tweets",
    "galanopoulos-2022-title",
    "galanopoulos-2022-text",
    "leventakis-2023",
    "bakker-2025-reg",
    "bakker-2025-long",
}


def test_the_default_is_the_one_of_the_file() -> None:
    assert readings()["default"] == DEFAULT == load_reading("default")


def test_every_published_reading_is_here_and_says_what_it_is() -> None:
    assert set(readings()) >= PUBLISHED
    for name, reading in readings().items():
        assert reading.name == name
        assert len(reading.about) > 20
        assert (") " in reading.about or "):" in reading.about or "," in reading.about) or name not in PUBLISHED


def test_only_readings_for_reproduction_normalise() -> None:
    plain = {name for name, reading in readings().items() if not reading.texts.normalise}
    assert {"default", "headline", "lead", "full-text"} <= plain


@pytest.mark.parametrize("name", sorted(readings()))
def test_toml_and_back(name: str) -> None:
    reading = readings()[name]
    assert Reading.from_toml(reading.to_toml()) == reading


@given(
    name=st.text(max_size=20),
    about=st.text(max_size=50),
    words=st.integers(0, 10**6),
    weight=st.floats(0, 1e6),
    translator=st.text(max_size=20),
    translated=st.booleans(),
)
def test_any_text_survives_toml(
    name: str, about: str, words: int, weight: float, translator: str, translated: bool
) -> None:
    reading = Reading(
        name=name or "x",
        about=about,
        translator=translator,
        texts=TextSettings(words=words, normalise=("lower",)),
        words=WordSettings(translated=translated),
        names=NameSettings(person=weight, sources=()),
    )
    assert Reading.from_toml(reading.to_toml()) == reading


def test_a_reading_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('language = "de-AT"\ntexts = { select = "lead", budget = 40 }\n[names]\nperson = 2\n', "utf-8-sig")
    reading = load_reading(file)
    assert reading == dataclasses.replace(
        DEFAULT,
        name="mine",
        about="",
        language="de",
        texts=TextSettings(select="lead", budget=40),
        names=NameSettings(person=2.0),
    )
    assert load_reading(str(file)) == reading


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("texts = 3", "'texts' of the reading 'x' is no section"),
        ("[texts]\nselekt = 'text'", "unknown setting 'selekt'"),
        ("colour = 'red'", "unknown setting 'colour'"),
        ("[texts]\nselect = 'middle'", "no selection is called 'middle'"),
        ("[texts]\nfit = 'squeeze'", "no way to fit is called 'squeeze'"),
        ("[texts]\nnormalise = ['shout']", "no step of normalisation is called 'shout'"),
        ("[words]\nnormalise = ['shout']", "no step of normalisation is called 'shout'"),
        ("[words]\nnormalise = 'lower'", "'normalise' of the reading"),
        ("[names]\nsources = ['oracle']", "no source of names is called 'oracle'"),
        ("[names]\nperson = -1", "'person' of the reading 'x' is no weight"),
        ("[names]\nperson = nan", "'person' of the reading 'x' is no weight"),
        ("[names]\nperson = true", "'person' of the reading"),
        ("[texts]\nwords = -1", "'words' of the reading 'x' is -1"),
        ("[texts]\nwords = 1.5", "'words' of the reading"),
        ("[texts]\nparaphrases = -2", "'paraphrases' of the reading 'x' is -2"),
        ("language = 'Klingon'", "'Klingon' is no code of a language"),
        ("translate = 'Klingon'", "'Klingon' is no code of a language"),
        ("name = 'a", "is no TOML"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(toml: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        Reading.from_toml(toml, "x")
    assert said in caught.value.message
    assert caught.value.hint


def test_a_reading_that_is_not_there() -> None:
    with pytest.raises(InputError, match="no reading is called 'nope'") as caught:
        load_reading("nope")
    assert "bakker-2025-long" in caught.value.hint


def test_a_reading_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT.texts.words = 3  # type: ignore[misc]
    assert hash(DEFAULT) == hash(readings()["default"])
    assert with_translation(DEFAULT, language="de") == dataclasses.replace(DEFAULT, translate="en", language="de")


def test_hints_speak_no_python(tmp_path: Path) -> None:
    for toml, hint in (
        ("[texts]\nnormalise = 'lower'", 'a list of texts, such as ["one", "two"]'),
        ("[texts]\nwords = 'a'", "a whole number"),
        ("[text]\nwords = 3", "[texts], [words], [names]"),
    ):
        with pytest.raises(InputError) as caught:
            Reading.from_toml(toml, "x")
        assert hint in caught.value.hint
    (tmp_path / "latin.toml").write_bytes("about = 'Zürich'".encode("latin-1"))
    with pytest.raises(InputError, match="no text in UTF-8"):
        load_reading(tmp_path / "latin.toml")
