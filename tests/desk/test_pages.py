"""The parts of the pages that need no browser: the form in the address, sizes, badges, what comes in."""

from __future__ import annotations

import base64
import datetime as dt
import os
import time
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from picdesk.desk.asked import Asked
from picdesk.desk.pages.form import MIDDLE, PAGE, Form, read_form, terms
from picdesk.desk.pages.incoming import looks_like_picture
from picdesk.desk.pages.kept import INLINE, NAME, Searches, Stories
from picdesk.desk.pages.verdicts import story_of_form
from picdesk.desk.pages.view import NARROWEST, STEP, STEPS, badges, day, language, size
from picdesk.desk.shelf import Shelf
from picdesk.records import Article, Hit, Photo

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def a_photo(**said: object) -> Photo:
    given = {"width": 320, "height": 240} | said
    return Photo(
        **given,  # type: ignore[arg-type]
        id="a" * 64,
        name="n",
        uri="file:///n.jpg",
        bytes=1,
        format="JPEG",
        file_words="",
        phash=0,
        dhash=0,
        added=NOW,
    )


@given(
    st.builds(
        Form,
        story=TEXT,
        headline=TEXT,
        lead=TEXT,
        without=TEXT,
        after=TEXT,
        like=st.lists(TEXT.filter(bool), unique=True, max_size=3).map(tuple),
        only=st.dictionaries(
            st.sampled_from(["credit", "rights", "year"]), st.lists(TEXT, min_size=1, unique=True).map(tuple)
        ),
        apart=st.booleans(),
        lead_weight=st.integers(0, 100),
        shown=st.integers(PAGE, 1000),
    )
)
def test_an_address_holds_the_whole_form(form: Form) -> None:
    assert read_form(QueryParams(form.query_string(form.shown))) == form


@given(
    st.dictionaries(TEXT, TEXT, max_size=8), st.sampled_from(["shown", "lead_weight", "picture_weight", "drop"]), TEXT
)
def test_any_address_is_some_form(params: dict[str, str], name: str, value: str) -> None:
    form = read_form(QueryParams(list((params | {name: value}).items())))
    assert PAGE <= form.shown <= 1000
    assert 0 <= form.lead_weight <= 100


@pytest.mark.parametrize(
    ("drop", "left"),
    [
        ("credit:AP", {"credit": ("Reuters",), "year": ("2023",)}),
        ("year:2023", {"credit": ("AP", "Reuters")}),
        ("filters:", {}),
        ("credit:nobody", {"credit": ("AP", "Reuters"), "year": ("2023",)}),
    ],
)
def test_one_filter_is_taken_off(drop: str, left: dict[str, tuple[str, ...]]) -> None:
    form = Form(headline="x", only={"credit": ("AP", "Reuters"), "year": ("2023",)}, after="2020-01-01")
    assert form.without_one(drop).only == left
    assert form.without_one("after:").after == ""


def test_what_is_asked_of_a_story_whose_lead_was_edited() -> None:
    story = Article(headline="Fire", lead="It burns.", text="It burns.\n\nRain helps.", url="https://n.example/1")
    form = Form(
        headline="A fire", lead="It rains.", without='people -"old pier"', lead_weight=100, picture_weight=MIDDLE
    )
    asked = form.asked(story)
    assert (asked.headline, asked.lead, asked.body) == ("A fire", "It rains.", "It rains.\n\nRain helps.")
    assert asked.exclude == ("people", "old pier")
    assert (asked.lead_weight, asked.picture_weight) == (1.0, None)
    assert Form(headline="A fire").asked(None) == Asked.model_validate({"headline": "A fire"})
    unedited = replace(form, lead="It burns.").asked(story)
    assert unedited.body == story.text


def test_a_story_keeps_its_name_however_it_is_edited() -> None:
    story = Article(headline="Fire", lead="It burns.", text="It burns.")
    first = story_of_form(Form(headline="Fire", lead="It burns."), story)
    later = story_of_form(Form(headline="Great fire", lead=""), story)
    assert first is not None
    assert later is not None
    assert first.id == later.id
    assert later.headline == "Great fire"
    assert story_of_form(Form(picture="x"), None) is None


@pytest.mark.parametrize(("width", "height"), [(1, 9000), (9000, 1), (320, 240), (300, 400), (1920, 1080), (1, 1)])
def test_a_photo_has_room_of_its_own_ratio(width: int, height: int) -> None:
    found = size(a_photo(width=width, height=height))
    assert 0 <= found.step < STEPS
    ratio = NARROWEST * STEP**found.step
    assert found.clamped or abs(ratio * height / width - 1) < 0.0101, "within one per cent, or in a frame"
    assert found.clamped == (not NARROWEST / 1.01 < width / height < NARROWEST * STEP ** (STEPS - 1) * 1.01)


def test_rights_come_first_and_every_warning_has_a_badge() -> None:
    hit = Hit(rank=1, photo=a_photo(rights="© A very long line of rights that goes on"), score=1, signals={})
    assert [badge.label for badge in badges(hit)] == ["© A very long line of right…"]
    warned = replace(
        hit,
        warnings=(
            "shows Per Olsen; the story names Ana Torres",
            "old: taken 2010-05-17, 13 years before",
            "AI-made: the whole picture, by generative AI",
            "restricted: Editorial use only",
            "used on 12 Nov 2026 for 'Fire'",
            "something new: nobody knows this one yet",
        ),
    )
    said = [badge.label for badge in badges(warned)]
    assert said == ["Restricted", "Not by a camera", "Other person", "Old photo", "Used before", "Look"]
    assert badges(replace(hit, photo=a_photo()))[0].kind == "open"


def test_days_and_languages_are_written_out() -> None:
    assert day(dt.date(2023, 5, 7)) == "7 May 2023"
    assert [language(code) for code in ("de", None, "xx")] == ["German", "not known", "xx"]


class TestShelf:
    def test_the_oldest_goes_first_and_what_is_old(self, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir()
        now = [time.time()]
        shelf = Shelf(tmp_path / "archive/desk/things", seconds=100, most=2, memory=1, clock=lambda: now[0])
        for number, name in enumerate(("a", "b", "c")):
            shelf.keep(name, name.encode())
            os.utime(tmp_path / "archive/desk/things" / name, (now[0] - 9 + number,) * 2)
        shelf.keep("d", b"d")
        assert [shelf.find(name) for name in "abcd"] == [None, None, b"c", b"d"]
        now[0] += 101
        assert [shelf.at_hand("d"), shelf.find("d"), shelf.find("c")] == [None] * 3

    def test_the_memory_alone_where_nothing_can_be_written(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        shelf = Shelf(tmp_path / "gone/desk/things", seconds=100, most=2, memory=2)
        for name in "ab":
            shelf.keep(name, b"x")
        assert shelf.find("a") == b"x"
        assert not (tmp_path / "gone").exists(), "an archive that was put aside finds its place free"
        assert len(caplog.records) == 1
        assert "in the memory of this process alone" in caplog.text

    @pytest.mark.parametrize("name", ["", "../x", "a/b", "/etc/passwd", "a.b", "x" * 61, "a\0", "ä"])
    def test_no_name_leads_out_of_it(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "x").write_bytes(b"secret")
        shelf = Shelf(tmp_path / "things", seconds=100, most=2, memory=2)
        assert shelf.find(name) is None
        with pytest.raises(ValueError, match="cannot be a name"):
            shelf.keep(name, b"")


@given(st.builds(Article, headline=TEXT, lead=TEXT, published=st.dates() | st.none(), tags=st.just(("a", "b"))))
def test_a_story_comes_back_as_it_was(story: Article) -> None:
    stories = Stories(Shelf(None, seconds=100, most=2, memory=2))
    name = stories.keep(story)
    assert stories.keep(story) == name
    assert stories.find(name) == story
    assert stories.find("") is None


@given(TEXT)
def test_any_text_is_the_name_of_some_search(name: str) -> None:
    assert isinstance(Searches(Shelf(None, seconds=100, most=2, memory=2)).find(name), str)


def test_the_name_of_a_search_holds_it_where_it_is_short() -> None:
    here, elsewhere = (Searches(Shelf(None, seconds=100, most=2, memory=2)) for _ in range(2))
    query = Form(headline="Überschwemmung in São Paulo", lead="Es regnet. " * 40, only={"credit": ("AP",)})
    name = here.keep(query.query_string())
    assert len(name) <= INLINE
    assert elsewhere.find(name) == query.query_string()
    long = "headline=" + "".join(chr(97 + number * number % 25) + str(number) for number in range(900))
    assert len(here.keep(long)) < NAME
    assert here.find(here.keep(long)) == long
    assert elsewhere.find(here.keep(long)) == ""
    bomb = zlib.compressobj(9, wbits=-15)
    packed = bomb.compress(b"a" * 10**8) + bomb.flush()
    assert len(elsewhere.find(base64.urlsafe_b64encode(packed).decode())) <= 200_000


def test_pictures_are_told_from_pages() -> None:
    assert looks_like_picture(b"\xff\xd8\xff\xe0")
    assert looks_like_picture(b"\0\0\0\x1cftypavif")
    assert not looks_like_picture(b"<html>")
    assert terms(" , - ") == ()
