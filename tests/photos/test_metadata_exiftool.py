"""An independent judge: what exiftool says of the same files, and what it wrote itself."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from picdesk.photos.metadata import read_metadata
from picdesk.records import PhotoMetadata
from tests.drawn.labelled import GERMAN, Labels, alternatives, array, labelled, simple, xmp_packet

pytestmark = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")

# The tags of each field, the one that goes first at the front.
TEXTS = {
    "caption": ("XMP-dc:Description", "IPTC:Caption-Abstract", "IFD0:ImageDescription"),
    "headline": ("XMP-photoshop:Headline", "IPTC:Headline"),
    "credit": ("XMP-photoshop:Credit", "IPTC:Credit"),
    "rights": (
        "XMP-dc:Rights",
        "XMP-xmpRights:UsageTerms",
        "XMP-xmpRights:WebStatement",
        "IPTC:CopyrightNotice",
        "IFD0:Copyright",
    ),
    "usage_terms": ("XMP-xmpRights:UsageTerms", "XMP-xmpRights:WebStatement"),
    "instructions": ("XMP-photoshop:Instructions", "IPTC:SpecialInstructions"),
}
LISTS = {
    "keywords": ("XMP-dc:Subject", "IPTC:Keywords"),
    "people": ("XMP-iptcExt:PersonInImage",),
    "creator": ("XMP-dc:Creator", "IPTC:By-line", "IFD0:Artist"),
}
PLACES = (
    ("XMP-photoshop:City", "XMP-photoshop:State", "XMP-photoshop:Country"),
    (
        "XMP-iptcExt:LocationShownCity",
        "XMP-iptcExt:LocationShownProvinceState",
        "XMP-iptcExt:LocationShownCountryName",
    ),
    ("IPTC:City", "IPTC:Province-State", "IPTC:Country-PrimaryLocationName"),
)
TIMES = (
    ("XMP-photoshop:DateCreated",),
    ("XMP-exif:DateTimeOriginal",),
    ("IPTC:DateCreated", "IPTC:TimeCreated"),
    ("ExifIFD:DateTimeOriginal", "ExifIFD:OffsetTimeOriginal"),
    ("IFD0:ModifyDate", "ExifIFD:OffsetTime"),
)

LOCATION = (
    '<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource"><Iptc4xmpExt:City>Évora</Iptc4xmpExt:City>'
    "<Iptc4xmpExt:CountryName>Portugal</Iptc4xmpExt:CountryName></rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>"
)

PHOTOS = {
    **{f"german-{kind.lower()}": (kind, GERMAN) for kind in ("JPEG", "PNG", "WEBP", "TIFF")},
    **{
        f"iptc-{kind.lower()}": (kind, Labels(iptc=GERMAN.iptc, declared=True, exif=GERMAN.exif, camera=GERMAN.camera))
        for kind in ("JPEG", "TIFF")
    },
    **{
        f"exif-{kind.lower()}": (kind, Labels(exif=GERMAN.exif, camera=GERMAN.camera))
        for kind in ("JPEG", "PNG", "WEBP", "TIFF")
    },
    "cp1252": (
        "JPEG",
        Labels(iptc=[(120, "Brücke – „Süd“ für 5 €".encode("cp1252")), (25, b"K\xf6ln"), (55, b"20240502")]),
    ),
    "one-keyword": ("JPEG", Labels(iptc=[(25, b"Spree"), (80, b"Ada"), (80, b"Bea"), (101, b"Portugal")])),
    "attributes": (
        "PNG",
        Labels(
            xmp=xmp_packet(
                "",
                'photoshop:Headline="Über &quot;alles&quot;" photoshop:Country="Österreich" '
                'photoshop:DateCreated="2023-12-31T23:59:59-05:00" dc:rights="© Ada"',
            )
        ),
    ),
    "structures": ("WEBP", Labels(xmp=xmp_packet(LOCATION + array("dc:creator", ["Ada", "Bea"], "Seq")))),
    "web-statement": (
        "JPEG",
        Labels(
            xmp=xmp_packet(
                simple("xmpRights:WebStatement", "https://example.org/©")
                + alternatives("dc:description", {"x-default": "a < b & c", "de": "anders"})
                + simple("exif:DateTimeOriginal", "2024-05-03T10:15:30+02:00")
            )
        ),
    ),
    "clock": ("JPEG", Labels(exif={0x0132: b"2024:05:04 08:00:00"}, camera={0x9010: b"+01:00"})),
    "nothing": ("JPEG", Labels()),
}


def exiftool(*arguments: str) -> str:
    # Without a declared character set exiftool takes IPTC as Windows-1252, and EXIF text as the UTF-8 it is.
    done = subprocess.run(["exiftool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def first(tags: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((tags[name] for name in names if name in tags), None)


def moment(tags: dict[str, Any]) -> dt.datetime | None:
    for names in TIMES:
        if names[0] in tags:
            text = " ".join(str(tags[name]) for name in names[:1] if name in tags)
            extra = str(tags[names[1]]) if len(names) == 2 and names[1] in tags else ""
            day, _, time = text.partition(" ")
            iso = day.replace(":", "-") + "T" + (time + extra or "00:00:00")
            when = dt.datetime.fromisoformat(iso)
            return when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    return None


def as_exiftool_says(tags: dict[str, Any]) -> PhotoMetadata:
    """exiftool's tags in our record, put together without our code."""
    said: dict[str, Any] = {name: first(tags, names) for name, names in TEXTS.items()}
    for name, names in LISTS.items():
        values = first(tags, names) or []
        said[name] = tuple(dict.fromkeys(values if isinstance(values, list) else [values]))
    said["creator"] = ", ".join(said["creator"]) or None
    places = (", ".join(str(tags[name]) for name in names if name in tags) for names in PLACES)
    said["place"] = next((place for place in places if place), None)
    source = str(tags.get("XMP-iptcExt:DigitalSourceType", ""))
    said["digital_source_type"] = source.rsplit("/", 1)[-1] or None
    said["taken"] = moment(tags)
    return PhotoMetadata(**said)


def read(path: Path) -> PhotoMetadata:
    with Image.open(path) as image:
        return read_metadata(image)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Every photo's path and exiftool's tags, from one run over all."""
    folder = tmp_path_factory.mktemp("labelled")
    for name, (kind, labels) in PHOTOS.items():
        (folder / f"{name}.{kind.lower()}").write_bytes(labelled(kind, labels))
    answers = json.loads(exiftool("-json", "-G1", "-a", str(folder)))
    assert len(answers) == len(PHOTOS)
    return {Path(tags["SourceFile"]).stem: (Path(tags["SourceFile"]), tags) for tags in answers}


@pytest.mark.parametrize("name", PHOTOS)
def test_exiftool_says_the_same(name: str, judged: dict[str, tuple[Path, dict[str, Any]]]) -> None:
    path, tags = judged[name]
    assert "ExifTool:Error" not in tags
    said = read(path)
    assert said == as_exiftool_says(tags)
    assert (said == PhotoMetadata()) == (name == "nothing")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_what_exiftool_wrote_is_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{kind.lower()}"
    original = labelled(kind, Labels())
    path.write_bytes(original)
    exiftool(
        "-overwrite_original",
        "-charset",
        "iptc=UTF8",
        "-XMP-dc:Description=Schöne Grüße",
        "-XMP-dc:Description-fr=Salut",
        "-XMP-dc:Creator=Ada",
        "-XMP-dc:Creator=Bea",
        "-XMP-dc:Subject=Öl",
        "-XMP-dc:Subject=Gas",
        "-XMP-xmpRights:UsageTerms=Nur heute",
        "-XMP-photoshop:Credit=Büro",
        "-XMP-iptcExt:PersonInImage=Zoë",
        "-XMP-iptcExt:LocationShownCity=Évora",
        "-XMP-iptcExt:LocationShownCountryName=Portugal",
        "-XMP-iptcExt:DigitalSourceType=http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic",
        "-EXIF:Artist=anders",
        "-EXIF:ImageDescription=anders",
        "-EXIF:Copyright=© Büro",
        "-EXIF:DateTimeOriginal=2024:05:03 10:15:30",
        "-EXIF:OffsetTimeOriginal=+02:00",
        *(["-IPTC:Headline=Überschrift", "-IPTC:SpecialInstructions=Sperrfrist"] if kind in ("JPEG", "TIFF") else []),
        str(path),
    )
    assert path.read_bytes() != original
    iim = kind in ("JPEG", "TIFF")
    assert read(path) == PhotoMetadata(
        caption="Schöne Grüße",
        headline="Überschrift" if iim else None,
        keywords=("Öl", "Gas"),
        people=("Zoë",),
        place="Évora, Portugal",
        creator="Ada, Bea",
        credit="Büro",
        rights="Nur heute",
        usage_terms="Nur heute",
        instructions="Sperrfrist" if iim else None,
        digital_source_type="compositeSynthetic",
        taken=dt.datetime(2024, 5, 3, 10, 15, 30, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    )
