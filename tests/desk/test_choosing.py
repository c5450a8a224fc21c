"""Choices, uses and crops at the desk: as JSON, as forms, and as files; and what must not be possible."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from picdesk import Article, open_archive
from picdesk.api import Archive
from picdesk.desk.choices.said import local
from picdesk.desk.choices.sheet import Entry, contact_sheet
from picdesk.desk.settings import DeskSettings
from picdesk.photos.crops import slots_of
from picdesk.photos.metadata import read_metadata
from tests.desk.server import Serving, form_secret, serving

STORY = {"headline": "Fire in Oslo", "lead": "It burns.", "id": "a1", "url": "https://news.example/1"}
GONE = "0" * 64
EVIL = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def archive(desk_archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    copy = tmp_path_factory.mktemp("chosen") / "archive"
    shutil.copytree(desk_archive.path, copy)
    return open_archive(copy)


@pytest.fixture(scope="module")
def served(archive: Archive, desk_settings: DeskSettings) -> Iterator[Serving]:
    slots = slots_of(["16:9", "1:1", "460x260", "small=80x60"])
    with serving(replace(desk_settings, archive=str(archive.path), slots=slots)) as one:
        yield one


@pytest.fixture
def photo(archive: Archive) -> Iterator[str]:
    """A photo's id; what a test decides and uses is taken back behind it."""
    yield archive.photo("p3").id
    for choice in reversed(archive.choices()):
        archive.undo(choice.id)
    while left := archive.choices():
        archive.undo(left[0].id)
    for use in archive.uses():
        archive.undo(use.id)


def test_a_choice_as_json_there_and_back(served: Serving, photo: str, archive: Archive) -> None:
    with served.client() as client:
        said = {"photo": photo, "article": STORY, "rank": 2, "signals": {"words": 1.5, "x": None}, "confidence": 0.5}
        made = client.post("/api/v1/choices", json=said)
        assert made.status_code == 201
        document = made.json()
        assert (document["verdict"], document["photo"], document["name"]) == ("picked", photo, "p3")
        assert (document["who"], document["article"], document["url"]) == ("desk", "a1", STORY["url"])
        assert (document["rank"], document["signals"]) == (2, {"words": 1.5, "x": None})
        assert (document["confidence"], document["published"], document["undoes"]) == (0.5, None, "")
        assert document["desk"] == served.desk.run
        assert client.post("/api/v1/choices", json=said).json()["id"] == made.json()["id"]
        assert [each["photo"] for each in client.get("/api/v1/choices?article=a1").json()["choices"]] == [photo]
        assert client.get("/api/v1/choices?article=other").json() == {"choices": [], "next": None}
        undone = client.delete(f"/api/v1/choices/{made.json()['id']}")
        assert undone.json()["photo"] == photo
        assert client.delete(f"/api/v1/choices/{made.json()['id']}").status_code == 404
    assert archive.choices() == []


@pytest.mark.usefixtures("photo")
def test_pages_of_choices(served: Serving, archive: Archive) -> None:
    for number in range(7):
        archive.choose(f"p{number}", Article(id=f"s{number}", headline="h"))
    with served.client() as client:
        seen: list[str] = []
        cursor = ""
        while True:
            page = client.get(f"/api/v1/choices?count=3{cursor}").json()
            seen += [each["article"] for each in page["choices"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert seen == [f"s{number}" for number in range(6, -1, -1)]
        assert client.get(f"/api/v1/choices?cursor={'f' * 32}").status_code == 400


@pytest.mark.parametrize(
    "said",
    [
        {"photo": "../../etc/passwd", "article": STORY},
        {"photo": GONE[:40], "article": STORY},
        {"photo": GONE, "article": STORY, "verdict": "maybe"},
        {"photo": GONE, "article": {"headline": "x", "path": "/etc"}},
        {"photo": GONE, "article": STORY, "rank": 0},
        {"photo": GONE, "article": STORY, "confidence": 2},
        {"photo": GONE, "article": STORY, "who": "somebody else"},
        {"photo": GONE},
    ],
)
def test_what_makes_no_sense_is_a_problem(served: Serving, said: dict[str, object]) -> None:
    with served.client() as client:
        answer = client.post("/api/v1/choices", json=said)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_photos_that_are_not_here(served: Serving) -> None:
    with served.client() as client:
        assert client.post("/api/v1/choices", json={"photo": GONE, "article": STORY}).status_code == 404
        assert client.post("/api/v1/choices", json={"photo": GONE, "article": {}}).status_code in (404, 422)
        for address in (
            f"/api/v1/photos/{GONE}/crops",
            f"/photos/{GONE}/crop",
            f"/photos/{GONE}/crop/preview?slot=1:1",
        ):
            assert client.get(address).status_code == 404
        for wrong in ("..%2f..%2fetc%2fpasswd", "p3", "%00", "x" * 64):
            assert client.get(f"/photos/{wrong}/crop").status_code in (404, 422)
            assert client.get(f"/api/v1/photos/{wrong}/crops").status_code in (404, 422)


def test_forms_choose_and_take_back(served: Serving, photo: str, archive: Archive) -> None:
    with served.person() as person:
        secret = form_secret(person.get(f"/photos/{photo}/crop").text)
        form = {
            "csrf_token": secret,
            "photo": photo,
            "headline": "Fire",
            "lead": "",
            "signals": '{"words": 2}',
            "rank": "1",
        }
        answer = person.post("/choices", data=form | {"verdict": "picked", "back": "/?headline=Fire"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/?headline=Fire")
        person.post("/choices", data=form | {"verdict": "rejected"})
        (choice,) = archive.choices()
        assert (choice.verdict, choice.rank, choice.signals, choice.who) == ("rejected", 1, {"words": 2}, "desk")
        assert "rejected" in person.get("/choices").text
        assert person.post("/choices", data=form | {"verdict": "undone"}).headers["location"] == "/choices"
        assert archive.choices() == []
        for broken in (
            {"rank": "x"},
            {"photo": "../x"},
            {"published": "soon"},
            {"verdict": "x"},
            {"headline": "", "lead": ""},
        ):
            assert person.post("/choices", data=form | {"verdict": "picked"} | broken).status_code == 422
        tampered = person.post("/choices", data=form | {"verdict": "picked", "signals": "{broken"})
        assert tampered.status_code == 303
        del form["csrf_token"]
        assert person.post("/choices", data=form | {"verdict": "picked"}).status_code == 403


@pytest.mark.parametrize(
    "back",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\r\nX: y", "x" * 9],
)
def test_back_leads_nowhere_else(back: str) -> None:
    assert local(back, "/choices") == "/choices"
    assert local("/?headline=a%20b&x=1#y", "/choices") == "/?headline=a%20b&x=1#y"


@pytest.mark.usefixtures("photo")
def test_the_log_as_a_file(served: Serving, archive: Archive) -> None:
    with served.client() as client:
        assert client.get("/choices/export").status_code == 404
        archive.choose("p3", Article(headline="=1+1"), who="ann")
        table = client.get("/choices/export?format=csv")
        assert table.headers["content-disposition"] == 'attachment; filename="choices.csv"'
        assert "'=1+1" in table.text
        lines = client.get("/choices/export?format=jsonl&history=true").text.splitlines()
        assert json.loads(lines[-1])["headline"] == "=1+1"
        assert client.get("/choices/export?format=xml").status_code == 422


def test_a_suggestion_for_each_slot(served: Serving, photo: str) -> None:
    with served.client() as client:
        found = client.get(f"/api/v1/photos/{photo}/crops").json()
    assert [slot["name"] for slot in found["slots"]] == ["16:9", "1:1", "460x260", "small"]
    square = found["slots"][1]
    left, top, right, bottom = square["pixels"]
    assert (right - left, bottom - top) == (240, 240)
    assert square["box"]["right"] - square["box"]["left"] == pytest.approx(0.75)
    assert found["slots"][2]["enlarged"] == pytest.approx(1.4375)
    assert all(0 <= each <= 1 for each in found["focus"])


def test_a_crop_is_a_file_and_a_use(served: Serving, photo: str, archive: Archive) -> None:
    with served.client() as client:
        box = {"left": 0.1, "top": 0.2, "right": 0.6, "bottom": 0.8}
        said = {"slot": "1:1", "box": box, "article": STORY, "outlet": "front page", "format": "webp"}
        made = client.post(f"/api/v1/photos/{photo}/crops", json=said)
        assert made.status_code == 200
        assert made.headers["content-type"] == "image/webp"
        assert made.headers["content-disposition"].startswith('attachment; filename="p3-1-1.webp"')
        image = Image.open(io.BytesIO(made.content))
        assert image.size == (160, 160)
        told = read_metadata(image)
        assert told.caption == archive.photo("p3").caption
        (use,) = archive.uses(archive.photo(photo))
        assert use.id == made.headers["x-use"]
        assert (use.slot, use.outlet, use.headline, use.who) == ("1:1", "front page", "Fire in Oslo", "desk")
        assert use.box == (0.1, 0.2, 0.6, 0.8)
        listed = client.get(f"/api/v1/uses?photo={photo}").json()["uses"]
        assert listed[0]["said"].endswith("for 'Fire in Oslo' (front page)")
        assert archive.search("city", filter="used:1d").searched == 1
        assert client.delete(f"/api/v1/uses/{use.id}").status_code == 200
        assert client.delete(f"/api/v1/uses/{use.id}").status_code == 404
        logged = client.post("/api/v1/uses", json={"photo": photo, "outlet": "print"})
        assert logged.status_code == 201
        assert archive.uses()[0].outlet == "print"


def test_what_is_refused_is_not_logged(served: Serving, photo: str, archive: Archive) -> None:
    with served.client() as client:
        for said, status in (
            ({"slot": "460x260"}, 422),
            ({"slot": "none"}, 422),
            ({"slot": "1:1", "box": {"left": 0.5, "top": 0, "right": 0.5, "bottom": 1}}, 422),
            ({"slot": "1:1", "box": {"left": 0, "top": 0, "right": 7, "bottom": 1}}, 422),
            ({"slot": "1:1", "format": "exe"}, 422),
        ):
            assert client.post(f"/api/v1/photos/{photo}/crops", json=said).status_code == status
        assert archive.uses() == []
        assert (
            client.post(f"/api/v1/photos/{photo}/crops", json={"slot": "460x260", "enlarge": True}).status_code == 200
        )
        assert client.get(f"/photos/{photo}/crop?slot=none").status_code == 422
        assert client.get(f"/photos/{photo}/crop?x=2").status_code == 422
        assert client.get(f"/photos/{photo}/crop?zoom=nan").status_code == 422
        small = Image.open(io.BytesIO(client.get(f"/photos/{photo}/crop/preview?slot=1:1&x=0.2&zoom=2").content))
        assert small.size == (640, 640)


def test_the_page_without_script_shows_what_was_set(served: Serving, photo: str) -> None:
    with served.person() as person:
        secret = form_secret(person.get(f"/photos/{photo}/crop").text)
        form = {"csrf_token": secret, "slot": "1:1", "x": "0.3", "y": "0.5", "zoom": "2", "headline": EVIL}
        answer = person.post(f"/photos/{photo}/crop/look", data=form)
        assert answer.status_code == 303
        assert secret not in answer.headers["location"]
        page = person.get(answer.headers["location"]).text
        assert "1:1: 120 x 120 pixels" in page
        assert EVIL not in page
        assert "&#34;&gt;&lt;script&gt;" in page
        file = person.post(f"/photos/{photo}/crop", data=form)
        assert file.headers["content-type"] == "image/jpeg"
        assert Image.open(io.BytesIO(file.content)).size == (120, 120)


@pytest.mark.usefixtures("photo")
def test_the_basket_and_its_contact_sheet(served: Serving, archive: Archive) -> None:
    pypdf = pytest.importorskip("pypdf")
    names = [f"p{number}" for number in range(10)]
    for name in names:
        archive.choose(name, Article(headline=f"Пожар 北京 {EVIL}"), who="desk", rank=3, signals={"words": 1.25})
    archive.choose("p20", Article(headline="Other"), "rejected", who="desk")
    archive.choose("p21", Article(headline="Not mine"), who="ann")
    archive.use("p1", Article(headline="Flood"))
    with served.person() as person:
        page = person.get("/basket").text
        assert page.count('name="choice"') == 10
        assert "Not mine" not in page
        assert EVIL not in page
        secret = form_secret(page)
        chosen = [choice.id for choice in archive.choices(who="desk") if choice.verdict == "picked"]
        sheet = person.post("/basket/sheet", data={"csrf_token": secret, "choice": chosen})
        assert sheet.headers["content-type"] == "application/pdf"
        reader = pypdf.PdfReader(io.BytesIO(sheet.content))
        assert len(reader.pages) == 2
        text = "\n".join(each.extract_text() for each in reader.pages)
        assert all(name in text for name in names)
        assert "Пожар" in text
        assert "Credit: Reuters" in text
        assert "Rights: Editorial use only" in text
        assert "used on" in text
        assert "Found: place 3, words 1.25" in text
        assert person.post("/basket/sheet", data={"csrf_token": secret}).status_code == 422
        assert person.post("/basket/sheet", data={"csrf_token": secret, "choice": ["0" * 32]}).status_code == 404
        person.post("/choices/undo", data={"csrf_token": secret, "entry": chosen[0], "back": "/basket"})
        assert person.get("/basket").text.count('name="choice"') == 9


def test_letters_are_joined_as_they_are_written(archive: Archive) -> None:
    """Unicode's presentation forms are what a shaper must come to; their outlines are looked for in the file."""
    pypdf = pytest.importorskip("pypdf")
    from fontTools.ttLib import TTFont

    font = files("picdesk.desk.choices").joinpath("fonts/DejaVuSans.ttf")
    whole = TTFont(io.BytesIO(font.read_bytes()))
    joined = "\ufee3\ufeae\ufea3\ufe92\ufe8e"  # initial, final, initial, medial, final

    def outlines(font: Any, names: Iterable[str]) -> set[bytes]:
        return {bytes(font["glyf"][name].getCoordinates(font["glyf"])[0].array) for name in names}

    wanted = outlines(whole, [whole.getBestCmap()[ord(letter)] for letter in joined])
    alone = outlines(whole, [whole.getBestCmap()[ord(letter)] for letter in "\u062d\u0628"])
    choice = archive.choose("p22", Article(headline="\u0645\u0631\u062d\u0628\u0627 Oslo"), who="joiner")
    (page,) = pypdf.PdfReader(io.BytesIO(contact_sheet([Entry(archive.photo("p22"), choice, None)]))).pages
    drawn: set[bytes] = set()
    for each in page["/Resources"]["/Font"].values():
        file = each.get_object()["/DescendantFonts"][0]["/FontDescriptor"]["/FontFile2"].get_object().get_data()
        subset = TTFont(io.BytesIO(file))
        drawn |= outlines(subset, subset.getGlyphOrder())
    assert wanted <= drawn
    assert not alone & drawn


@pytest.mark.usefixtures("photo")
def test_a_photo_whose_original_is_gone(served: Serving, archive: Archive, captioned: Path) -> None:
    path = captioned.parent / "p39.jpg"
    data = path.read_bytes()
    gone = archive.photo("p39").id
    archive.choose("p39", Article(headline="Fire"), who="desk")
    path.write_bytes(b"something else altogether")
    try:
        with served.person() as person:
            page = person.get("/basket").text
            entry = archive.choices(who="desk")[-1].id
            sheet = person.post("/basket/sheet", data={"csrf_token": form_secret(page), "choice": [entry]})
            assert sheet.content.startswith(b"%PDF")
        with served.client() as client:
            assert client.post(f"/api/v1/photos/{gone}/crops", json={"slot": "1:1"}).status_code == 404
    finally:
        path.write_bytes(data)
