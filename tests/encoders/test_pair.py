"""``picdesk models pair``: a text side and an image side that were trained to meet."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from picdesk.encoders import load_encoder
from picdesk.encoders.pair import pair_sides
from picdesk.errors import EncoderMissing, InputError
from tests.command_line import picdesk
from tests.drawn.scenes import draw_scene, fill_folder
from tests.tiny import build_clip


def say(folder: Path, model: str) -> None:
    """As an export remembers a model of the catalogue."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model": model}))


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """A text side alone and an image side alone, of one space, with their names of the catalogue."""
    whole = build_clip(tmp_path / "whole", dimension=20, image_size=64)
    if not (whole / "config.json").is_file():
        (whole / "config.json").write_text("{}")
    texts, images = (Path(shutil.copytree(whole, tmp_path / side)) for side in ("texts", "images"))
    shutil.rmtree(texts / "visual")
    shutil.rmtree(images / "textual")
    say(texts, "clip-vit-b-32-multilingual")
    say(images, "clip-vit-b-32")
    return texts, images


def test_each_side_gives_what_it_gave(sides: tuple[Path, Path], tmp_path: Path) -> None:
    encoder = pair_sides(*sides, tmp_path / "new" / "pair")
    assert encoder.location == str(tmp_path / "new" / "pair")
    assert (encoder.has_texts, encoder.has_images) == (True, True)
    texts, images = ["a red circle", "the sea"], [draw_scene(3), draw_scene(4)]
    reading, seeing = (load_encoder(side) for side in sides)
    np.testing.assert_array_equal(encoder.encode_texts(texts), reading.encode_texts(texts))
    np.testing.assert_array_equal(encoder.encode_images(images), seeing.encode_images(images))
    assert len({encoder.fingerprint, reading.fingerprint, seeing.fingerprint}) == 3
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["pair"]


def test_from_the_command_line_to_a_search(sides: tuple[Path, Path], tmp_path: Path) -> None:
    said = picdesk("models", "pair", *sides, tmp_path / "pair", "--json")
    assert (said.code, said.err) == (0, "")
    assert said.document["dimension"] == 20
    fill_folder(tmp_path / "photos", 4)
    added = picdesk("add", tmp_path / "archive", tmp_path / "photos", "--encoder", tmp_path / "pair", "--json")
    assert added.document["encoded"] == 4
    assert picdesk("search", tmp_path / "archive", "red", "--json").code == 0
    again = picdesk("models", "pair", *sides, tmp_path / "pair")
    assert (again.code, again.out) == (2, "")
    assert "exists already" in again.err


def test_models_that_were_not_trained_together(sides: tuple[Path, Path], tmp_path: Path) -> None:
    texts, images = sides
    say(images, "clip-vit-b-16")
    with pytest.raises(InputError, match=r"trained to meet the images of clip-vit-b-32, not of 'clip-vit-b-16'"):
        pair_sides(texts, images, tmp_path / "pair")
    (texts / "config.json").write_text("{}")
    with pytest.raises(InputError, match="nothing says whose images") as caught:
        pair_sides(texts, images, tmp_path / "pair")
    assert "--unchecked" in caught.value.hint
    assert pair_sides(texts, images, tmp_path / "pair", unchecked=True).dimension == 20


def test_what_is_no_pair(sides: tuple[Path, Path], tmp_path: Path) -> None:
    texts, images = sides
    other = build_clip(tmp_path / "other", dimension=24, image_size=64)
    with pytest.raises(InputError, match="have 20 numbers, images of 'other' 24"):
        pair_sides(texts, other, tmp_path / "pair", unchecked=True)
    with pytest.raises(InputError, match="'images' has no text side"):
        pair_sides(images, texts, tmp_path / "pair")
    with pytest.raises(EncoderMissing):
        pair_sides(tmp_path / "nothing", images, tmp_path / "pair")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        pair_sides(texts, images, tmp_path / "file" / "pair")
    assert not (tmp_path / "pair").exists()


def test_where_the_disk_has_no_links(sides: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    made = pair_sides(*sides, tmp_path / "pair")
    assert not (Path(made.location) / "visual" / "model.onnx").samefile(sides[1] / "visual" / "model.onnx")
    assert made.has_texts
