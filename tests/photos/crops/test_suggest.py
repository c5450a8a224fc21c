"""Where a photo is cropped: drawn scenes of known subjects, a real face, and another reader of the same cascade."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from picdesk.photos.crops import CropBox, look_at, suggest_box
from picdesk.photos.crops.faces import find_faces
from picdesk.photos.crops.saliency import salient_box
from picdesk.photos.crops.suggest import Seen, with_room


def astronaut() -> Image.Image:
    data = pytest.importorskip("skimage.data")
    return Image.fromarray(data.astronaut())


def placed(face: Image.Image, size: tuple[int, int], at: tuple[int, int]) -> Image.Image:
    """A portrait somewhere in a plain room with some noise."""
    chance = np.random.default_rng(1)
    room = Image.fromarray(chance.integers(90, 110, (size[1], size[0], 3), dtype=np.uint8))
    room.paste(face, at)
    return room


FACE = (0.33, 0.13, 0.53, 0.32)
"""Where the astronaut's face is, seen by eye."""


def test_a_face_is_found_where_it_is() -> None:
    face = find_faces(astronaut())[0]
    assert CropBox(*face).holds(FACE) > 0.7
    assert CropBox(*FACE).holds(face) > 0.7


def test_another_reader_of_the_cascade_agrees() -> None:
    """scikit-image walks the same cascade in Cython, with another pyramid: the face of ours is one of its windows."""
    image = astronaut()  # skips where scikit-image is not here
    import skimage.data
    from skimage.feature import Cascade

    cascade = Cascade(skimage.data.lbp_frontal_face_cascade_filename())  # type: ignore[no-untyped-call]
    theirs = cascade.detect_multi_scale(np.asarray(image), 1.2, 1, (60, 60), (400, 400))
    boxes = [(f["c"] / 512, f["r"] / 512, (f["c"] + f["width"]) / 512, (f["r"] + f["height"]) / 512) for f in theirs]
    assert max(CropBox(*find_faces(image)[0]).holds(box) for box in boxes) > 0.7


@pytest.mark.parametrize("seed", range(4))
def test_no_face_in_noise_stripes_and_gradients(seed: int) -> None:
    chance = np.random.default_rng(seed)
    noise = Image.fromarray(chance.integers(0, 255, (240, 320, 3), dtype=np.uint8))
    ramp = Image.fromarray(np.tile(np.linspace(0, 255, 320, dtype=np.uint8), (240, 1))).convert("RGB")
    assert find_faces(noise) == []
    assert find_faces(ramp) == []


@pytest.mark.parametrize("size", [(1, 1), (23, 400), (400, 23), (24, 24), (5000, 30)])
def test_small_and_narrow_pictures_are_looked_at(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "grey")
    assert find_faces(image) == []
    box = suggest_box(image, (1, 1))
    assert 0 <= box.left < box.right <= 1
    assert look_at(image).focus == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("at", [(0, 0), (300, 20), (600, 60)])
@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (9, 16)])
def test_a_face_is_whole_wherever_it_is(at: tuple[int, int], shape: tuple[int, int]) -> None:
    portrait = astronaut().resize((360, 360))
    image = placed(portrait, (960, 420), at)
    seen = look_at(image)
    assert len(seen.faces) == 1
    box = suggest_box(image, shape, seen)
    left, top, right, bottom = FACE
    real = (
        (at[0] + left * 360) / 960,
        (at[1] + top * 360) / 420,
        (at[0] + right * 360) / 960,
        (at[1] + bottom * 360) / 420,
    )
    assert box.holds(real) > 0.99
    assert box.holds(with_room(seen.faces[0])) > 0.99
    edges = box.edges(image.size)
    assert (edges[2] - edges[0]) / (edges[3] - edges[1]) == pytest.approx(shape[0] / shape[1], rel=1e-6)


def test_the_box_moves_no_further_than_it_must() -> None:
    image = placed(astronaut().resize((360, 360)), (960, 420), (600, 60))
    seen = look_at(image)
    without = suggest_box(image, (1, 1), Seen(seen.focus, ()))
    with_face = suggest_box(image, (1, 1), seen)
    face = with_room(seen.faces[0])
    if without.holds(face) > 0.999:
        assert with_face == without
    else:
        assert min(abs(with_face.left - face[0]), abs(with_face.right - face[2])) < 1e-9
    far = Seen((0.5, 0.5), ((0.01, 0.3, 0.06, 0.4), (0.9, 0.3, 0.93, 0.4)))
    assert suggest_box(image, (1, 1), far).left <= 0.01  # the larger one of two that do not fit together
    both = Seen((0.5, 0.5), ((0.30, 0.3, 0.36, 0.5), (0.50, 0.3, 0.53, 0.4)))
    box = suggest_box(image, (1, 1), both)
    assert all(box.holds(with_room(face)) > 0.999 for face in both.faces)
    huge = Seen((0.5, 0.5), ((0.2, 0.0, 0.9, 1.0),))
    box = suggest_box(image, (1, 4), huge)
    assert (box.left + box.right) / 2 == pytest.approx(0.55, abs=0.02)


def test_without_faces_it_is_the_submission_builders_cut() -> None:
    """Of one bright subject on a plain ground: the crop holds it, as the cut of the benchmark's pictures does."""
    for seed in range(5):
        chance = random.Random(seed)
        image = Image.new("RGB", (640, 240), (60, 70, 80))
        x = chance.randint(60, 580)
        ImageDraw.Draw(image).ellipse((x - 40, 80, x + 40, 160), fill=(250, 220, 40))
        seen = look_at(image)
        assert seen.faces == ()
        assert seen.focus[0] == pytest.approx(x / 640, abs=0.08)
        box = suggest_box(image, (1, 1), seen)
        assert box.edges(image.size) == pytest.approx(salient_box(image, (1, 1)))
        assert box.holds(((x - 40) / 640, 80 / 240, (x + 40) / 640, 160 / 240)) == pytest.approx(1)


def test_a_mirrored_photo_has_its_faces_mirrored() -> None:
    image = placed(astronaut().resize((300, 300)), (900, 400), (100, 50))
    (face,), (other,) = find_faces(image), find_faces(ImageOps.mirror(image))
    assert (face[0] + face[2]) / 2 == pytest.approx(1 - (other[0] + other[2]) / 2, abs=0.03)
