"""Pixels, against a slow reference that follows torchvision's own steps one by one."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from picdesk.encoders.preprocess import Preparation, read_preparation
from picdesk.errors import EncoderMissing
from tests.drawn.scenes import draw_scene

CLIP: dict[str, Any] = {
    "size": 48,
    "mode": "RGB",
    "mean": [0.48145466, 0.4578275, 0.40821073],
    "std": [0.26862954, 0.26130258, 0.27577711],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
    "fill_color": 0,
}


def preparation(folder: Path, **changes: Any) -> Preparation:
    path = folder / "preprocess_cfg.json"
    path.write_text(json.dumps(CLIP | changes), encoding="utf-8")
    return read_preparation(path)


def normalised(prepare: Preparation, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    (values,) = prepare.normalised(pixels[None])
    return np.asarray(values)


def placed(image: Image.Image, x: float, y: float, fill: int) -> tuple[int, int, int]:
    if 0 <= x < image.width and 0 <= y < image.height:
        pixel = image.getpixel((int(x), int(y)))
        assert isinstance(pixel, tuple)
        return pixel[0], pixel[1], pixel[2]
    return fill, fill, fill


def reference(image: Image.Image, changes: dict[str, Any]) -> NDArray[np.float32]:
    """Resize, place each pixel by a loop, then ToTensor and Normalize in float32, one number at a time."""
    cfg = CLIP | changes
    height, width = (cfg["size"],) * 2 if isinstance(cfg["size"], int) else cfg["size"]
    w, h = image.size
    fill = 0
    if cfg["resize_mode"] == "squash":
        size = (width, height)
    elif cfg["resize_mode"] == "longest":
        ratio = max(h / height, w / width)
        size, fill = (round(w / ratio), round(h / ratio)), cfg["fill_color"]
    elif width == height:
        size = (width, int(width * h / w)) if w <= h else (int(width * w / h), width)
    else:
        ratio = min(h / height, w / width)
        size = (round(w / ratio), round(h / ratio))
    method = Image.Resampling.BILINEAR if cfg["interpolation"] == "bilinear" else Image.Resampling.BICUBIC
    resized = image.convert("RGB").resize(size, method)
    # Pad by half of what is missing, rounded down, before the image; else cut by half, rounded to even.
    left = -((width - size[0]) // 2) if width > size[0] else round((size[0] - width) / 2.0)
    top = -((height - size[1]) // 2) if height > size[1] else round((size[1] - height) / 2.0)
    wanted = np.empty((3, height, width), dtype=np.float32)
    for y in range(height):
        for x in range(width):
            for channel, value in enumerate(placed(resized, x + left, y + top, fill)):
                share = np.float32(value) / np.float32(255)
                centred = share - np.float32(cfg["mean"][channel])
                wanted[channel, y, x] = centred / np.float32(cfg["std"][channel])
    return wanted


@pytest.mark.parametrize("size", [(320, 240), (241, 320), (48, 48), (30, 20), (49, 97), (500, 48), (48, 50), (640, 33)])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"interpolation": "bilinear"},
        {"resize_mode": "longest", "fill_color": 117},
        {"resize_mode": "squash"},
        {"size": [48, 32]},
        {"size": [32, 56]},
        {"size": [32, 56], "resize_mode": "longest"},
        {"size": [32, 56], "resize_mode": "squash"},
        {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "size": [33]},
    ],
)
def test_pixels_equal_the_reference_to_the_last_bit(
    tmp_path: Path, changes: dict[str, Any], size: tuple[int, int]
) -> None:
    image = draw_scene(3, size)
    prepare = preparation(tmp_path, **changes)
    if changes.get("size") == [33]:
        changes = changes | {"size": 33}
    pixels = prepare(image)
    assert pixels.dtype == np.uint8
    prepared = normalised(prepare, pixels)
    assert prepared.flags.c_contiguous
    np.testing.assert_array_equal(prepared, reference(image, changes), strict=True)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.sampled_from(["shortest", "longest", "squash"]))
def test_any_size_fits(tmp_path_factory: pytest.TempPathFactory, width: int, height: int, mode: str) -> None:
    prepare = preparation(tmp_path_factory.mktemp("any"), resize_mode=mode, size=8)
    image = draw_scene(1, (width, height))
    prepared = prepare(image)
    assert prepared.shape == (3, 8, 8)
    if max(width, height) <= 8 * min(width, height):
        wanted = reference(image, {"resize_mode": mode, "size": 8})
        np.testing.assert_array_equal(normalised(prepare, prepared), wanted)


def test_every_byte_is_normalised_as_float32_arithmetic_does(tmp_path: Path) -> None:
    every = Image.fromarray(np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2))
    prepare = preparation(tmp_path, size=16)
    prepared = normalised(prepare, prepare(every))
    shares = np.asarray(every, dtype=np.float32).transpose(2, 0, 1) / np.float32(255)
    mean, std = (np.array(CLIP[key], dtype=np.float32)[:, None, None] for key in ("mean", "std"))
    np.testing.assert_array_equal(prepared, (shares - mean) / std)


def test_a_strip_that_would_need_gigabytes_is_cut_first(tmp_path: Path) -> None:
    strip = Image.new("RGB", (60_000, 1), (255, 0, 0))  # whole, it would grow to 224 x 13,440,000 pixels: 9 GB
    prepared = preparation(tmp_path, size=224)(strip)
    assert prepared.shape == (3, 224, 224)
    assert len(np.unique(prepared[0])) == 1
    assert preparation(tmp_path, size=224, resize_mode="longest")(strip.rotate(90, expand=True)).shape == (3, 224, 224)


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "P", "1", "I;16", "LA"])
def test_other_colour_models_are_taken_as_rgb(tmp_path: Path, mode: str) -> None:
    image = draw_scene(5, (64, 64)).convert("L" if mode == "I;16" else mode).convert(mode)
    prepare = preparation(tmp_path)
    np.testing.assert_array_equal(prepare(image), prepare(image.convert("RGB")))


def test_threads_do_not_disturb_each_other(tmp_path: Path) -> None:
    prepare = preparation(tmp_path)
    scenes = [draw_scene(seed) for seed in range(8)]
    wanted = [prepare(scene) for scene in scenes]
    wrong: list[int] = []

    def work(number: int) -> None:
        wrong.extend(number for _ in range(20) if not np.array_equal(prepare(scenes[number]), wanted[number]))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"size": 0}, "size"),
        ({"size": 10**9}, "size"),
        ({"size": True}, "size"),
        ({"size": [224, 224, 3]}, "size"),
        ({"size": "224"}, "size"),
        ({"mode": "L"}, "mode"),
        ({"mean": [0.5]}, "mean"),
        ({"mean": [float("nan"), 0, 0]}, "mean"),
        ({"mean": "0.5"}, "0.5"),
        ({"std": [0.5, 0, 0.5]}, "std"),
        ({"interpolation": "magic"}, "interpolation"),
        ({"interpolation": ["bicubic"]}, "unhashable"),
        ({"resize_mode": "crop"}, "resize_mode"),
        ({"fill_color": 300}, "fill_color"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(EncoderMissing, match=said) as caught:
        preparation(tmp_path, **changes)
    assert "preprocess_cfg.json" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "preprocess_cfg.json"
    path.write_bytes(content)
    with pytest.raises(EncoderMissing, match=r"preprocess_cfg\.json"):
        read_preparation(path)


def test_a_missing_file_is_an_error_not_a_guess(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="missing"):
        read_preparation(tmp_path / "preprocess_cfg.json")


@pytest.mark.parametrize("size", [(460, 260), (260, 460), (461, 259), (301, 300), (1000, 80), (225, 224), (50, 40)])
@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear", "lanczos"])
def test_cutting_in_between_changes_no_pixel(tmp_path: Path, size: tuple[int, int], interpolation: str) -> None:
    image = draw_scene(9, size)
    short = min(size)
    width, height = (int(224 * edge / short) for edge in size)
    whole = image.resize((width, height), Image.Resampling[interpolation.upper()])
    left, top = round((width - 224) / 2), round((height - 224) / 2)
    cut = np.asarray(whole)[top : top + 224, left : left + 224]
    prepared = preparation(tmp_path, size=224, interpolation=interpolation)(image)
    np.testing.assert_array_equal(prepared.transpose(1, 2, 0), cut)
