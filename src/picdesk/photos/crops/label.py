"""Writes into a picture what is said of its photo: XMP, EXIF and, in JPEG, IPTC-IIM, as the IPTC standard maps them.

What the archive knows is written, whether the original's own metadata or the list that it came in said it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from picdesk.photos.metadata.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from picdesk.records import Photo

_PACKET_LIMIT = 60_000
"""Bytes of a packet; a JPEG segment holds 65,533."""

_LONG_CAPTION = 2_000

_SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_UTF_8 = b"\x1b%G"


@dataclass(frozen=True, slots=True)
class Label:
    """What is put into a picture.

    Attributes:
        xmp: the packet.
        exif: the EXIF block.
        iptc: the IPTC-IIM block.
        left_out: what did not fit, for people; empty where all did.
    """

    xmp: bytes
    exif: bytes
    iptc: bytes
    left_out: str = ""


def label_of(photo: Photo, note: str = "") -> Label:
    """What a picture made of a photo has to say.

    Args:
        photo: of the archive.
        note: what was done to it; added to the instructions.
    """
    if note:
        parts = filter(None, (photo.instructions, note))
        photo = replace(photo, instructions=" ".join(part if part.endswith(".") else f"{part}." for part in parts))
    left_out = []
    cuts: tuple[tuple[str, Any], ...] = (
        ("keywords", ()),
        ("people", ()),
        ("caption", (photo.caption or "")[:_LONG_CAPTION]),
        ("usage_terms", None),
    )
    for field, shorter in cuts:
        if max(len(_xmp(photo)), len(_iptc(photo))) <= _PACKET_LIMIT:
            break
        photo = replace(photo, **{field: shorter})
        left_out.append(field)
    said = f"too long for the file, cut: {', '.join(left_out)}" if left_out else ""
    return Label(_xmp(photo), _exif(photo), _iptc(photo), said)


def jpeg_segment(block: bytes) -> bytes:
    """IPTC-IIM as JPEG segment APP13, Photoshop image resource 0x0404."""
    resource = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", len(block)) + block + bytes(len(block) % 2)
    return b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource


def _xmp(photo: Photo) -> bytes:
    place = _place(photo.place)
    kind = photo.digital_source_type
    body = "".join(
        [
            _alternative("dc:description", photo.caption),
            _alternative("dc:rights", photo.rights),
            _alternative("xmpRights:UsageTerms", photo.usage_terms),
            _array("dc:creator", "Seq", _names(photo.creator)),
            _array("dc:subject", "Bag", photo.keywords),
            _array("Iptc4xmpExt:PersonInImage", "Bag", photo.people),
            _simple("dc:source", f"{photo.name} (SHA-256 {photo.id})"),
            _simple("photoshop:Headline", photo.headline),
            _simple("photoshop:Credit", photo.credit),
            _simple("photoshop:Instructions", photo.instructions),
            _simple("photoshop:DateCreated", photo.taken.isoformat(timespec="seconds") if photo.taken else None),
            *(_simple(f"photoshop:{part}", said) for part, said in place.items()),
            _simple("Iptc4xmpExt:DigitalSourceType", f"{_SOURCE_TYPES}{kind}" if kind else None),
        ]
    )
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _SPACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF {spaces}><rdf:Description rdf:about="">{body}</rdf:Description></rdf:RDF></x:xmpmeta>'
        '<?xpacket end="w"?>'
    ).encode()


def _exif(photo: Photo) -> bytes:
    from PIL import Image

    exif = Image.Exif()
    for tag, said in ((0x010E, photo.caption), (0x013B, photo.creator), (0x8298, photo.rights)):
        if text := clean(said, _LONG_CAPTION):
            exif[tag] = text.encode()  # EXIF knows ASCII alone; every reader of today takes UTF-8
    if photo.taken:
        camera = exif.get_ifd(0x8769)
        camera[0x9003] = f"{photo.taken:%Y:%m:%d %H:%M:%S}"
        camera[0x9011] = f"{photo.taken:%z}"[:3] + ":" + f"{photo.taken:%z}"[3:5]
    return exif.tobytes()


def _iptc(photo: Photo) -> bytes:
    place = _place(photo.place)
    taken = photo.taken
    said: list[tuple[int, str | None]] = [
        (120, photo.caption),
        (105, photo.headline),
        *((25, keyword) for keyword in photo.keywords),
        (40, photo.instructions),
        (55, f"{taken:%Y%m%d}" if taken else None),
        (60, f"{taken:%H%M%S%z}" if taken else None),
        *((80, name) for name in _names(photo.creator)),
        (90, place.get("City")),
        (95, place.get("State")),
        (101, place.get("Country")),
        (110, photo.credit),
        (116, photo.rights),
    ]
    return _dataset(1, 90, _UTF_8) + b"".join(
        _dataset(2, number, text.encode()) for number, each in said if (text := clean(each))
    )


def _dataset(record: int, number: int, value: bytes) -> bytes:
    value = value[:32_767].decode(errors="ignore").encode() if record == 2 else value
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def _place(place: str | None) -> dict[str, str]:
    """City, state and country of a place as the archive joins it."""
    parts = [part.strip() for part in (place or "").split(",") if part.strip()]
    names: dict[int, tuple[str, ...]] = {1: ("City",), 2: ("City", "Country"), 3: ("City", "State", "Country")}
    if len(parts) > 3:
        parts = [", ".join(parts[:-2]), *parts[-2:]]
    return dict(zip(names.get(len(parts), ()), parts, strict=True))


def _names(creator: str | None) -> list[str]:
    return [name.strip() for name in (creator or "").split(",") if name.strip()]


def _alternative(name: str, text: str | None) -> str:
    said = _escaped(text)
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{said}</rdf:li></rdf:Alt></{name}>' if said else ""


def _array(name: str, kind: str, texts: Iterable[Any]) -> str:
    items = "".join(f"<rdf:li>{said}</rdf:li>" for text in texts if (said := _escaped(text)))
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>" if items else ""


def _simple(name: str, text: str | None) -> str:
    said = _escaped(text)
    return f"<{name}>{said}</{name}>" if said else ""


def _escaped(text: str | None) -> str:
    # XML 1.0 has no place for these two either.
    return escape((clean(text) or "").replace("\ufffe", "").replace("\uffff", ""))
