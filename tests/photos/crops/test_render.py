"""A crop as a file: the pixels, the colours, whose picture it is. exiftool is the judge of what the file says."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from picdesk.errors import InputError, PhotoError
from picdesk.newsimages.submission.fit import crop as submission_crop
from picdesk.newsimages.submission.png import encode_png
from picdesk.photos.crops import CropBox, around, render, slot_of, suggest_box
from picdesk.photos.crops.render import WRITERS
from picdesk.photos.decode import decode
from picdesk.photos.metadata import read_metadata
from picdesk.records import Photo
from tests.drawn.labelled import GERMAN, labelled
from tests.drawn.scenes import draw_scene, jpeg_bytes
from tests.search.photos import photo as photo_of_name

SAID: dict[str, Any] = {
    "caption": "Die Bürgermeisterin <eröffnet> & „feiert“ die Brücke\nüber die Spree – 北京",
    "headline": "Brückenfest & mehr",
    "keywords": ("Brücke", "Köpenick"),
    "people": ("Änne Größe", "Zoë Çelik"),
    "place": "Köpenick, Berlin, Deutschland",
    "creator": "Jörg Müßig, Zoë Çelik",
    "credit": "Nachrichtenbüro Süd/dpa",
    "rights": "© 2024 Jörg Müßig, alle Rechte vorbehalten",
    "usage_terms": "Nur für Nachrichten über das Ereignis",
    "instructions": "Nur redaktionelle Nutzung",
    "digital_source_type": "digitalCapture",
    "taken": dt.datetime(2024, 5, 3, 10, 15, 30, tzinfo=dt.timezone(dt.timedelta(hours=2))),
}
BOX = CropBox(0.25, 0.1, 0.75, 0.9)


def photo(**said: Any) -> Photo:
    return photo_of_name("spree", **said)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def said_by_exiftool(path: Path) -> dict[str, Any]:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    out = subprocess.run(["exiftool", "-j", "-G1", "-a", "-struct", str(path)], capture_output=True, check=True).stdout
    (document,) = json.loads(out)
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize("format", WRITERS)
def test_what_is_said_is_kept(tmp_path: Path, format: str) -> None:
    made = render(photo(**SAID), jpeg_bytes(draw_scene(1)), BOX, slot_of("1:1"), format=format)
    path = tmp_path / made.name
    path.write_bytes(made.data)
    found = said_by_exiftool(path)
    assert not [key for key in found if "Error" in key or "Warning" in key], found
    assert found["XMP-dc:Description"] == SAID["caption"]
    assert found["XMP-photoshop:Credit"] == SAID["credit"]
    assert found["XMP-dc:Creator"] == ["Jörg Müßig", "Zoë Çelik"]
    assert found["XMP-dc:Rights"] == SAID["rights"]
    assert found["XMP-xmpRights:UsageTerms"] == SAID["usage_terms"]
    assert found["XMP-iptcExt:PersonInImage"] == list(SAID["people"])
    assert (found["XMP-photoshop:City"], found["XMP-photoshop:Country"]) == ("Köpenick", "Deutschland")
    assert found["XMP-photoshop:Instructions"] == "Nur redaktionelle Nutzung. Cropped from the original of 320 x 240."
    assert found["XMP-dc:Source"] == f"spree (SHA-256 {photo().id})"
    assert found["IFD0:Copyright"] == SAID["rights"]
    assert found["IFD0:Artist"] == SAID["creator"]
    assert found["ExifIFD:DateTimeOriginal"] == "2024:05:03 10:15:30"
    assert found["ExifIFD:OffsetTimeOriginal"] == "+02:00"
    if format == "jpeg":
        assert found["IPTC:Credit"] == SAID["credit"]
        assert found["IPTC:By-line"] == ["Jörg Müßig", "Zoë Çelik"]
        assert found["IPTC:CopyrightNotice"] == SAID["rights"]
        assert found["IPTC:Caption-Abstract"].startswith("Die Bürgermeisterin <eröffnet> & „feiert“ die Brücke")
        assert found["IPTC:SpecialInstructions"].startswith("Nur redaktionelle Nutzung. Cropped")
        assert found["IPTC:DateCreated"] == "2024:05:03"


@pytest.mark.parametrize("format", WRITERS)
def test_an_archive_reads_back_what_was_written(format: str) -> None:
    made = render(photo(**SAID), jpeg_bytes(draw_scene(1)), format=format)
    found = read_metadata(Image.open(io.BytesIO(made.data)))
    assert {name: getattr(found, name) for name in SAID} == SAID


def test_nothing_said_writes_nothing_and_hostile_texts_do_not_break_out(tmp_path: Path) -> None:
    made = render(photo(), jpeg_bytes(draw_scene(1)))
    assert read_metadata(Image.open(io.BytesIO(made.data))).credit is None
    hostile = "</rdf:li></rdf:Alt><x a='\"'>\x00\x0b\ufffe]]> & <!--"
    made = render(photo(caption=hostile, credit=hostile, rights=hostile), jpeg_bytes(draw_scene(1)), BOX)
    (tmp_path / "x.jpg").write_bytes(made.data)
    found = said_by_exiftool(tmp_path / "x.jpg")
    assert found["XMP-dc:Description"] == "</rdf:li></rdf:Alt><x a='\"'>]]> & <!--"
    assert "Error" not in str(found.keys())


def test_what_does_not_fit_is_left_out_and_said() -> None:
    many = tuple(f"keyword {'x' * 900} {number}" for number in range(200))
    made = render(photo(caption="c" * 19_000, keywords=many, credit="AP"), jpeg_bytes(draw_scene(1)))
    assert made.note == "too long for the file, cut: keywords"
    found = read_metadata(Image.open(io.BytesIO(made.data)))
    assert (found.caption, found.credit, found.keywords) == ("c" * 19_000, "AP", ())
    made = render(photo(caption="京" * 20_000, people=many, credit="AP"), jpeg_bytes(draw_scene(1)))
    assert made.note == "too long for the file, cut: keywords, people, caption"
    assert read_metadata(Image.open(io.BytesIO(made.data))).caption == "京" * 2_000


def test_pixels_are_those_of_the_upright_photo() -> None:
    stored = draw_scene(5, (300, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = stored.transpose(Image.Transpose.ROTATE_270)
    buffer = io.BytesIO()
    stored.save(buffer, "PNG", exif=exif)
    made = opened(render(photo(), buffer.getvalue(), CropBox(0, 0.5, 1, 1), format="png").data)
    assert made.size == (200, 150)
    assert np.array_equal(np.asarray(made), np.asarray(upright.crop((0, 150, 200, 300))))
    assert made.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("shape", ["16:9", "3:2", "1:1", "5:7"])
def test_a_shape_keeps_the_photos_own_pixels(shape: str) -> None:
    image = draw_scene(2, (640, 427))
    slot = slot_of(shape)
    box = around((0.4, 0.6), image.size, slot.shape, 1.7)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    made = render(photo(), buffer.getvalue(), box, slot, format="png")
    left, top, right, bottom = box.pixels(image.size, slot.shape)
    assert np.array_equal(np.asarray(opened(made.data)), np.asarray(image.crop((left, top, right, bottom))))
    assert (made.width / made.height) == pytest.approx(slot.shape[0] / slot.shape[1], rel=0.01)


@pytest.mark.parametrize("size", [(640, 427), (460, 259), (500, 900), (3000, 2000)])
def test_the_benchmarks_slot_is_the_submission_builders_picture(size: tuple[int, int]) -> None:
    data = jpeg_bytes(draw_scene(3, size))
    wanted = submission_crop(decode(data, smallest_side=920).image, (460, 260))
    box = suggest_box(decode(data).image, (460, 260))
    made = render(photo(), data, box, slot_of("460x260"), format="png", enlarge=True)
    assert np.array_equal(np.asarray(opened(made.data)), np.asarray(opened(encode_png(wanted))))


def test_nothing_is_enlarged_unasked() -> None:
    data, slot = jpeg_bytes(draw_scene(1)), slot_of("460x260")
    with pytest.raises(InputError, match=r"enlarged 1\.44 times"):
        render(photo(), data, around((0.5, 0.5), (320, 240), slot.shape), slot)
    made = render(photo(), data, around((0.5, 0.5), (320, 240), slot.shape), slot, enlarge=True)
    assert (made.width, made.height) == (460, 260)
    assert made.enlarged == pytest.approx(1.4375)
    with pytest.raises(InputError, match="no format 'gif'"):
        render(photo(), data, format="gif")
    with pytest.raises(PhotoError):
        render(photo(), b"no picture")


@pytest.mark.parametrize("format", WRITERS)
def test_the_colours_that_were_meant_are_kept(format: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = opened(render(photo(), jpeg_bytes(draw_scene(1), icc_profile=profile), BOX, format=format).data)
    assert made.info["icc_profile"] == profile
    assert "icc_profile" not in opened(render(photo(), jpeg_bytes(draw_scene(1)), BOX, format=format).data).info
    grey = jpeg_bytes(draw_scene(1).convert("L"), icc_profile=profile)
    assert "icc_profile" not in opened(render(photo(), grey, BOX, format=format).data).info


def test_a_real_agency_photo_keeps_its_label() -> None:
    data = labelled("JPEG", GERMAN)
    said = decode(data).metadata
    fields = {name: getattr(said, name) for name in said.__dataclass_fields__}
    made = render(photo(**fields), data, BOX)
    found = read_metadata(Image.open(io.BytesIO(made.data)))
    for name in (
        "caption",
        "credit",
        "rights",
        "creator",
        "people",
        "place",
        "usage_terms",
        "digital_source_type",
        "taken",
    ):
        assert getattr(found, name) == getattr(said, name), name
    assert (found.instructions or "").startswith("Nur redaktionelle Nutzung. Cropped")
