"""The parts that make a desk quick: texts read together, one memory for all threads, small pictures kept on disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from picdesk.api import Archive, open_archive
from picdesk.desk import pictures as pictures_module
from picdesk.desk import thumbnails as thumbnails_module
from picdesk.desk.metrics import Metrics
from picdesk.desk.only import KINDS, only_filter
from picdesk.desk.pictures import Pictures
from picdesk.desk.problems import Problem
from picdesk.desk.remembering import LONGEST, TEXTS, TOGETHER, RememberingEncoder
from picdesk.desk.security.sessions import is_visitor
from picdesk.desk.security.tokens import bearer_of, new_secret, same_secret
from picdesk.desk.thumbnails import Thumbnails
from picdesk.encoders import load_encoder
from picdesk.errors import FilterError
from picdesk.search.filters.parse import filter_sql
from tests.drawn.scenes import draw_scene, fill_folder, jpeg_bytes


class Slow:
    """An encoder that counts what it is asked, and fails on a bad text."""

    name = "slow"

    def __init__(self, seconds: float = 0.0) -> None:
        self.asked: list[list[str]] = []
        self.seconds = seconds

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append(list(texts))
        time.sleep(self.seconds)
        if "bad" in texts:
            raise ValueError("a bad text")
        return np.array([[len(text), hash(text) % 1000] for text in texts], dtype=np.float32)


def remembering(inner: Any) -> RememberingEncoder:
    return RememberingEncoder(inner, Metrics(lambda: 0))


class TestTexts:
    def test_vectors_are_the_encoders_own(self, clip: Path) -> None:
        plain = load_encoder(clip)
        dressed = remembering(plain)
        texts = ["red fire", "blue sea", "red fire", "", "green house"]
        for _ in range(2):
            assert np.allclose(dressed.encode_texts(texts), plain.encode_texts(texts), atol=1e-6)
        assert dressed.encode_texts([]).shape == plain.encode_texts([]).shape
        for name in ("name", "location", "fingerprint", "dimension", "text_limit", "has_images", "has_texts"):
            assert getattr(dressed, name) == getattr(plain, name)
        assert (dressed.image_side, dressed.runtime) == (plain.image_side, plain.runtime)
        picture = draw_scene(1)
        assert np.array_equal(dressed.encode_images([picture]), plain.encode_images([picture]))
        pixels = plain.prepare_image(picture)[None]
        assert np.array_equal(dressed.encode_pixels(pixels), plain.encode_pixels(pixels))
        assert np.array_equal(dressed.prepare_image(picture), plain.prepare_image(picture))
        assert dressed.count_tokens(["red fire"]) == plain.count_tokens(["red fire"])

    def test_a_text_is_read_once(self) -> None:
        slow = Slow()
        dressed = remembering(slow)
        dressed.encode_texts(["a", "b"])
        dressed.encode_texts(["b", "c", "a"])
        assert slow.asked == [["a", "b"], ["c"]]

    def test_those_that_wait_are_read_together(self) -> None:
        slow = Slow(0.2)
        dressed = remembering(slow)
        with ThreadPoolExecutor(8) as pool:
            first = pool.submit(dressed.encode_texts, ["first"])
            time.sleep(0.05)
            others = [pool.submit(dressed.encode_texts, [f"text {number}", "shared"]) for number in range(7)]
            found = [other.result() for other in others]
        assert first.result().shape == (1, 2)
        assert [len(texts) for texts in slow.asked] == [1, 8]
        assert all(vectors[0, 1] == hash(f"text {number}") % 1000 for number, vectors in enumerate(found))

    def test_no_more_than_a_batch_is_read_at_once(self) -> None:
        slow = Slow()
        remembering(slow).encode_texts([str(number) for number in range(3 * TOGETHER + 1)])
        assert [len(texts) for texts in slow.asked] == [TOGETHER] * 3 + [1]

    def test_a_bad_text_fails_nobody_else(self) -> None:
        slow = Slow(0.1)
        dressed = remembering(slow)
        with ThreadPoolExecutor(3) as pool:
            first = pool.submit(dressed.encode_texts, ["first"])
            time.sleep(0.03)
            bad, good = (pool.submit(dressed.encode_texts, [text]) for text in ("bad", "good"))
            with pytest.raises(ValueError, match="a bad text"):
                bad.result()
            assert good.result()[0, 0] == 4
            assert first.result()[0, 0] == 5
        with pytest.raises(ValueError, match="a bad text"):
            dressed.encode_texts(["bad"])

    def test_what_is_remembered_is_bounded(self) -> None:
        slow = Slow()
        dressed = remembering(slow)
        dressed.encode_texts([str(number) for number in range(TEXTS + 10)])
        assert len(dressed._known) == TEXTS
        dressed.encode_texts(["x" * (LONGEST + 1)])
        assert len(dressed._known) == TEXTS


class TestOneMemory:
    def test_threads_find_what_one_finds_while_the_archive_grows(
        self, captioned: Path, clip: Path, tmp_path: Path
    ) -> None:
        archive = open_archive(tmp_path / "archive", clip)
        archive.add(captioned)
        fill_folder(tmp_path / "more", 6, start=700)
        fixed: Any = {"filter": "has:caption"}  # the new photos say nothing
        texts = [f"{thing} in {place}" for thing in ("fire", "flood", "vote") for place in ("Oslo", "Lima")]
        expected = {
            text: [hit.photo.name for hit in archive.search(text, k=10, weights={"vectors": 0}, **fixed)]
            for text in texts
        }
        done = threading.Event()
        wrong: list[object] = []

        def ask() -> None:
            while not done.is_set():
                for text in texts:
                    found = [hit.photo.name for hit in archive.search(text, k=10, weights={"vectors": 0}, **fixed)]
                    if set(found[:5]) != set(expected[text][:5]):
                        wrong.append((text, found))

        with ThreadPoolExecutor(4) as pool:
            asking = [pool.submit(ask) for _ in range(4)]
            try:
                for photo in sorted((tmp_path / "more").iterdir()):
                    open_archive(tmp_path / "archive").add(photo)
            finally:
                done.set()
            for each in asking:
                each.result()
        assert not wrong
        assert [archive.has(photo) for photo in (archive.photo("scene-0703").id, "0" * 64, "")] == [True, False, False]
        assert len(archive.photos_of([archive.photo("scene-0703").id, "0" * 64])) == 1

    def test_photos_by_ids(self, desk_archive: Archive) -> None:
        fresh = open_archive(desk_archive.path)  # nothing of it is in memory yet
        assert [fresh.has(photo) for photo in (desk_archive.photo("p1").id, "0" * 64)] == [True, False]
        everyone = [photo for ids in desk_archive.ids_where() for photo in ids]
        assert len(everyone) == 40
        assert {photo.id: photo for photo in map(desk_archive.photo, ("p1", "p2"))}.items() <= desk_archive.photos_of(
            everyone
        ).items()
        some = [photo for ids in desk_archive.ids_where(credit="AP") for photo in ids]
        assert {desk_archive.photos_of([photo])[photo].credit for photo in some} == {"AP"}
        said = [row for part in desk_archive.said(["credit"]) for row in part["credit"]]
        assert said.count("AP") == len(some)


class TestSmallPictures:
    def test_the_folder_does_not_grow_for_ever(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(thumbnails_module, "MOST", 6000)
        monkeypatch.setattr(thumbnails_module, "_LOOK", 1)
        kept = Thumbnails(tmp_path)
        data = jpeg_bytes(draw_scene(1))
        for number in range(12):
            photo: Any = SimpleNamespace(id=f"{number:064x}", name=str(number))
            assert kept.make(photo, data, 160) == kept.find(photo.id, 160)
        sizes = [path.stat().st_size for path in tmp_path.glob("??/*.webp")]
        assert 0 < sum(sizes) <= 6000
        assert kept.find(f"{11:064x}", 160)

    def test_where_nothing_can_be_written_they_are_made_each_time(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        kept = Thumbnails(tmp_path / "file")
        photo: Any = SimpleNamespace(id="0" * 64, name="p")
        assert kept.make(photo, jpeg_bytes(draw_scene(1)), 160)[:4] == b"RIFF"
        assert kept.find(photo.id, 160) is None

    def test_uploaded_pictures_are_few_and_leave(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(pictures_module, "MOST", 3)
        monkeypatch.setattr(pictures_module, "AT_HAND", 3)
        (tmp_path / "archive").mkdir()
        for place in (None, tmp_path / "archive/desk/pictures"):
            now = [time.time()]
            kept = Pictures(place, clock=lambda now=now: now[0])  # type: ignore[misc]
            ids = [kept.take(jpeg_bytes(draw_scene(number)), 10**6).id for number in range(4)]
            with pytest.raises(Problem, match="no longer here"):
                kept.find(ids[0])
            assert kept.find(ids[3])[:4] == b"\x89PNG"
            if place is not None:
                assert Pictures(place).find(ids[3]) == kept.find(ids[3])
            now[0] += pictures_module.SECONDS + 10
            with pytest.raises(Problem, match="no longer here"):
                kept.find(ids[3])


class TestTokens:
    def test_secrets(self) -> None:
        assert len({new_secret() for _ in range(100)}) == 100
        assert is_visitor(new_secret())
        assert not is_visitor(new_secret()[:-1])
        assert same_secret("ä\ud800", "ä\ud800")
        assert not same_secret("", "x")
        assert [bearer_of(said) for said in ("bearer  x ", "Bearer", "Basic x", "")] == ["x", None, None, None]


class TestFacetFilters:
    @pytest.mark.parametrize("value", ['AP "Images"', "a) or (credit:b", "' or 1=1 --", "and", "", "ü\x1f"])
    def test_values_stay_values(self, value: str, desk_archive: Archive) -> None:
        for name in ("credit", "place", "people"):
            (condition,) = only_filter({name: [value]})
            assert filter_sql(condition)
            found = sum(map(len, desk_archive.ids_where(filter=condition)))
            assert found == ({"credit": 10, "place": 0, "people": 40}[name] if not value else 0)

    def test_what_makes_no_sense(self) -> None:
        for name in ("rights", "year", "orientation", "origin"):
            with pytest.raises(FilterError, match=f"{name} takes no value"):
                list(only_filter({name: ["x"]}))
        with pytest.raises(FilterError, match="no facet"):
            list(only_filter({"nothing": ["x"]}))
        assert not list(only_filter(dict.fromkeys(KINDS, ())))
