from __future__ import annotations

import io

import pytest
from PIL import Image

from picdesk.photos.metadata import read_metadata
from picdesk.records import PhotoMetadata
from tests.drawn.labelled import GERMAN, Labels, alternatives, array, labelled, simple, xmp_packet

NOTHING = PhotoMetadata()


def read(data: bytes) -> PhotoMetadata:
    with Image.open(io.BytesIO(data)) as image:
        return read_metadata(image)


def from_xmp(body: str, attributes: str = "") -> PhotoMetadata:
    return read(labelled("JPEG", Labels(xmp=xmp_packet(body, attributes))))


def test_xmp_as_attributes_and_as_elements() -> None:
    fields = {
        "photoshop:Headline": "Titel",
        "photoshop:Credit": "Agentur",
        "photoshop:City": "Porto",
        "dc:rights": "© Ada",
        "xmpRights:UsageTerms": "nur so",
        "photoshop:Instructions": "Achtung",
        "dc:description": "Text",
        "Iptc4xmpExt:DigitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    }
    as_attributes = from_xmp("", " ".join(f'{name}="{value}"' for name, value in fields.items()))
    as_elements = from_xmp("".join(simple(name, value) for name, value in fields.items()))
    assert as_attributes == as_elements
    assert as_elements == PhotoMetadata(
        headline="Titel",
        credit="Agentur",
        place="Porto",
        rights="© Ada",
        usage_terms="nur so",
        instructions="Achtung",
        caption="Text",
        digital_source_type="digitalCapture",
    )


def test_the_default_language_goes_first_then_the_first() -> None:
    assert from_xmp(alternatives("dc:description", {"de": "Hallo", "x-default": "Hello"})).caption == "Hello"
    assert from_xmp(alternatives("dc:description", {"de": "Hallo", "fr": "Salut"})).caption == "Hallo"
    assert from_xmp(alternatives("dc:description", {"x-default": " ", "fr": "Salut"})).caption == "Salut"


@pytest.mark.parametrize("kind", ["Bag", "Seq", "Alt"])
def test_xmp_arrays_of_any_kind(kind: str) -> None:
    said = from_xmp(array("dc:subject", ["b", "a", "b", " "], kind) + array("dc:creator", ["Ada", "Bea"], kind))
    assert (said.keywords, said.creator) == (("b", "a"), "Ada, Bea")


def test_rights_fall_back_to_usage_terms_and_web_statement() -> None:
    statement = '<xmpRights:WebStatement rdf:resource="https://example.org/c"/>'
    terms = alternatives("xmpRights:UsageTerms", {"x-default": "nur so"})
    assert from_xmp(statement).rights == from_xmp(statement).usage_terms == "https://example.org/c"
    assert from_xmp(statement + terms).rights == from_xmp(statement + terms).usage_terms == "nur so"
    assert from_xmp(statement + alternatives("dc:rights", {"x-default": "© Ada"})).rights == "© Ada"


LOCATION = "<Iptc4xmpExt:City>Porto</Iptc4xmpExt:City><Iptc4xmpExt:CountryName>Portugal</Iptc4xmpExt:CountryName>"


@pytest.mark.parametrize(
    "item",
    [
        f'<rdf:li rdf:parseType="Resource">{LOCATION}</rdf:li>',
        f"<rdf:li><rdf:Description>{LOCATION}</rdf:Description></rdf:li>",
        '<rdf:li Iptc4xmpExt:City="Porto" Iptc4xmpExt:CountryName="Portugal"/>',
        '<rdf:li><rdf:Description Iptc4xmpExt:City="Porto" Iptc4xmpExt:CountryName="Portugal"/></rdf:li>',
    ],
)
@pytest.mark.parametrize("name", ["LocationShown", "LocationCreated"])
def test_places_in_structures(item: str, name: str) -> None:
    body = f"<Iptc4xmpExt:{name}><rdf:Bag>{item}</rdf:Bag></Iptc4xmpExt:{name}>"
    assert from_xmp(body).place == "Porto, Portugal"
    assert from_xmp(body, 'photoshop:City="Lissabon"').place == "Lissabon"


def test_several_descriptions_are_one() -> None:
    packet = xmp_packet(simple("photoshop:Headline", "Titel")).replace(
        b"</rdf:RDF>",
        '<rdf:Description photoshop:Credit="Büro" photoshop:Headline="Zweiter"/></rdf:RDF>'.encode(),
    )
    said = read(labelled("JPEG", Labels(xmp=packet)))
    assert (said.credit, said.headline) == ("Büro", "Titel")


def test_xmp_in_utf_16() -> None:
    text = xmp_packet(simple("photoshop:Headline", "Brücke")).decode()
    start = text.index("<x:xmpmeta")
    assert read(labelled("JPEG", Labels(xmp=text[start:].encode("utf-16")))).headline == "Brücke"


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>'
PARAMETER = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("doctype", [BILLION_LAUGHS, EXTERNAL, PARAMETER])
def test_entities_are_refused_and_the_rest_is_read(kind: str, doctype: str) -> None:
    text = xmp_packet(alternatives("dc:description", {"x-default": "MARK"}) + simple("photoshop:Credit", "X")).decode()
    body = text[text.index("<x:xmpmeta") : text.index("<?xpacket end")]
    hostile = (doctype + body.replace("MARK", "&l9;" if "l9" in doctype else "Hallo")).encode()
    said = read(labelled(kind, Labels(xmp=hostile, exif={0x010E: b"Aus EXIF"})))
    assert said == PhotoMetadata(caption="Aus EXIF")


def test_every_truncation_of_a_packet_is_harmless() -> None:
    packet = GERMAN.xmp
    whole = read(labelled("JPEG", Labels(xmp=packet)))
    for end in range(1, len(packet), 97):
        said = read(labelled("JPEG", Labels(xmp=packet[:end], exif={0x010E: b"Aus EXIF"})))
        assert said.caption in ("Aus EXIF", whole.caption)


@pytest.mark.parametrize(
    "packet",
    [
        b"\x00",
        b"no xml at all",
        b"<a/>",
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        b"<a>" * 50_000,
        b"<a>" * 50_000 + b"</a>" * 50_000,
        b"\xff\xfe<\x00",
        xmp_packet("").replace(b"rdf:RDF", b"rdf:RDE"),
        xmp_packet("<dc:description><rdf:Alt/></dc:description><dc:creator/>"),
    ],
)
def test_odd_packets_say_nothing(packet: bytes) -> None:
    assert read(labelled("WEBP", Labels(xmp=packet))) == NOTHING


def test_a_packet_beyond_all_measure_is_not_parsed() -> None:
    packet = xmp_packet(simple("photoshop:Headline", "Titel") + " " * 9_000_000)
    assert read(labelled("WEBP", Labels(xmp=packet))) == NOTHING


def test_long_texts_and_lists_are_cut() -> None:
    said = read(
        labelled(
            "WEBP",
            Labels(
                xmp=xmp_packet(
                    alternatives("dc:description", {"x-default": "ä" * 1_000_000})
                    + array("dc:subject", [f"{n} {'x' * 2000}" for n in range(2000)])
                )
            ),
        )
    )
    assert said.caption == "ä" * 20_000
    assert len(said.keywords) == 1000
    assert max(map(len, said.keywords)) == 1000
