"""What XMP (ISO 16684-1) says about a photo, in the properties of the IPTC Photo Metadata Standard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.photos.metadata.dates import moment
from picdesk.photos.metadata.text import clean, clean_caption, clean_entries, joined
from picdesk.records import PhotoMetadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_RIGHTS = "{http://ns.adobe.com/xap/1.0/rights/}"
_IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

_PACKET_LIMIT = 8 * 1024 * 1024


def read_xmp(packet: bytes) -> PhotoMetadata:
    """Read an XMP packet.

    Args:
        packet: serialised RDF/XML. Properties may be attributes or elements; of several languages ``x-default`` is
            taken, else the first.

    Returns:
        What it says; nothing where the packet is longer than 8 MiB.

    Raises:
        xml.etree.ElementTree.ParseError: the packet is no XML.
        defusedxml.DefusedXmlException: it declares a document type or entities, which XMP has no use for and attackers
            do.
    """
    if len(packet) > _PACKET_LIMIT:
        return PhotoMetadata()
    from defusedxml import ElementTree

    if not packet.startswith((b"\xff\xfe", b"\xfe\xff")):  # in UTF-16 zeros are half a letter
        packet = packet.strip(b"\x00 \t\r\n")
    root: Element = ElementTree.fromstring(packet, forbid_dtd=True)
    said = _Properties(root)
    usage_terms = said.text(_RIGHTS + "UsageTerms") or said.text(_RIGHTS + "WebStatement")
    source_type = (said.text(_IPTC + "DigitalSourceType") or "").rstrip("/").rpartition("/")[2]
    return PhotoMetadata(
        caption=clean_caption(said.text(_DC + "description")),
        headline=clean(said.text(_PHOTOSHOP + "Headline")),
        keywords=clean_entries(said.texts(_DC + "subject")),
        people=clean_entries(said.texts(_IPTC + "PersonInImage")),
        place=_place(said),
        creator=joined(said.texts(_DC + "creator")),
        credit=clean(said.text(_PHOTOSHOP + "Credit")),
        rights=clean(said.text(_DC + "rights") or usage_terms),
        usage_terms=clean(usage_terms),
        instructions=clean(said.text(_PHOTOSHOP + "Instructions")),
        digital_source_type=clean(source_type),
        taken=moment(said.text(_PHOTOSHOP + "DateCreated")) or moment(said.text(_EXIF + "DateTimeOriginal")),
    )


class _Properties:
    """The properties of all descriptions of a packet; where one is repeated, the first that says something counts."""

    def __init__(self, root: Element) -> None:
        self.found: dict[str, list[Element | str]] = {}
        rdf = root if root.tag == _RDF + "RDF" else root.find(_RDF + "RDF")
        for description in () if rdf is None else rdf:
            for name, value in description.attrib.items():
                self.found.setdefault(name, []).append(value)
            for element in description:
                self.found.setdefault(element.tag, []).append(element)

    def texts(self, name: str) -> list[str]:
        """All values of a property, the default language first."""
        for one in self.found.get(name, ()):
            if isinstance(one, str):
                values = [(True, text)] if (text := clean(one)) else []
            else:
                values = [(item.get(_LANGUAGE) != "x-default", text) for item in _items(one) if (text := _text(item))]
            if values:
                return [text for _, text in sorted(values, key=lambda value: value[0])]
        return []

    def text(self, name: str) -> str | None:
        """A property's first value."""
        return next(iter(self.texts(name)), None)

    def structures(self, name: str) -> Iterator[dict[str, str]]:
        """The structures that a property lists, each as its simple fields."""
        for one in self.found.get(name, ()):
            for item in () if isinstance(one, str) else _items(one):
                nested = item.find(_RDF + "Description")
                holder = item if nested is None else nested
                yield {**holder.attrib, **{field.tag: text for field in holder if (text := _text(field))}}


def _items(element: Element) -> list[Element]:
    """The items of an array (rdf:Alt, rdf:Seq, rdf:Bag); a simple value is its own only item."""
    for kind in ("Alt", "Seq", "Bag"):
        array = element.find(_RDF + kind)
        if array is not None:
            return array.findall(_RDF + "li")
    return [element]


def _text(element: Element) -> str | None:
    """The value of a simple property: its text, or the URI it points to."""
    return clean(element.text) or clean(element.get(_RDF + "resource"))


def _place(said: _Properties) -> str | None:
    """Where it is: the plain fields, else the first location shown, else the first location of the camera."""
    place = joined(said.text(_PHOTOSHOP + name) for name in ("City", "State", "Country"))
    for name in ("LocationShown", "LocationCreated"):
        for location in said.structures(_IPTC + name):
            place = place or joined(location.get(_IPTC + part) for part in ("City", "ProvinceState", "CountryName"))
    return place
