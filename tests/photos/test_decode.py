from __future__ import annotations

import gc
import io
import random
import struct
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image, ImageChops, ImageFile

from picdesk.errors import InputError, PhotoError
from picdesk.photos.decode import PIXEL_LIMIT, decode
from tests.drawn.broken import BROKEN, hollow_tiff, png_chunk
from tests.drawn.labelled import GERMAN, Labels, labelled, xmp_packet
from tests.drawn.scenes import draw_scene, jpeg_bytes

NEWSIMAGES = Path(__file__).resolve().parents[2] / "../shared/data/newsimages25/newsimages"

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)

# EXIF: where the first stored row lies, and the first stored column; so where a red mark at the start of the first row
# is displayed, and a blue one at its end.
CORNERS = {
    1: ("top left", "top right"),
    2: ("top right", "top left"),
    3: ("bottom right", "bottom left"),
    4: ("bottom left", "bottom right"),
    5: ("top left", "bottom left"),
    6: ("top right", "bottom right"),
    7: ("bottom right", "top right"),
    8: ("bottom left", "top left"),
}


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def corner(image: Image.Image, where: str) -> tuple[int, int, int]:
    x = 0.1 if "left" in where else 0.9
    y = 0.1 if "top" in where else 0.9
    pixel = image.getpixel((int(image.width * x), int(image.height * y)))
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1], pixel[2]


def near(one: tuple[int, ...], other: tuple[int, ...], tolerance: int = 12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.asarray(ImageChops.difference(one, other.convert("RGB"))).mean())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP", "JPEG2000", "PPM", "QOI"])
def test_formats(kind: str) -> None:
    scene = draw_scene(1)
    decoded = decode(saved(scene, kind))
    assert (decoded.width, decoded.height, decoded.format) == (320, 240, kind)
    assert decoded.image.mode == "RGB"
    assert mean_difference(decoded.image, scene) < 6


def test_a_large_jpeg_is_decoded_small_but_keeps_its_size() -> None:
    scene = draw_scene(2, (4000, 3000))
    decoded = decode(jpeg_bytes(scene))
    assert (decoded.width, decoded.height) == (4000, 3000)
    assert decoded.image.size == (1000, 750)
    assert mean_difference(decoded.image, scene.resize((1000, 750), Image.Resampling.BOX)) < 3


@pytest.mark.parametrize(
    ("side", "expected"), [(3000, 3000), (1501, 3000), (1500, 1500), (376, 750), (375, 375), (1, 375)]
)
def test_the_shorter_side_never_falls_below_what_was_asked(side: int, expected: int) -> None:
    decoded = decode(jpeg_bytes(draw_scene(2, (4000, 3000))), smallest_side=side)
    assert decoded.image.height == expected
    assert decoded.height == 3000


@pytest.mark.parametrize("lies", CORNERS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("size", [(120, 80), (1200, 1000)])
def test_orientation(kind: str, lies: int, size: tuple[int, int]) -> None:
    stored = Image.new("RGB", size, "white")
    stored.paste(RED, (0, 0, size[0] // 4, size[1] // 4))
    stored.paste(BLUE, (size[0] * 3 // 4, 0, size[0], size[1] // 4))
    exif = Image.Exif()
    exif[0x0112] = lies
    decoded = decode(saved(stored, kind, exif=exif))
    red, blue = CORNERS[lies]
    assert near(corner(decoded.image, red), RED)
    assert near(corner(decoded.image, blue), BLUE)
    assert (decoded.width, decoded.height) == (size[::-1] if lies >= 5 else size)
    assert (decoded.image.width > decoded.image.height) == (decoded.width > decoded.height)
    reduced = kind == "JPEG" and size == (1200, 1000)
    assert max(decoded.image.size) == (600 if reduced else max(size))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_that_only_xmp_says(kind: str) -> None:
    data = labelled(kind, Labels(xmp=xmp_packet("", 'tiff:Orientation="6"')))
    decoded = decode(data)
    assert (decoded.width, decoded.height) == decoded.image.size == (240, 320)
    assert mean_difference(decoded.image.transpose(Image.Transpose.ROTATE_90), draw_scene(7)) < 6


def test_a_decoded_picture_cannot_be_turned_twice() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = decode(jpeg_bytes(draw_scene(1), exif=exif)).image
    assert image.info == {}
    assert len(image.getexif()) == 0


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])  # Pillow writes CMYK JPEG inverted, as Adobe does, and TIFF straight
def test_cmyk(kind: str) -> None:
    inks = Image.new("CMYK", (64, 48), (0, 255, 255, 0))
    inks.paste((0, 0, 0, 0), (32, 0, 64, 48))
    data = saved(inks, kind)
    assert (b"Adobe" in data) == (kind == "JPEG")
    image = decode(data).image
    assert near(corner(image, "top left"), RED)
    assert near(corner(image, "top right"), WHITE)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(kind: str) -> None:
    values = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    image = decode(saved(Image.fromarray(values), kind)).image
    assert np.abs(np.asarray(image)[..., 0] - values / 257).max() <= 1
    assert np.ptp(np.asarray(image), axis=-1).max() == 0


def test_16_bit_grey_of_the_other_byte_order() -> None:
    values = np.array([[0, 0x1234], [0x8000, 0xFFFF]], dtype=">u2")
    entries = [(256, 2), (257, 2), (258, 16), (259, 1), (262, 1), (273, 120), (277, 1), (278, 2), (279, 8)]
    directory = b"".join(struct.pack(">HHII", tag, 4, 1, value) for tag, value in entries)
    data = (b"MM\x00*" + struct.pack(">IH", 8, len(entries)) + directory).ljust(120, b"\x00") + values.tobytes()
    assert np.asarray(decode(data).image)[..., 0].tolist() == [[0, 0x12], [0x80, 0xFF]]


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_grey_without_an_agreed_white_is_stretched(dtype: str) -> None:
    values = np.linspace(-5, 300_000, 64 * 48).reshape(48, 64).astype(dtype)
    if dtype == "float32":
        values[0, 0] = np.nan
        values[0, 1] = np.inf
    grey = np.asarray(decode(saved(Image.fromarray(values), "TIFF")).image)[..., 0]
    assert (grey.min(), grey.max()) == (0, 255)
    assert abs(int(grey[24, 0]) - 127) <= 1


def test_one_bit() -> None:
    bits = Image.new("1", (20, 20), 0)
    bits.paste(1, (10, 0, 20, 20))
    image = decode(saved(bits, "PNG")).image
    assert (corner(image, "top left"), corner(image, "top right")) == ((0, 0, 0), WHITE)


def test_palette() -> None:
    scene = draw_scene(4).quantize(16)
    assert mean_difference(decode(saved(scene, "PNG")).image, scene) == 0


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_palette_colour_is_laid_on_white(kind: str) -> None:
    image = Image.new("P", (20, 20), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(1, (10, 0, 20, 20))
    decoded = decode(saved(image, kind, transparency=0)).image
    assert (corner(decoded, "top left"), corner(decoded, "top right")) == (WHITE, BLUE)


def test_partly_transparent_palette_colours_are_blended_with_white() -> None:
    image = Image.new("P", (20, 20), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(1, (10, 0, 20, 20))
    decoded = decode(saved(image, "PNG", transparency=b"\x80\xff")).image
    assert near(corner(decoded, "top left"), (255, 127, 127), 1)
    assert corner(decoded, "top right") == BLUE


@pytest.mark.parametrize(("mode", "ink"), [("RGBA", (255, 0, 0, 128)), ("LA", (0, 128))])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_alpha_is_laid_on_white(mode: str, ink: tuple[int, ...], kind: str) -> None:
    image = Image.new(mode, (20, 20), ink)
    image.paste((*ink[:-1], 0), (10, 0, 20, 20))
    decoded = decode(saved(image, kind)).image
    assert near(corner(decoded, "top left"), (255, 127, 127) if mode == "RGBA" else (127, 127, 127), 1)
    assert corner(decoded, "top right") == WHITE


def test_a_transparent_colour_of_an_rgb_png_is_laid_on_white() -> None:
    image = Image.new("RGB", (20, 20), RED)
    image.paste(BLUE, (10, 0, 20, 20))
    decoded = decode(saved(image, "PNG", transparency=RED)).image
    assert (corner(decoded, "top left"), corner(decoded, "top right")) == (WHITE, BLUE)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in (RED, BLUE, WHITE)]
    decoded = decode(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert near(corner(decoded.image, "top left"), RED)
    assert (decoded.width, decoded.height) == (40, 30)


def test_two_pictures_in_one_jpeg_are_the_first() -> None:
    data = saved(Image.new("RGB", (40, 30), RED), "MPO", save_all=True, append_images=[Image.new("RGB", (9, 9), BLUE)])
    decoded = decode(data)
    assert (decoded.format, decoded.width) == ("JPEG", 40)
    assert near(corner(decoded.image, "top left"), RED)


def grey_png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")


def test_the_limit_is_told_with_the_size() -> None:
    with pytest.raises(PhotoError) as refused:
        decode(BROKEN["png-bomb"](1))
    assert refused.value.message == "60000 x 60000 pixels, over the limit of 179 megapixels"


def test_the_limit_is_exact_and_nothing_below_it_warns() -> None:
    with pytest.raises(PhotoError, match="over the limit"):
        decode(grey_png(PIXEL_LIMIT // 2 + 1, 2))
    with pytest.raises(PhotoError, match="PNG"):  # within the limit, so read on, and found to have no pixels
        decode(grey_png(PIXEL_LIMIT // 2, 2))


def test_pillow_does_not_warn_of_pictures_within_the_limit() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PhotoError, match="TIFF") as refused:
            decode(hollow_tiff(10_000, 9_000, 1))  # 90 megapixels
    assert not isinstance(refused.value.__cause__, Warning)


@pytest.mark.parametrize("size", [(1, 1), (500, 1), (1, 500)])
def test_tracking_pixels_and_spacers_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoError, match="too small to show anything"):
        decode(saved(Image.new("RGB", size), "PNG"))


def test_two_pixels_a_side_are_a_picture() -> None:
    assert decode(saved(Image.new("RGB", (2, 2), RED), "PNG")).image.size == (2, 2)


def test_smallest_side_must_make_sense() -> None:
    with pytest.raises(InputError, match="smallest_side is 0"):
        decode(jpeg_bytes(draw_scene(1)), smallest_side=0)


def test_200_broken_files_are_refused_with_a_reason_and_flat_memory(recwarn: pytest.WarningsRecorder) -> None:
    files = {(kind, seed): make(seed) for seed in range(9) for kind, make in BROKEN.items()}
    assert len(files) >= 200
    assert len(set(files.values())) >= len(files) - 8  # an empty file is an empty file
    gc.collect()
    before = psutil.Process().memory_info().rss
    for name, data in files.items():
        with pytest.raises(PhotoError) as refused:
            decode(data)
        message = refused.value.message
        assert message, name
        assert "\n" not in message, name
        assert len(message) < 300, name
    assert psutil.Process().memory_info().rss - before < 50e6
    assert not recwarn.list


def test_reasons_say_what_is_wrong() -> None:
    reasons = {}
    for kind, make in BROKEN.items():
        with pytest.raises(PhotoError) as refused:
            decode(make(1))
        reasons[kind] = refused.value.message
    assert reasons["empty"] == "empty file"
    assert reasons["text"] == reasons["html"] == reasons["eps"] == reasons["svg"] == "not an image that can be read"
    assert reasons["jpeg-half"].startswith("truncated: JPEG")
    assert reasons["png-half"].startswith("truncated: PNG")
    assert reasons["png-bad-checksum"].startswith("damaged: PNG")
    assert reasons["jpeg-huge"] == "65500 x 65500 pixels, over the limit of 179 megapixels"


def victims() -> dict[str, bytes]:
    scene = draw_scene(1, (96, 72))
    return {
        **{kind: labelled(kind, GERMAN, scene) for kind in ("JPEG", "PNG", "TIFF", "WEBP")},
        "CMYK": jpeg_bytes(scene.convert("CMYK")),
        "LZW": saved(scene, "TIFF", compression="tiff_lzw"),
        "GIF": saved(scene, "GIF", save_all=True, append_images=[draw_scene(2, (96, 72))]),
    }


@pytest.mark.parametrize("kind", victims())
def test_flipped_bytes_are_taken_or_refused_and_nothing_else(
    kind: str, recwarn: pytest.WarningsRecorder, capsys: pytest.CaptureFixture[str]
) -> None:
    original = victims()[kind]
    taken, causes = 0, []
    for seed in range(150):
        chance = random.Random(seed)
        data = bytearray(original)
        reach = chance.choice((100, 2000, len(data)))
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            data[chance.randrange(min(reach, len(data)))] = chance.randrange(256)
        try:
            taken += decode(bytes(data)).image.mode == "RGB"
        except PhotoError as refused:
            causes.append(type(refused.__cause__))
    assert 0 < taken < 150
    # A warning that was made an error would hide as a refusal.
    assert not any(issubclass(cause, Warning) for cause in causes)
    assert not recwarn.list
    assert capsys.readouterr() == ("", "")


def test_broken_metadata_does_not_cost_the_photo() -> None:
    data = labelled("JPEG", GERMAN)
    for marker in (b"Exif\x00\x00", b"http://ns.adobe.com/xap/1.0/\x00", b"Photoshop 3.0\x00"):
        start = data.index(marker) + len(marker)
        chance = random.Random(1)
        data = data[:start] + chance.randbytes(60) + data[start + 60 :]
    decoded = decode(data)
    assert decoded.image.size == (320, 240)
    assert decoded.metadata.caption is None


def test_threads_decode_alike() -> None:
    files = [labelled(kind, GERMAN, draw_scene(seed)) for seed in range(6) for kind in ("JPEG", "PNG", "TIFF", "WEBP")]
    files += [jpeg_bytes(draw_scene(seed, (1800, 1200))) for seed in range(6)]
    alone = [decode(data) for data in files]
    start = threading.Barrier(4)

    def work(_: int) -> list[bool]:
        start.wait()
        together = [decode(data) for data in files]
        return [
            one.image.tobytes() == other.image.tobytes() and one.metadata == other.metadata
            for one, other in zip(alone, together, strict=True)
        ]

    with ThreadPoolExecutor(4) as threads:
        assert all(all(same) for same in threads.map(work, range(4)))


def test_pillow_stays_as_it_was() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    decode(jpeg_bytes(draw_scene(1)))
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES) == before == (89_478_485, False)


@pytest.mark.shared
def test_news_photos_decode_as_pillow_decodes_them() -> None:
    if not NEWSIMAGES.is_dir():
        pytest.skip("the NewsImages 2025 photos are not here")
    paths = sorted(NEWSIMAGES.iterdir())[::80]
    assert len(paths) > 50
    for path in paths:
        decoded = decode(path.read_bytes())
        with Image.open(path) as image:
            assert image.size == (decoded.width, decoded.height) == decoded.image.size, path.name
            assert image.convert("RGB").tobytes() == decoded.image.tobytes(), path.name
