"""Captions read by an encoder that somebody chose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from picdesk.encoders import load_encoder
from tests.command_line import picdesk
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.tiny import build_clip

if TYPE_CHECKING:
    from pathlib import Path

CAPTIONS = ["red house", "green tree", "blue car", "yellow sun", "white boat"]


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    rows = []
    for number, caption in enumerate(CAPTIONS):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg_bytes(draw_scene(number)))
        rows.append(json.dumps({"file": f"{number}.jpg", "id": f"p{number}", "caption": caption}))
    (tmp_path / "list.jsonl").write_text("\n".join(rows[:3]), encoding="utf-8")
    (tmp_path / "more.jsonl").write_text("\n".join(rows[3:]), encoding="utf-8")
    return tmp_path


def meanings(archive: Path, text: str) -> dict[str, float]:
    said = picdesk("search", archive, text, "--json")
    assert said.code == 0, said.err
    return {hit["name"]: hit["signals"]["meaning"] for hit in json.loads(said.out)["hits"]}


def test_the_chosen_encoder_reads_captions_and_queries_from_then_on(listed: Path, clip: Path) -> None:
    archive, encoder = listed / "archive", load_encoder(clip)
    assert picdesk("add", archive, listed / "list.jsonl").code == 0
    shipped = meanings(archive, "red car")
    assert picdesk("add", archive, listed / "list.jsonl", "--meaning", clip).code == 0
    assert picdesk("add", archive, listed / "more.jsonl").code == 0
    read = meanings(archive, "red car")
    cosines = encoder.encode_texts(CAPTIONS) @ encoder.encode_texts(["red car"])[0]
    assert read == pytest.approx({f"p{n}": float(cosine) for n, cosine in enumerate(cosines)}, abs=2e-3)
    assert {name: read[name] for name in shipped} != pytest.approx(shipped, abs=1e-2)


def test_an_encoder_that_cannot_read_is_refused(listed: Path) -> None:
    eyes = build_clip(listed / "eyes", sides=["visual"])
    said = picdesk("add", listed / "archive", listed / "list.jsonl", "--meaning", eyes)
    assert said.code == 2
    assert "has no text side" in said.err
    said = picdesk("add", listed / "archive", listed / "list.jsonl", "--meaning", listed / "nothing")
    assert said.code == 3
    assert "nothing" in said.err


def test_without_the_chosen_encoder_words_are_searched_and_it_is_said(listed: Path) -> None:
    reader = build_clip(listed / "reader", seed=3)
    archive = listed / "archive"
    assert picdesk("add", archive, listed / "list.jsonl", "--meaning", reader).code == 0
    reader.rename(listed / "moved")
    said = json.loads(picdesk("search", archive, "red house", "--json").out)
    assert [hit["name"] for hit in said["hits"]] == ["p0"]
    assert any("captions were read by" in note for note in said["notes"])
