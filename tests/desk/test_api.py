"""What programs are answered: the same as the library finds, whole, in order, and without the inside of the desk."""

from __future__ import annotations

import io
import json
import shutil
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from picdesk.api import Archive, open_archive
from picdesk.articles.fetch import Page, fetch
from picdesk.desk import facets as facets_module
from picdesk.desk.asked import Asked
from picdesk.desk.cursors import Cursor, write_cursor
from picdesk.desk.settings import DeskSettings, Limits, Rate
from picdesk.errors import FetchError
from tests.desk.server import Serving, serving
from tests.drawn.scenes import draw_scene, fill_folder, jpeg_bytes

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7 * 7 }}${7*7}'


@pytest.fixture
def own(desk_archive: Archive, tmp_path: Path) -> Path:
    """A copy of the archive, to be changed."""
    return Path(shutil.copytree(str(desk_archive.path), tmp_path / "archive"))


@pytest.fixture
def client(desk: Serving) -> Iterator[Any]:
    with desk.client() as opened:
        yield opened


class TestSearch:
    def test_it_finds_what_the_library_finds(self, client: Any, desk_archive: Archive) -> None:
        answer = client.post("/api/v1/search", json={"text": "flood in Lima", "count": 10, "explain": True}).json()
        there = desk_archive.search("flood in Lima", k=10, explain=True)
        assert [hit["id"] for hit in answer["hits"]] == [hit.photo.id for hit in there]
        for hit, other in zip(answer["hits"], there, strict=True):
            assert hit["score"] == pytest.approx(other.score, abs=1e-4)
            assert hit["signals"] == pytest.approx(dict(other.signals), abs=1e-5)
            assert (hit["rank"], hit["caption"], hit["credit"]) == (other.rank, other.photo.caption, other.photo.credit)
            assert [reason["kind"] for reason in hit["why"]] == [reason.kind for reason in other.why]
            assert hit["warnings"] == list(other.warnings)
        assert answer["searched"] == 40
        assert answer["weights"] == dict(there.weights)

    def test_a_text_by_its_address(self, client: Any) -> None:
        by_get = client.get("/api/v1/search", params={"text": "flood in Lima", "count": 5, "credit": "AP"}).json()
        asked = {"text": "flood in Lima", "count": 5, "filters": {"credit": "AP"}}
        assert by_get == client.post("/api/v1/search", json=asked).json()
        assert {hit["credit"] for hit in by_get["hits"]} == {"AP"}

    def test_filters(self, client: Any) -> None:
        filters: dict[str, Any] = {"filter": "place:Oslo and not credit:dpa", "after": "2012-01-01"}
        filters |= {"only": {"rights": ["editorial", ""], "year": ["2013", "2015"]}}
        hits = client.post("/api/v1/search", json={"text": "city", "filters": filters}).json()["hits"]
        assert sorted(hit["name"] for hit in hits) == ["p3", "p5"]
        assert {hit["taken"][:4] for hit in hits} == {"2013", "2015"}

    def test_terms_are_left_out(self, client: Any) -> None:
        asked = {"headline": "fire in Oslo", "lead": "It burns.", "exclude": ["Lima", "match"], "count": 40}
        captions = [hit["caption"] for hit in client.post("/api/v1/search", json=asked).json()["hits"]]
        assert len(captions) == 27
        assert not [caption for caption in captions if "Lima" in caption or "match" in caption]
        typed = client.post("/api/v1/search", json={"text": "fire -Lima", "count": 40}).json()["hits"]
        assert len(typed) == 30

    def test_the_slider_between_headline_and_lead(self, client: Any) -> None:
        story = {"headline": "Fire in Oslo", "lead": "A wedding was held in Quito.", "count": 1}

        def first(weight: float | None) -> str:
            answer = client.post("/api/v1/search", json=story | {"lead_weight": weight}).json()
            return str(answer["hits"][0]["caption"])

        assert "Oslo" in first(0.0)
        assert "Quito" in first(1.0)
        one, both = (
            client.post("/api/v1/search", json=story | {"lead_weight": weight}).json()["query"]["texts"]
            for weight in (0.0, 0.5)
        )
        assert one == ["Fire in Oslo"]
        assert both == ["Fire in Oslo", "A wedding was held in Quito."]

    def test_the_slider_between_words_and_pictures(self, client: Any) -> None:
        def weights(share: float | None) -> dict[str, float]:
            asked = {"text": "fire in Oslo", "picture_weight": share, "count": 1}
            found: dict[str, float] = client.post("/api/v1/search", json=asked).json()["weights"]
            return found

        assert weights(0.5) == weights(None)
        assert weights(0.0)["tiny-clip"] == 0
        assert weights(1.0)["words"] == weights(1.0)["meaning"] == 0
        assert weights(1.0)["tiny-clip"] > weights(0.75)["tiny-clip"] > weights(0.5)["tiny-clip"]

    def test_more_like_this(self, client: Any, desk_archive: Archive) -> None:
        first = desk_archive.photo("p7").id
        hits = client.post("/api/v1/search", json={"like": [first], "count": 5}).json()["hits"]
        assert [hit["id"] for hit in hits] == [hit.photo.id for hit in desk_archive.search(like=["p7"], k=5)]
        assert first not in {hit["id"] for hit in hits}

    def test_nothing_is_asked(self, client: Any) -> None:
        for asked in ({}, {"text": " \n"}, {"headline": "..."}, {"text": "\0"}):
            answer = client.post("/api/v1/search", json=asked)
            assert answer.status_code == 422
            assert "nothing to search for" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "asked",
        [
            {"text": "a", "count": 0},
            {"text": "a", "count": 101},
            {"text": "a", "nonsense": 1},
            {"text": "a", "weights": {"words": -1}},
            {"text": "a", "filters": {"filter": "credit:("}},
            {"text": "a", "filters": {"only": {"nothing": ["x"]}}},
            {"text": "a", "filters": {"only": {"year": ["soon"]}}},
            {"text": "a", "filters": {"after": "2024-01-01", "before": "2023-01-01"}},
            {"text": "a", "reading": "/etc/passwd"},
            {"text": "a", "reading": "../../secret.toml"},
            {"text": "a", "like": ["/etc/passwd"]},
            {"text": "a", "like": ["0" * 63]},
            {"text": "a", "picture": "../../../../../etc/pas"},
            {"text": "a" * 100_001},
            {"text": "a", "risk": 0.1},
            {"text": "\ud800"},
            {"text": ["a"]},
            [1],
            None,
        ],
    )
    def test_what_makes_no_sense_is_said(self, client: Any, asked: Any) -> None:
        answer = client.post("/api/v1/search", content=json.dumps(asked), headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        document = answer.json()
        assert document["status"] == 422
        assert document["detail"]
        assert document["request_id"] == answer.headers["x-request-id"]
        assert "Traceback" not in answer.text

    def test_unknown_photos_and_pictures(self, client: Any) -> None:
        assert client.post("/api/v1/search", json={"like": ["0" * 64]}).status_code == 404
        assert client.post("/api/v1/search", json={"picture": "A" * 22}).status_code == 404

    def test_hostile_text_comes_back_as_text(self, client: Any) -> None:
        answer = client.post("/api/v1/search", json={"headline": HOSTILE, "lead": "It burns in Oslo."})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["query"]["headline"] == HOSTILE
        assert answer.headers["x-content-type-options"] == "nosniff"

    def test_the_same_text_is_read_once(self, desk: Serving, client: Any) -> None:
        registry = desk.desk.metrics.registry

        def read() -> float:
            return registry.get_sample_value("picdesk_texts_total", {"encoder": "tiny-clip", "remembered": "no"}) or 0

        before = read()
        for credit in ("AP", "dpa", "Reuters"):
            asked = {"text": "an article that nobody has asked for", "filters": {"credit": credit}}
            assert client.post("/api/v1/search", json=asked).status_code == 200
        assert read() == before + 1


class TestPages:
    def test_they_make_up_the_answer(self, client: Any) -> None:
        asked = {"text": "fire in Oslo"}
        whole = client.post("/api/v1/search", json=asked | {"count": 40}).json()["hits"]
        assert len(whole) == 40
        found, cursor = [], None
        for _ in range(10):
            page = client.post("/api/v1/search", json=asked | {"count": 7, "cursor": cursor}).json()
            found += page["hits"]
            cursor = page["next"]
            if cursor is None:
                break
        assert [hit["id"] for hit in found] == [hit["id"] for hit in whole]
        assert [hit["rank"] for hit in found] == list(range(1, 41))

    def test_what_is_no_cursor(self, client: Any) -> None:
        asked = {"text": "fire in Oslo", "count": 5}
        cursor = client.post("/api/v1/search", json=asked).json()["next"]
        swapped = cursor[:-3] + ("AAA" if cursor[-3:] != "AAA" else "BBB")
        question = Asked(text="fire in Oslo").digest

        def made(**said: object) -> str:
            fine: dict[str, Any] = {"question": question, "version": 1, "seen": 5, "last": "0" * 64}
            return write_cursor(Cursor.model_construct(**fine | said))

        assert client.post("/api/v1/search", json=asked | {"cursor": made()}).status_code == 200
        hostile = [made(seen=-1), made(seen=10**9), made(seen=True), made(last="../x"), made(version="1")]
        for wrong in (*hostile, swapped, "x", "=", cursor + "A", "\u00e9", "A" * 500):
            answer = client.post("/api/v1/search", json=asked | {"cursor": wrong})
            assert answer.status_code == 400, wrong
            assert answer.json()["type"] == "/problems/bad-cursor"
        other = client.post("/api/v1/search", json={"text": "flood", "count": 5, "cursor": cursor})
        assert (other.status_code, other.json()["type"]) == (400, "/problems/other-question")
        assert client.post("/api/v1/search", json=asked | {"cursor": "A" * 501}).status_code == 422

    def test_they_keep_their_place_while_photos_come_and_go(self, own: Path, desk_settings: DeskSettings) -> None:
        asked = {"text": "fire in Oslo", "count": 10}
        with serving(replace(desk_settings, archive=own)) as served, served.client() as client:
            first = client.post("/api/v1/search", json=asked).json()
            archive = open_archive(own)
            archive.remove(first["hits"][0]["id"], first["hits"][4]["id"])
            second = client.post("/api/v1/search", json=asked | {"cursor": first["next"]}).json()
            left = [hit.photo.id for hit in archive.search("fire in Oslo", k=40)]
            seen = [hit["id"] for hit in first["hits"]]
            assert second["kept_place"]
            assert [hit["id"] for hit in second["hits"]] == [photo for photo in left if photo not in seen][:10]
            # The photo that was seen last goes too: the page begins where it stood, and says so.
            archive.remove(second["hits"][-1]["id"])
            third = client.post("/api/v1/search", json=asked | {"cursor": second["next"]}).json()
            assert not third["kept_place"]
            gone = client.get(f"/api/v1/photos/{second['hits'][-1]['id']}/thumbnails/320")
            assert gone.status_code == 404


class TestPhotos:
    def test_what_is_said(self, client: Any, desk_archive: Archive) -> None:
        photo = desk_archive.photo("p0")
        document = client.get(f"/api/v1/photos/{photo.id}").json()
        assert (document["caption"], document["credit"], document["width"]) == (photo.caption, photo.credit, 320)
        assert "uri" not in document
        assert str(desk_archive.path) not in json.dumps(document)

    def test_thumbnails(self, client: Any, desk_archive: Archive) -> None:
        photo = desk_archive.photo("p0")
        for edge in (160, 320):
            answer = client.get(f"/api/v1/photos/{photo.id}/thumbnails/{edge}")
            assert answer.headers["content-type"] == "image/webp"
            picture = Image.open(io.BytesIO(answer.content))
            assert (picture.format, max(picture.size)) == ("WEBP", edge)
            tag = answer.headers["etag"]
            again = client.get(
                f"/api/v1/photos/{photo.id}/thumbnails/{edge}", headers={"If-None-Match": f'W/"x", {tag}'}
            )
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert client.get(f"/api/v1/photos/{photo.id}/thumbnails/321").status_code == 404

    @pytest.mark.parametrize(
        "path",
        [
            "../../../../etc/passwd",
            "..%2f..%2f..%2fetc%2fpasswd",
            "..%252f..%252fetc%252fpasswd",
            "%2e%2e/%2e%2e/etc/passwd",
            "....//....//etc/passwd",
            "%5c%5cserver%5cshare",
            "..%5c..%5cwindows%5cwin.ini",
            "file:%2f%2f%2fetc%2fpasswd",
            "%00",
            "0" * 64 + "%00.jpg",
            "0" * 64 + "%0a",
            "0" * 63,
            "A" * 64,
            "%ff%fe",
            "x" * 5000,
        ],
    )
    def test_no_path_reaches_the_disk(self, desk: Serving, path: str) -> None:
        # Sent as it is: a client of good manners would tidy it up first.
        for template in ("/api/v1/photos/{}", "/api/v1/photos/{}/thumbnails/320", "/api/v1/photos/{}/original"):
            for address in (template.format(path), f"/static/{path}", f"/{path}"):
                status, body = raw_get(desk.port, address)
                assert status in {400, 403, 404, 405, 414, 422}, (address, status)
                assert b"root:" not in body
                assert b"[fonts]" not in body

    def test_only_what_was_added_is_given(self, own: Path, desk_settings: DeskSettings, tmp_path: Path) -> None:
        fill_folder(tmp_path / "more", 2, start=500)
        archive = open_archive(own)
        archive.add(tmp_path / "more")
        one, two = archive.photo("scene-0500"), archive.photo("scene-0501")
        secret = jpeg_bytes(draw_scene(999))
        with serving(replace(desk_settings, archive=own, originals=True)) as served, served.client() as client:
            answer = client.get(f"/api/v1/photos/{one.id}/original")
            assert answer.content == (tmp_path / "more/scene-0500.jpg").read_bytes()
            assert answer.headers["content-disposition"].startswith("attachment")
            # Another file takes the place of one, and a link to elsewhere that of the other.
            (tmp_path / "more/scene-0500.jpg").write_bytes(secret)
            (tmp_path / "secret.jpg").write_bytes(secret)
            (tmp_path / "more/scene-0501.jpg").unlink()
            (tmp_path / "more/scene-0501.jpg").symlink_to(tmp_path / "secret.jpg")
            for photo in (one, two):
                for kind in ("original", "thumbnails/640"):
                    answer = client.get(f"/api/v1/photos/{photo.id}/{kind}")
                    assert answer.status_code == 404
                    assert "gone" in answer.json()["detail"]
                    assert str(tmp_path) not in answer.text

    def test_originals_are_not_given_unasked(self, client: Any, desk_archive: Archive) -> None:
        answer = client.get(f"/api/v1/photos/{desk_archive.photo('p0').id}/original")
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/no-originals")


class TestPictures:
    def test_a_picture_is_looked_for(self, client: Any) -> None:
        taken = client.post("/api/v1/pictures", files={"file": ("../../x.jpg", jpeg_bytes(draw_scene(11)))})
        assert (taken.status_code, taken.json()["width"]) == (201, 320)
        hits = client.post("/api/v1/search", json={"picture": taken.json()["id"], "count": 2}).json()["hits"]
        assert hits[0]["name"] == "p11"
        assert hits[0]["score"] > 0.999
        shown = client.get(f"/api/v1/pictures/{taken.json()['id']}")
        assert Image.open(io.BytesIO(shown.content)).format == "WEBP"

    @pytest.mark.parametrize(
        ("name", "data"),
        [
            ("a page", b"<html><script>alert(1)</script>"),
            ("a drawing", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
            ("nothing", b""),
            ("half", jpeg_bytes(draw_scene(3))[:2000]),
            ("postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run"),
        ],
    )
    def test_what_is_no_picture(self, client: Any, name: str, data: bytes) -> None:
        answer = client.post("/api/v1/pictures", files={"file": (name, data)})
        assert answer.status_code == 422
        assert answer.json()["type"] == "/problems/bad-input"

    def test_a_bomb_is_refused_before_it_is_unpacked(self, client: Any) -> None:
        start = time.perf_counter()
        for width, height in ((30_000, 30_000), (8000, 8000), (60_001, 1000)):
            answer = client.post("/api/v1/pictures", files={"file": ("bomb.png", png_header(width, height))})
            assert answer.status_code == 422
            assert "megapixels" in answer.json()["detail"]
        assert time.perf_counter() - start < 5

    def test_uploads_have_a_limit(self, desk_settings: DeskSettings) -> None:
        with serving(replace(desk_settings, limits=Limits(upload=100_000))) as served, served.client() as client:
            answer = client.post("/api/v1/pictures", files={"file": ("x.jpg", b"x" * 100_001)})
            assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"{}", "application/json"),
            (b"x", "image/jpeg"),
            (b"x", "multipart/form-data"),
            (b"--x\r\n", "multipart/form-data; boundary=x"),
            (
                b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nplain\r\n--x--\r\n",
                "multipart/form-data; boundary=x",
            ),
        ],
    )
    def test_wrong_types(self, client: Any, content: bytes, kind: str) -> None:
        answer = client.post("/api/v1/pictures", content=content, headers={"Content-Type": kind})
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"


class TestArticles:
    def test_a_text(self, client: Any) -> None:
        text = "Fire in Oslo\n\nA fire has burnt in Oslo since Monday, says the fire brigade. Nobody was hurt."
        story = client.post("/api/v1/articles", json={"text": text}).json()
        assert story["headline"] == "Fire in Oslo"
        assert story["body"].startswith("A fire has burnt")
        assert {"text": "Oslo", "kind": "place", "source": "gazetteer"} in story["names"]
        assert story["spoken"] == "en"
        assert story["steps"][0]["name"] == "language"

    def test_a_page(self, client: Any) -> None:
        html = (
            f"<html><head><title>Fire in Oslo</title></head><body><article><h1>Fire in Oslo</h1><p>{'It burns. ' * 40}"
        )
        html += "<p onclick=alert(1)>&lt;script&gt;alert(1)&lt;/script&gt; The end of it came soon after midnight.</p>"
        story = client.post("/api/v1/articles", json={"html": html + "</article></body></html>"}).json()
        assert story["headline"] == "Fire in Oslo"
        assert "onclick" not in json.dumps(story)

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:{port}/healthz",
            "http://localhost/",
            "http://[::1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/",
            "http://192.168.1.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://[::ffff:127.0.0.1]/",
            "file:///etc/passwd",
            "ftp://127.0.0.1/",
            "gopher://127.0.0.1:70/",
            "/etc/passwd",
            "http://user:password@127.0.0.1/",
        ],
    )
    def test_no_address_reaches_inside(self, client: Any, desk: Serving, url: str) -> None:
        desk.desk.rates._levels.clear()
        answer = client.post("/api/v1/articles", json={"url": url.format(port=desk.port)})
        assert answer.status_code in {422, 502}, answer.text
        assert "root:" not in answer.text
        assert '"ok"' not in answer.text

    def test_fetching_and_its_limit(self, desk_settings: DeskSettings) -> None:
        asked = []

        def fake(url: str, **settings: Any) -> Page:
            asked.append((url, settings))
            if "broken" in url:
                raise FetchError("the page answered 500", status=500)
            return Page(data=b"Fire in Oslo\n\nIt burns.", url=url, content_type="text/plain")

        assert desk_settings.fetch is fetch
        settings = replace(desk_settings, fetch=fake, intranet=frozenset({"cms.example"}))
        with serving(settings) as served, served.client() as client:
            story = client.post("/api/v1/articles", json={"url": "https://news.example/1"}).json()
            assert (story["headline"], story["url"]) == ("Fire in Oslo", "https://news.example/1")
            assert asked[0][1] == {"intranet": {"cms.example"}}
            assert client.post("/api/v1/articles", json={"url": "https://news.example/broken"}).status_code == 502
            codes = {client.post("/api/v1/articles", json={"url": "https://a.example/"}).status_code for _ in range(12)}
            assert codes == {200, 429}

    def test_one_story_at_a_time(self, client: Any) -> None:
        for asked in ({}, {"text": "a", "html": "<p>b"}, {"url": " "}):
            assert client.post("/api/v1/articles", json=asked).status_code == 422


class TestFacets:
    def test_counts_are_those_of_the_filters(self, client: Any) -> None:
        document = client.post("/api/v1/facets", json={"filters": {"place": "Oslo"}}).json()
        assert document["photos"] == 10
        for facet in document["facets"]:
            assert sum(value["count"] for value in facet["values"]) == 10 or facet["field"] in {"people"}
            for value in facet["values"]:
                filters = {"place": "Oslo", "only": {facet["field"]: [value["value"]]}}
                answer = client.post("/api/v1/search", json={"text": "city", "filters": filters, "count": 1}).json()
                assert answer["searched"] == value["count"], (facet["field"], value)

    def test_what_is_chosen_hides_no_other(self, client: Any) -> None:
        asked = {"filters": {"only": {"credit": ["ap", "Nobody"], "place": ["Oslo"]}}}
        facets = {facet["field"]: facet for facet in client.post("/api/v1/facets", json=asked).json()["facets"]}
        credited = {value["value"]: (value["count"], value["chosen"]) for value in facets["credit"]["values"]}
        assert credited["AP"][1]
        assert not credited["Reuters"][1]
        assert credited["Reuters"][0] > 0
        assert credited["Nobody"] == (0, True)
        assert len(facets["place"]["values"]) == 4

    def test_of_many_values_those_of_the_story_are_named(self, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def places(**asked: Any) -> list[str]:
            facets = client.post("/api/v1/facets", json=asked).json()["facets"]
            return next([value["value"] for value in each["values"]] for each in facets if each["field"] == "place")

        monkeypatch.setattr(facets_module, "BEST", 10)
        assert places(text="the city of Quito") == places() == ["Cairo", "Lima", "Oslo", "Quito"]
        monkeypatch.setattr(facets_module, "VALUES", 2)
        assert places() == ["Cairo", "Lima"]
        assert places(text="the city of Quito")[0] == "Quito"
        assert "Cairo" in places(text="the city of Quito", filters={"only": {"place": ["Cairo"]}})


class TestTheRest:
    def test_ids_of_requests(self, client: Any) -> None:
        assert client.get("/api/v1/info", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
        for bad in ("a b", "x" * 65, "<script>"):
            given = client.get("/api/v1/info", headers={"X-Request-ID": bad}).headers["x-request-id"]
            assert given != bad
            assert len(given) == 16

    def test_info(self, client: Any) -> None:
        document = client.get("/api/v1/info").json()
        assert (document["photos"], document["said"]["credit"], document["originals"]) == (40, 30, False)
        assert client.get("/api/v1/encoders").json()["encoders"][0]["name"] == "tiny-clip"

    def test_metrics(self, client: Any) -> None:
        client.get("/api/v1/info")
        text = client.get("/metrics").text
        assert 'picdesk_requests_total{method="GET",route="/api/v1/info",status="200"}' in text
        client.get("/api/v1/photos/" + "x" * 40)
        assert "x" * 40 not in client.get("/metrics").text

    def test_unknown_ways(self, client: Any) -> None:
        for method, path, status in (
            ("DELETE", "/api/v1/search", 405),
            ("GET", "/api/v1/nothing", 404),
            ("GET", "/api/v1/facets", 405),
        ):
            answer = client.request(method, path)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
            assert answer.json()["request_id"]

    def test_what_nobody_foresaw_says_nothing(self, desk_settings: DeskSettings) -> None:
        with serving(desk_settings) as served, served.client() as client:

            def broken(*_: object, **__: object) -> None:
                raise KeyError("/srv/secret/path")

            served.desk.archive.search = broken  # type: ignore[assignment]
            answer = client.post("/api/v1/search", json={"text": "fire"})
            assert answer.status_code == 500
            assert "secret" not in answer.text
            assert answer.json()["request_id"] == answer.headers["x-request-id"]
            assert answer.headers["content-security-policy"]


class TestWhileItServes:
    def test_new_photos_are_found_and_many_may_ask(
        self, own: Path, desk_settings: DeskSettings, tmp_path: Path
    ) -> None:
        fill_folder(tmp_path / "more", 12, start=600)
        failures: list[str] = []
        done = threading.Event()
        limits = Limits(rates=Limits().rates | {"search": Rate(1e6, 1e6)})

        with serving(replace(desk_settings, archive=own, limits=limits)) as served:

            def ask(number: int) -> None:
                with served.client() as client:
                    while not done.is_set():
                        answer = client.post("/api/v1/search", json={"text": f"fire in Oslo {number}", "count": 5})
                        if answer.status_code != 200 or len(answer.json()["hits"]) != 5:
                            failures.append(answer.text)

            askers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
            for asker in askers:
                asker.start()
            try:
                for photo in sorted((tmp_path / "more").iterdir()):
                    open_archive(own).add(photo)
                new = open_archive(own).photo("scene-0605")
                with served.client() as client:
                    assert client.get("/api/v1/info").json()["photos"] == 52
                    assert client.get(f"/api/v1/photos/{new.id}/thumbnails/160").status_code == 200
                    hits = client.post("/api/v1/search", json={"like": [new.id], "count": 50}).json()["hits"]
                    assert len(hits) == 50
            finally:
                done.set()
                for asker in askers:
                    asker.join(30)
        assert not failures

    def test_an_archive_that_goes_away_and_comes_back(
        self, own: Path, desk_settings: DeskSettings, tmp_path: Path
    ) -> None:
        with serving(replace(desk_settings, archive=own)) as served, served.client() as client:
            assert client.post("/api/v1/search", json={"text": "fire"}).status_code == 200
            own.rename(tmp_path / "aside")
            for _ in range(3):
                answer = client.post("/api/v1/search", json={"text": "flood"})
                assert (answer.status_code, answer.json()["type"]) == (503, "/problems/archive-unusable")
                assert client.get("/healthz").status_code in {200, 503}
                time.sleep(0.5)
            assert client.get("/healthz").status_code == 503
            (tmp_path / "aside").rename(own)
            time.sleep(1.1)
            assert client.post("/api/v1/search", json={"text": "flood"}).status_code == 200
            assert client.get("/healthz").status_code == 200


def raw_get(port: int, path: str) -> tuple[int, bytes]:
    """GET an address letter by letter as it is given."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection._validate_path = lambda _: None  # type: ignore[attr-defined]
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
