"""Photos that say something about themselves: IPTC-IIM, XMP and EXIF written byte by byte, without a library."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from PIL import Image, PngImagePlugin

from tests.drawn.scenes import draw_scene

UTF_8 = b"\x1b%G"

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
}


@dataclass(frozen=True)
class Labels:
    """What is to stand in a photo.

    Attributes:
        iptc: datasets of record 2 in order, as raw bytes.
        declared: whether dataset 1:90 declares UTF-8.
        xmp: the packet.
        exif: text tags of the first directory.
        camera: text tags of the EXIF directory.
    """

    iptc: list[tuple[int, bytes]] = field(default_factory=list)
    declared: bool = False
    xmp: bytes = b""
    exif: dict[int, bytes] = field(default_factory=dict)
    camera: dict[int, bytes] = field(default_factory=dict)


def iptc_block(labels: Labels) -> bytes:
    """IPTC-IIM: each dataset is a marker, record, number, length and value."""
    datasets = ([(1, 90, UTF_8)] if labels.declared else []) + [(2, number, value) for number, value in labels.iptc]
    return b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in datasets
    )


def photoshop_segment(block: bytes) -> bytes:
    """JPEG segment APP13 with the block as Photoshop image resource 0x0404."""
    resource = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(block)) + block + bytes(len(block) % 2)
    return segment(0xED, b"Photoshop 3.0\x00" + resource)


def segment(marker: int, content: bytes) -> bytes:
    """A JPEG segment."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def exif_block(exif: dict[int, bytes], camera: dict[int, bytes]) -> bytes:
    """A big-endian TIFF structure with the text tags of two directories."""
    return b"MM\x00*" + struct.pack(">I", 8) + _directories(8, _texts(exif), camera)


def _texts(tags: dict[int, bytes]) -> dict[int, tuple[int, bytes]]:
    return {tag: (2, text + b"\x00") for tag, text in tags.items()}


def _directory(start: int, tags: dict[int, tuple[int, bytes]]) -> bytes:
    """A TIFF directory at an offset; tags are type (2 text, 3 short, 4 long, 7 bytes) and value."""
    entries, values = b"", b""
    room = start + 2 + 12 * len(tags) + 4
    for tag, (kind, value) in sorted(tags.items()):
        entries += struct.pack(">HHI", tag, kind, len(value) // {2: 1, 3: 2, 4: 4, 7: 1}[kind])
        if len(value) <= 4:
            entries += value.ljust(4, b"\x00")
        else:
            entries += struct.pack(">I", room + len(values))
            values += value + bytes(len(value) % 2)
    return struct.pack(">H", len(tags)) + entries + bytes(4) + values


def _directories(start: int, tags: dict[int, tuple[int, bytes]], camera: dict[int, bytes]) -> bytes:
    """The first directory and, where there is something for it, the EXIF directory behind it."""
    if not camera:
        return _directory(start, tags)
    second = start + len(_directory(start, {**tags, 0x8769: (4, bytes(4))}))
    first = _directory(start, {**tags, 0x8769: (4, struct.pack(">I", second))})
    return first + _directory(second, _texts(camera))


def _tiff(labels: Labels, image: Image.Image) -> bytes:
    """An uncompressed RGB TIFF: pixels first, directories behind them."""
    pixels = image.convert("RGB").tobytes()
    numbers = {256: image.width, 257: image.height, 273: 8, 278: image.height, 279: len(pixels)}
    tags = {tag: (4, struct.pack(">I", value)) for tag, value in numbers.items()}
    tags |= {258: (3, struct.pack(">HHH", 8, 8, 8)), 277: (3, struct.pack(">H", 3))}
    tags |= {259: (3, struct.pack(">H", 1)), 262: (3, struct.pack(">H", 2))}
    tags |= {tag: (7, value) for tag, value in ((700, labels.xmp), (33723, iptc_block(labels))) if value}
    start = 8 + len(pixels) + len(pixels) % 2
    head = (b"MM\x00*" + struct.pack(">I", start) + pixels).ljust(start, b"\x00")
    return head + _directories(start, tags | _texts(labels.exif), labels.camera)


def xmp_packet(body: str, attributes: str = "") -> bytes:
    """An XMP packet with one description."""
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF {spaces}><rdf:Description rdf:about="" {attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>\n'
        f'{" " * 200}\n<?xpacket end="w"?>'
    ).encode()


def alternatives(name: str, texts: dict[str, str]) -> str:
    """A property in several languages."""
    items = "".join(f'<rdf:li xml:lang="{language}">{escape(text)}</rdf:li>' for language, text in texts.items())
    return f"<{name}><rdf:Alt>{items}</rdf:Alt></{name}>"


def array(name: str, values: list[str], kind: str = "Bag") -> str:
    """A property with several values."""
    items = "".join(f"<rdf:li>{escape(value)}</rdf:li>" for value in values)
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>"


def simple(name: str, value: str) -> str:
    """A property with one value, as an element."""
    return f"<{name}>{escape(value)}</{name}>"


def labelled(kind: str, labels: Labels, image: Image.Image | None = None) -> bytes:
    """Save a scene as JPEG, PNG, WEBP, AVIF or TIFF with what the format can carry of the labels."""
    image = image or draw_scene(7)
    if kind == "TIFF":
        return _tiff(labels, image)
    options: dict[str, Any] = {}
    if labels.exif or labels.camera:
        options["exif"] = b"Exif\x00\x00" + exif_block(labels.exif, labels.camera)
    if labels.xmp:
        options["xmp"] = labels.xmp
    if kind == "PNG" and labels.xmp:
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", options.pop("xmp").decode())
        options["pnginfo"] = text
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    data = buffer.getvalue()
    if kind == "JPEG" and labels.iptc:
        data = data[:2] + photoshop_segment(iptc_block(labels)) + data[2:]
    return data


GERMAN = Labels(
    iptc=[
        (120, "Bürgermeisterin eröffnet die Brücke über die Spree (IPTC)".encode()),
        (105, "Brückenfest in Köpenick".encode()),
        (25, "Brücke".encode()),
        (25, "Eröffnung".encode()),
        (40, b"Nur redaktionelle Nutzung"),
        (55, b"20240502"),
        (60, b"101500+0200"),
        (80, "Jörg Müßig".encode()),
        (90, "Köpenick".encode()),
        (95, b"Berlin"),
        (101, b"Deutschland"),
        (110, "Nachrichtenbüro Süd".encode()),
        (116, "© 2024 Müßig".encode()),
    ],
    declared=True,
    xmp=xmp_packet(
        alternatives("dc:description", {"en": "The mayor opens the bridge", "x-default": "Die Bürgermeisterin öffnet"})
        + alternatives("dc:rights", {"x-default": "© 2024 Jörg Müßig, alle Rechte vorbehalten"})
        + alternatives("xmpRights:UsageTerms", {"x-default": "Nur für Nachrichten über das Ereignis"})
        + array("dc:creator", ["Jörg Müßig", "Zoë Çelik"], "Seq")
        + array("dc:subject", ["Brücke", "Spree", "Köpenick", "Brücke"])
        + array("Iptc4xmpExt:PersonInImage", ["Änne Größe"])
        + simple("photoshop:Headline", "Brückenfest & mehr"),
        'photoshop:Credit="Nachrichtenbüro Süd/dpa" photoshop:City="Köpenick" photoshop:State="Berlin" '
        'photoshop:Country="Deutschland" photoshop:DateCreated="2024-05-03T10:15:30+02:00" '
        'photoshop:Instructions="Nur redaktionelle Nutzung" xmpRights:WebStatement="https://example.org/rechte" '
        'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"',
    ),
    exif={
        0x010E: "Brücke (EXIF)".encode(),
        0x013B: "Jörg M.".encode(),
        0x8298: "© Müßig".encode(),
        0x0132: b"2024:05:04 08:00:00",
    },
    camera={0x9003: b"2024:05:03 10:15:30", 0x9011: b"+02:00"},
)
"""A photo of a German agency, with all three kinds of metadata and umlauts in each."""
