from __future__ import annotations

import datetime as dt
import io
import struct
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from picdesk.photos.metadata import read_metadata
from picdesk.records import PhotoMetadata
from tests.drawn.labelled import (
    GERMAN,
    Labels,
    alternatives,
    labelled,
    photoshop_segment,
    segment,
    simple,
    xmp_packet,
)

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = PhotoMetadata()
CEST = dt.timezone(dt.timedelta(hours=2))


def read(data: bytes) -> PhotoMetadata:
    with Image.open(io.BytesIO(data)) as image:
        return read_metadata(image)


def from_xmp(body: str) -> PhotoMetadata:
    return read(labelled("JPEG", Labels(xmp=xmp_packet(body))))


def from_iptc(*datasets: tuple[int, bytes], declared: bool = False) -> PhotoMetadata:
    return read(labelled("JPEG", Labels(iptc=list(datasets), declared=declared)))


def from_exif(exif: dict[int, bytes], camera: dict[int, bytes] | None = None) -> PhotoMetadata:
    return read(labelled("JPEG", Labels(exif=exif, camera=camera or {})))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_xmp_goes_before_iptc_and_exif_in_every_format(kind: str) -> None:
    assert read(labelled(kind, GERMAN)) == PhotoMetadata(
        caption="Die Bürgermeisterin öffnet",
        headline="Brückenfest & mehr",
        keywords=("Brücke", "Spree", "Köpenick"),
        people=("Änne Größe",),
        place="Köpenick, Berlin, Deutschland",
        creator="Jörg Müßig, Zoë Çelik",
        credit="Nachrichtenbüro Süd/dpa",
        rights="© 2024 Jörg Müßig, alle Rechte vorbehalten",
        usage_terms="Nur für Nachrichten über das Ereignis",
        instructions="Nur redaktionelle Nutzung",
        digital_source_type="trainedAlgorithmicMedia",
        taken=dt.datetime(2024, 5, 3, 10, 15, 30, tzinfo=CEST),
    )


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_iptc_goes_before_exif(kind: str) -> None:
    labels = Labels(iptc=GERMAN.iptc, declared=True, exif=GERMAN.exif, camera=GERMAN.camera)
    assert read(labelled(kind, labels)) == PhotoMetadata(
        caption="Bürgermeisterin eröffnet die Brücke über die Spree (IPTC)",
        headline="Brückenfest in Köpenick",
        keywords=("Brücke", "Eröffnung"),
        place="Köpenick, Berlin, Deutschland",
        creator="Jörg Müßig",
        credit="Nachrichtenbüro Süd",
        rights="© 2024 Müßig",
        instructions="Nur redaktionelle Nutzung",
        taken=dt.datetime(2024, 5, 2, 10, 15, tzinfo=CEST),
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_exif_alone(kind: str) -> None:
    assert read(labelled(kind, Labels(exif=GERMAN.exif, camera=GERMAN.camera))) == PhotoMetadata(
        caption="Brücke (EXIF)",
        creator="Jörg M.",
        rights="© Müßig",
        taken=dt.datetime(2024, 5, 3, 10, 15, 30, tzinfo=CEST),
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF", "BMP"])
def test_a_photo_that_says_nothing(kind: str) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20)).save(buffer, kind)
    assert read(buffer.getvalue()) == NOTHING


def test_each_field_falls_back_by_itself() -> None:
    said = read(
        labelled(
            "JPEG",
            Labels(
                xmp=xmp_packet(simple("photoshop:Headline", "Aus XMP")),
                iptc=[(105, b"Aus IPTC"), (110, b"Agentur")],
                exif={0x010E: b"Aus EXIF"},
            ),
        )
    )
    assert (said.headline, said.credit, said.caption) == ("Aus XMP", "Agentur", "Aus EXIF")


def test_a_loaded_picture_says_the_same() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF"):
        data = labelled(kind, GERMAN)
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            assert read_metadata(image) == read(data)


def test_files_are_never_changed(tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "AVIF", "TIFF"):
        path = tmp_path / f"photo.{kind.lower()}"
        data = labelled(kind, GERMAN)
        path.write_bytes(data)
        path.chmod(0o444)
        before = path.stat()
        with Image.open(path) as image:
            assert read_metadata(image).caption
        after = path.stat()
        assert path.read_bytes() == data
        assert (before.st_mtime_ns, before.st_size, before.st_ino) == (after.st_mtime_ns, after.st_size, after.st_ino)
    assert len(list(tmp_path.iterdir())) == 5


# IPTC-IIM


@pytest.mark.parametrize(
    ("raw", "declared", "text"),
    [
        ("Brücke – “Süd” €".encode(), True, "Brücke – “Süd” €"),
        ("Brücke – “Süd” €".encode(), False, "Brücke – “Süd” €"),
        ("Brücke – “Süd” €".encode("cp1252"), False, "Brücke – “Süd” €"),
        ("Brücke".encode("latin-1"), False, "Brücke"),
        (b"Gr\xfc\x81n", False, "Grü\ufffdn"),  # Windows-1252 leaves 0x81 undefined
        ("Brücke".encode()[:3], True, "Br\ufffd"),  # cut inside a letter by a field's length limit
        (b"  Ruhe\x00\x07\r\nvor dem Sturm \x00", False, "Ruhe\nvor dem Sturm"),
        (b"\x00 \x07", False, None),
    ],
)
def test_iptc_text(raw: bytes, declared: bool, text: str | None) -> None:
    assert from_iptc((120, raw), declared=declared).caption == text


def test_iptc_scalars_and_lists() -> None:
    one = from_iptc((25, b"Spree"), (80, b"Ada"))
    many = from_iptc((25, b"Spree"), (25, b""), (25, b"Havel"), (25, b"Spree"), (80, b"Ada"), (80, b"Bea"))
    assert (one.keywords, one.creator) == (("Spree",), "Ada")
    assert (many.keywords, many.creator) == (("Spree", "Havel"), "Ada, Bea")


def test_iptc_place_is_what_is_known_of_it() -> None:
    assert from_iptc((101, b"Portugal"), (90, b"Porto")).place == "Porto, Portugal"


def test_iptc_time_needs_its_day_but_not_the_reverse() -> None:
    assert from_iptc((55, b"20240502")).taken == dt.datetime(2024, 5, 2, tzinfo=dt.UTC)
    assert from_iptc((55, b"20240502"), (60, b"nonsense")).taken == dt.datetime(2024, 5, 2, tzinfo=dt.UTC)
    assert from_iptc((55, b"20240502"), (60, b"231500")).taken == dt.datetime(2024, 5, 2, 23, 15, tzinfo=dt.UTC)
    assert from_iptc((60, b"101500+0200")).taken is None
    assert from_iptc((55, b"00000000"), (60, b"101500+0200")).taken is None


def test_a_broken_iptc_block_leaves_the_rest() -> None:
    data = labelled("JPEG", Labels(exif={0x010E: b"Aus EXIF"}))
    for block in (
        b"\x1c\x02\x78\xff\xff",
        b"\x1c\x02\x78\x00\x05ab",
        b"\x77" * 40,
        b"\x1c",
        b"\x1c\x03\x3c\x00\x00" * 3,
    ):
        assert read(data[:2] + photoshop_segment(block) + data[2:]).caption in ("Aus EXIF", "ab")


# EXIF


def test_exif_text_in_utf_8_and_in_windows_1252() -> None:
    assert from_exif({0x010E: "Brücke – €".encode()}).caption == "Brücke – €"
    assert from_exif({0x010E: "Brücke – €".encode("cp1252")}).caption == "Brücke – €"


def test_exif_copyright_of_photographer_and_editor() -> None:
    assert from_exif({0x8298: b"(c) Ada\x00(c) Verlag"}).rights == "(c) Ada, (c) Verlag"
    assert from_exif({0x8298: b"(c) Ada \x00"}).rights == "(c) Ada"


@pytest.mark.parametrize(
    ("exif", "camera", "taken"),
    [
        (b"", {0x9003: b"2024:05:03 10:15:30", 0x9011: b"-03:30"}, dt.timezone(-dt.timedelta(hours=3, minutes=30))),
        (b"", {0x9003: b"2024:05:03 10:15:30", 0x9011: b"+99:99"}, dt.UTC),
        (b"", {0x9003: b"2024:05:03 10:15:30", 0x9011: b"  :  "}, dt.UTC),
        (b"2024:05:03 10:15:30", {0x9003: b"0000:00:00 00:00:00"}, dt.UTC),
        (b"2024:05:03 10:15:30", {0x9010: b"+02:00"}, CEST),
        (b"2024:05:03 10:15:30", {0x9003: b"    :  :     :  :  "}, dt.UTC),
    ],
)
def test_exif_times(exif: bytes, camera: dict[int, bytes], taken: dt.tzinfo) -> None:
    said = from_exif({0x0132: exif} if exif else {}, camera)
    assert said.taken is not None
    assert said.taken.isoformat() == dt.datetime(2024, 5, 3, 10, 15, 30, tzinfo=taken).isoformat()


@pytest.mark.parametrize("text", ["OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "DCIM", "Olympus Digital Camera"])
def test_camera_boilerplate_is_no_caption(text: str) -> None:
    assert from_exif({0x010E: text.encode()}).caption is None
    both = Labels(
        xmp=xmp_packet(alternatives("dc:description", {"x-default": text})),
        iptc=[(120, text.encode())],
        exif={0x010E: b"Ein Bild"},
    )
    assert read(labelled("JPEG", both)).caption == "Ein Bild"


def test_broken_exif_leaves_the_rest() -> None:
    plain = labelled("JPEG", Labels(iptc=[(120, b"Aus IPTC")]))
    looped = b"MM\x00*\x00\x00\x00\x08\x00\x01\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\x08"
    huge = b"II*\x00\x08\x00\x00\x00\xff\xff" + struct.pack("<HHII", 0x010E, 2, 0xFFFFFFFF, 0x10) * 50
    for block in (b"", b"MM", b"XX*\x00", b"MM\x00*\xff\xff\xff\xff", looped, huge, bytes(100)):
        assert read(plain[:2] + segment(0xE1, b"Exif\x00\x00" + block) + plain[2:]).caption == "Aus IPTC"


# Dates


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("2024-05-03T10:15:30+02:00", dt.datetime(2024, 5, 3, 10, 15, 30, tzinfo=CEST)),
        ("2024-05-03T10:15:30.25Z", dt.datetime(2024, 5, 3, 10, 15, 30, 250_000, tzinfo=dt.UTC)),
        ("2024-05-03T10:15", dt.datetime(2024, 5, 3, 10, 15, tzinfo=dt.UTC)),
        ("2024-05-03", dt.datetime(2024, 5, 3, tzinfo=dt.UTC)),
        ("2024-05", dt.datetime(2024, 5, 1, tzinfo=dt.UTC)),
        ("1987", dt.datetime(1987, 1, 1, tzinfo=dt.UTC)),
        ("1826-07-01", dt.datetime(1826, 7, 1, tzinfo=dt.UTC)),
        ("1640-01-01", None),
        ("0000-00-00T00:00:00", None),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2024-02-30", None),
        ("2024-05-03T25:00:00", None),
        ("2024-05-03T10:15:30+99:00", dt.datetime(2024, 5, 3, 10, 15, 30, tzinfo=dt.UTC)),
        ("gestern", None),
        ("٢٠٢٤-٠٥-٠٣", None),
        ("2024-05-03 and more", None),
    ],
)
def test_dates(text: str, taken: dt.datetime | None) -> None:
    said = from_xmp(simple("photoshop:DateCreated", text)).taken
    assert said == taken
    if said is not None and taken is not None:
        assert said.utcoffset() == taken.utcoffset()


def test_no_photo_was_taken_after_tomorrow() -> None:
    now = dt.datetime.now(dt.UTC)
    assert from_xmp(simple("photoshop:DateCreated", f"{now:%Y-%m-%dT%H:%M:%SZ}")).taken is not None
    assert from_xmp(simple("photoshop:DateCreated", f"{now + dt.timedelta(days=3):%Y-%m-%d}")).taken is None


def test_a_nonsense_date_falls_back() -> None:
    body = simple("photoshop:DateCreated", "9999-01-01") + simple("exif:DateTimeOriginal", "2024-05-03T10:15:30")
    assert from_xmp(body).taken == dt.datetime(2024, 5, 3, 10, 15, 30, tzinfo=dt.UTC)
