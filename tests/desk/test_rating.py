"""The pages of a study, as a browser without script asks for them, and as somebody without a link does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from picdesk.desk.settings import DeskSettings
from picdesk.evaluate.ratings.study.answers import read_answers
from picdesk.evaluate.ratings.study.folder import read_study
from picdesk.evaluate.ratings.study.links import token_of
from picdesk.evaluate.ratings.study.plan import plan
from picdesk.evaluate.ratings.study.records import Rater, Story
from picdesk.evaluate.ratings.study.setup import Wanted, set_up
from picdesk.evaluate.ratings.study.taking_part import TakingPart
from tests.desk.server import Serving, form_secret, serving
from tests.drawn.scenes import draw_scene, jpeg_bytes

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'n' {{ 7 * 7 }}"
RATERS = (Rater(id="a", name="Ada", team="red"), Rater(id="b", name="Ben <b>"), Rater(id="c", name="Cleo"))


def make_study(folder: Path, team: str = "red", **wanted: object) -> Path:
    """Two runs over four stories, one of which is hostile; run ``one`` is of a team, Ada's."""
    stories = {
        str(n): Story(id=str(n), headline=HOSTILE if n == 0 else f"Headline {n}", lead=HOSTILE) for n in range(4)
    }
    entries = [
        TakingPart(
            run=run,
            team=of,
            pictures={str(n): partial(lambda seed: jpeg_bytes(draw_scene(seed)), start + n) for n in range(4)},
        )
        for run, of, start in (("one", team, 0), ("two", "", 50))
    ]
    set_up(folder, entries, stories, RATERS, replace(Wanted(), **wanted))  # type: ignore[arg-type]
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return make_study(tmp_path / "study")


@pytest.fixture
def served(study: Path, desk_settings: DeskSettings) -> Iterator[Serving]:
    """Behind a token, so that nothing but the raters' links opens anything."""
    with serving(replace(desk_settings, study=study, token="t" * 20)) as served:
        yield served


def test_a_rater_answers_goes_back_and_takes_back(served: Serving, study: Path) -> None:
    link = f"/rate/{token_of(study, 'c')}"
    items = plan(read_study(study))["c"]
    with served.person() as person:
        page = person.get(link)
        assert page.status_code == 200
        assert "0 of 8" in page.text
        secret = form_secret(person.get(f"{link}/1").text)
        for number in range(1, 9):
            said = person.post(f"{link}/{number}", data={"csrf_token": secret, "value": str(number % 5 + 1)})
            assert said.status_code == 303
            assert said.headers["location"] == (f"{link}/{number + 1}" if number < 8 else link)
        assert "Thank you, Cleo" in person.get(link).text
        assert list(read_answers(study, "c").values()) == [str(number % 5 + 1) for number in range(1, 9)]
        assert person.post(f"{link}/undo", data={"csrf_token": secret}).headers["location"] == f"{link}/8"
        assert items[7].key not in read_answers(study, "c")
        pressed = re.findall(r'value="(\d)"[^>]*aria-pressed="true"', person.get(f"{link}/3").text)
        assert pressed == ["4"]


def test_only_the_link_opens_a_sheet_and_it_opens_nothing_else(served: Serving, study: Path) -> None:
    token = token_of(study, "a")
    other = next(item.pictures[0] for item in plan(read_study(study))["c"] if item.runs == (("one",),))
    mine = plan(read_study(study))["a"][0].pictures[0]
    with served.person() as person:
        assert person.get("/").status_code == 303  # the desk still asks who it is
        for path in (
            "/rate/",
            "/rate/nobody",
            f"/rate/{token[:-1]}",
            f"/rate/{token}/0",
            f"/rate/{token}/99",
            f"/rate/{token}/x",
        ):
            assert person.get(path).status_code == 404, path
        picture = person.get(f"/rate/{token}/pictures/{mine}")
        assert picture.headers["content-type"] == "image/jpeg"
        # Not the other team's pictures, not other files.
        for name in (
            other,
            "..%2f..%2fsecret",
            "%2e%2e/secret",
            "secret",
            "study.json",
            f"{mine}%00",
        ):
            assert person.get(f"/rate/{token}/pictures/{name}").status_code == 404, name


def test_answers_need_the_forms_secret_and_must_be_on_the_page(served: Serving, study: Path) -> None:
    link = f"/rate/{token_of(study, 'c')}"
    with served.person() as person:
        secret = form_secret(person.get(f"{link}/1").text)
        assert person.post(f"{link}/1", data={"value": "5"}).status_code == 403
        assert person.post(f"{link}/1", data={"csrf_token": "0" * len(secret), "value": "5"}).status_code == 403
        for value in ("0", "6", "5.0", "", "tie", "a" * 3000):
            assert person.post(f"{link}/1", data={"csrf_token": secret, "value": value}).status_code == 422, value
        assert person.post(f"{link}/1", data={"csrf_token": secret}).status_code == 422
        assert read_answers(study, "c") == {}


def test_nothing_of_a_story_or_a_name_becomes_markup(served: Serving, study: Path) -> None:
    items = plan(read_study(study))["b"]
    number = next(place for place, item in enumerate(items, 1) if item.article == "0")
    with served.person() as person:
        page = person.get(f"/rate/{token_of(study, 'b')}/{number}")
        assert "alert(1)&lt;/script&gt;" in page.text
        assert "<script>alert" not in page.text
        assert "{{ 7 * 7 }}" in page.text
        assert "Ben &lt;b&gt;" in page.text
        assert "nonce" in page.headers["content-security-policy"]


def test_pairs_are_shown_side_by_side(tmp_path: Path, desk_settings: DeskSettings) -> None:
    folder = make_study(tmp_path / "pairs", team="", kind="pairs")
    with serving(replace(desk_settings, study=folder)) as served, served.person() as person:
        link = f"/rate/{token_of(folder, 'b')}"
        page = person.get(f"{link}/1").text
        item = plan(read_study(folder))["b"][0]
        assert sorted(re.findall(r'name="value" value="([0-9a-f]{64}\.jpg)"', page)) == sorted(item.pictures)
        secret = form_secret(page)
        assert person.post(f"{link}/1", data={"csrf_token": secret, "value": item.pictures[1]}).status_code == 303
        assert person.post(f"{link}/2", data={"csrf_token": secret, "value": "tie"}).status_code == 303
        assert person.post(f"{link}/3", data={"csrf_token": secret, "value": "3"}).status_code == 422
        assert list(read_answers(folder, "b").values()) == [item.pictures[1], "tie"]


def test_a_desk_without_a_study_has_no_such_pages(desk: Serving) -> None:
    with desk.person() as person:
        assert person.get("/rate/anything").status_code == 404
