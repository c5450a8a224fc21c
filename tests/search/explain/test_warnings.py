from __future__ import annotations

import datetime as dt

import pytest

from picdesk.records import Article, Name, Query
from picdesk.search.explain.warnings import warnings_of
from picdesk.search.filters.fields import AI_SOURCES
from tests.search.photos import photo

PERSON = Name(text="Olaf Scholz", kind="person")


def test_nothing_to_warn_of() -> None:
    assert warnings_of(Query(words="fire"), photo("x")) == ()
    plain = photo("x", people=("Olaf Scholz",), rights="All rights reserved", digital_source_type="digitalCapture")
    assert warnings_of(Query(names=(PERSON,), date=dt.date(2024, 5, 1)), plain) == ()


@pytest.mark.parametrize(
    ("shown", "contradicts"),
    [
        (("Angela Merkel",), True),
        (("Angela Merkel", "Emmanuel Macron"), True),
        (("Scholz",), False),
        (("OLAF SCHÖLZ",), False),
        (("Angela Merkel", "Olaf Scholz"), False),
        (("Olaf Henkel",), True),
        ((), False),
    ],
)
def test_people_whom_the_story_does_not_name(shown: tuple[str, ...], contradicts: bool) -> None:
    said = warnings_of(Query(names=(PERSON,)), photo("x", people=shown))
    assert bool(said) is contradicts
    if contradicts:
        assert f"shows {shown[0]}" in said[0]
        assert "the story names Olaf Scholz" in said[0]


def test_who_stands_in_the_text_is_no_stranger() -> None:
    article = Article(headline="Chancellor resigns", text="Olaf Scholz resigned. Merkel was there, too.")
    query = Query(names=(PERSON,), article=article)
    assert not warnings_of(query, photo("x", people=("Angela Merkel",)))
    assert warnings_of(query, photo("x", people=("Emmanuel Macron",)))
    place = Query(names=(Name(text="Berlin", kind="place"),))
    assert not warnings_of(place, photo("x", people=("Emmanuel Macron",))), "the story is about nobody"
    crowd = photo("x", people=("A B", "C D", "E F", "G H", "I J"))
    assert "shows A B, C D and E F and 2 more" in warnings_of(query, crowd)[0].replace(", E F", " and E F")


def test_a_photo_much_older_than_the_event() -> None:
    taken = dt.datetime(2019, 3, 2, 12, tzinfo=dt.UTC)
    event = Query(date=dt.date(2024, 5, 1))
    assert warnings_of(event, photo("x", taken=taken)) == ("old: taken 2019-03-02, 5 years before the event",)
    published = Query(article=Article(headline="x", published=dt.date(2024, 5, 1)))
    assert warnings_of(published, photo("x", taken=taken))
    assert not warnings_of(Query(), photo("x", taken=taken))
    near = Query(date=dt.date(2020, 3, 1))
    assert not warnings_of(near, photo("x", taken=taken)), "365 days"
    assert warnings_of(Query(date=dt.date(2020, 3, 2)), photo("x", taken=taken)), "366 days"
    assert not warnings_of(Query(date=dt.date(2010, 1, 1)), photo("x", taken=taken)), "younger"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("trainedAlgorithmicMedia", "AI-made"),
        ("TRAINEDALGORITHMICMEDIA", "AI-made"),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia", "AI-made"),
        ("dataDrivenMedia", "no photo"),
        ("digitalCapture", ""),
        ("nonsense", ""),
    ],
)
def test_pictures_that_no_camera_took(code: str, said: str) -> None:
    warned = warnings_of(Query(), photo("x", digital_source_type=code))
    assert [warning.split(":")[0] for warning in warned] == ([said] if said else [])


@pytest.mark.parametrize(
    "text",
    [
        "EDITORIAL USE ONLY",
        "For editorial use only. No commercial use.",
        "Nur für redaktionelle Zwecke",
        "usage éditorial uniquement",
        "NO SALES",
        "NO ARCHIVES",
        "Embargoed until 2024-05-01",
        "GERMANY OUT",
        "Not for use in France",
        "Mandatory Credit: Reuters",
        "HANDOUT VIA REUTERS",
    ],
)
def test_restrictions_are_quoted(text: str) -> None:
    for field in ("instructions", "usage_terms", "rights"):
        (said,) = warnings_of(Query(), photo("x", **{field: f"Copyright 2024. {text}"}))
        assert said.startswith("restricted: ")
        assert said.removeprefix("restricted: ") in text


@pytest.mark.parametrize(
    "text",
    [
        "All rights reserved",
        "CC BY 4.0",
        "Free for commercial use",
        "Concert sold out",
        "Editorial board",
        "",
        "Archive photo",
    ],
)
def test_what_restricts_nothing(text: str) -> None:
    assert not warnings_of(Query(), photo("x", rights=text, instructions=text))


def test_a_long_text_is_quoted_short_and_in_time() -> None:
    (said,) = warnings_of(Query(), photo("x", instructions="editorial use only " + "a " * 200_000))
    assert len(said) < 150
    assert not warnings_of(Query(), photo("x", instructions="NO USE IN" * 20_000 + "A " * 200_000 + "x" * 100_000))


def test_what_the_filter_takes_for_ai_made_is_warned_of() -> None:
    codes = [*AI_SOURCES, "algorithmicMedia", "virtualRecording", "dataDrivenMedia", "digitalCapture"]
    said = {code: warnings_of(Query(), photo("x", digital_source_type=code)) for code in codes}
    assert [code for code, warned in said.items() if warned and warned[0].startswith("AI-made")] == list(AI_SOURCES)
