"""Photos read, prepared and encoded at once, against one after the other."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from picdesk.encoders import load_encoder
from picdesk.encoders.onnx_folder import OnnxFolder
from picdesk.encoders.pipeline import encode_photos
from picdesk.errors import InputError, PhotoError
from tests.drawn.scenes import draw_scene
from tests.tiny import build_clip


@pytest.mark.parametrize("photos", [0, 1, 3, 4, 5, 8, 9, 21])
def test_vectors_come_in_order_whatever_the_batches(tmp_path: Path, photos: int) -> None:
    encoder = load_encoder(build_clip(tmp_path))
    found = list(encode_photos(encoder, range(photos), draw_scene, batch=4))
    assert [photo for photo, _ in found] == list(range(photos))
    for photo, vector in found:
        assert not isinstance(vector, Exception)
        np.testing.assert_allclose(vector, encoder.encode_images([draw_scene(photo)])[0], atol=1e-5)


def test_a_bad_photo_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder(build_clip(tmp_path))
    whole = OnnxFolder.encode_pixels

    def refuses_black(self: OnnxFolder, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> object:
        if any(not each.any() for each in pixels):
            raise InputError("no vector")
        return whole(self, pixels)

    def read(photo: int) -> Image.Image:
        if photo == 2:
            raise PhotoError("damaged")
        return Image.new("RGB", (40, 40)) if photo == 5 else draw_scene(photo)

    monkeypatch.setattr(OnnxFolder, "encode_pixels", refuses_black)
    found = dict(encode_photos(encoder, range(9), read, batch=4))
    assert [photo for photo, vector in found.items() if isinstance(vector, PhotoError)] == [2]
    assert [photo for photo, vector in found.items() if isinstance(vector, InputError) and photo != 2] == [5]
    assert sum(isinstance(vector, np.ndarray) for vector in found.values()) == 7


def test_few_photos_are_held_at_a_time(tmp_path: Path) -> None:
    encoder = load_encoder(build_clip(tmp_path))
    read: list[int] = []
    lock = threading.Lock()

    def counted(photo: int) -> Image.Image:
        with lock:
            read.append(photo)
        return draw_scene(photo % 5)

    stream = encode_photos(encoder, range(10_000), counted, batch=4)
    for _ in range(6):
        next(stream)
    assert len(read) <= 6 + 3 * 4
    del stream
