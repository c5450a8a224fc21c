from __future__ import annotations

import hashlib
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageEnhance

from picdesk.photos.decode import decode
from picdesk.photos.fingerprint import content_id, perceptual_hashes
from tests.drawn.scenes import draw_scene, fill_folder, jpeg_bytes

NEWSIMAGES = Path(__file__).resolve().parents[2] / "../shared/data/newsimages25/newsimages"


def judged(image: Image.Image) -> tuple[int, int]:
    """What imagehash says."""
    return int(str(imagehash.phash(image)), 16), int(str(imagehash.dhash(image)), 16)


def gradients() -> dict[str, Image.Image]:
    """Pictures whose frequencies are mostly zero: there rounding noise would decide bits."""
    ramp = Image.linear_gradient("L")
    checks = np.indices((64, 64)).sum(0) // 8 % 2 * 255
    return {
        "down": ramp,
        "across": ramp.transpose(Image.Transpose.ROTATE_90),
        "radial": Image.radial_gradient("L"),
        "checks": Image.fromarray(checks.astype(np.uint8)),
        "halves": Image.fromarray(np.repeat([[0], [255]], 32, axis=0).repeat(64, axis=1).astype(np.uint8)),
        **{f"flat {grey}": Image.new("L", (50, 40), grey) for grey in (0, 1, 7, 127, 128, 255)},
    }


def test_content_id_is_the_sha256_of_the_bytes() -> None:
    # FIPS 180-4, example of the one-block message.
    assert content_id(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    data = jpeg_bytes(draw_scene(1))
    assert content_id(data) == hashlib.sha256(data).hexdigest() != content_id(data + b"\x00")


@pytest.mark.parametrize("size", [(460, 259), (320, 240), (31, 47), (9, 8), (20, 300), (1200, 900)])
def test_hashes_are_imagehash_bits(size: tuple[int, int]) -> None:
    for seed in range(12):
        image = draw_scene(seed, size)
        assert perceptual_hashes(image) == judged(image)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
def test_hashes_of_other_modes_are_imagehash_bits(mode: str) -> None:
    image = draw_scene(3).convert(mode)
    assert perceptual_hashes(image) == judged(image)


@pytest.mark.parametrize("name", gradients())
def test_flat_and_mirrored_pictures_have_no_bits_of_noise(name: str) -> None:
    image = gradients()[name]
    assert perceptual_hashes(image) == judged(image)


def test_hashes_are_unsigned_64_bit() -> None:
    hashes = np.array([perceptual_hashes(draw_scene(seed)) for seed in range(50)], dtype=np.uint64)
    assert hashes.shape == (50, 2)
    assert (hashes.max(axis=0) > 2**63).all()


def test_a_recompressed_brightened_half_size_copy_stays_near() -> None:
    for seed in range(10):
        scene = draw_scene(seed, (640, 480))
        copy = ImageEnhance.Brightness(scene.resize((320, 240))).enhance(1.1)
        worse = decode(jpeg_bytes(copy, quality=30)).image
        pairs = zip(perceptual_hashes(scene), perceptual_hashes(worse), strict=True)
        assert all((one ^ other).bit_count() <= 10 for one, other in pairs)


def test_drawn_scenes_are_no_near_duplicates() -> None:
    hashes = np.array([perceptual_hashes(draw_scene(seed)) for seed in range(200)], dtype=np.uint64)
    first, second = np.triu_indices(len(hashes), 1)
    phash, dhash = np.bitwise_count(hashes[first] ^ hashes[second]).T
    assert phash.min() > 10
    assert not ((phash <= 10) & (dhash <= 14)).any()


def test_scenes_are_the_same_every_time(tmp_path: Path) -> None:
    assert draw_scene(5).tobytes() == draw_scene(5).tobytes() != draw_scene(6).tobytes()
    paths = fill_folder(tmp_path / "photos", 3, start=4)
    assert [path.name for path in paths] == ["scene-0004.jpg", "scene-0005.jpg", "scene-0006.jpg"]
    assert paths[1].read_bytes() == jpeg_bytes(draw_scene(5))


@pytest.mark.shared
def test_hashes_of_news_photos_are_imagehash_bits() -> None:
    if not NEWSIMAGES.is_dir():
        pytest.skip("the NewsImages 2025 photos are not here")
    paths = sorted(NEWSIMAGES.iterdir())[::80]
    assert len(paths) > 50
    for path in paths:
        image = decode(path.read_bytes()).image
        assert perceptual_hashes(image) == judged(image), path.name
