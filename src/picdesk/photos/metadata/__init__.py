"""What a photo says about itself: XMP, IPTC-IIM and EXIF, read into one record."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from picdesk.photos.metadata.exif import read_exif
from picdesk.photos.metadata.iptc import read_iptc
from picdesk.photos.metadata.pillow_warnings import quiet_pillow
from picdesk.photos.metadata.xmp import read_xmp
from picdesk.records import PhotoMetadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

__all__ = ["read_metadata"]

_NOTHING = PhotoMetadata()


def read_metadata(image: Image) -> PhotoMetadata:
    """Read what a photo says about itself.

    Field by field XMP goes before IPTC-IIM and IPTC-IIM before EXIF, as the IPTC Photo Metadata Standard and the
    Metadata Working Group advise for readers. Texts are decoded, freed of control characters, and cut to 20,000
    characters; lists keep 1,000 entries of 1,000 characters. Captions that cameras write by themselves and dates on
    which no photo can have been taken count as not said.

    Args:
        image: opened by Pillow, loaded or not. A PNG may keep metadata behind its pixels and is loaded.

    Returns:
        What is said. Broken or hostile metadata counts as not said and never raises; the other blocks still speak.
    """
    quiet_pillow()
    said = [_said(read, image) for read in (_read_xmp, read_iptc, read_exif)]
    said = [one for one in said if one != _NOTHING]
    if len(said) <= 1:
        return said[0] if said else _NOTHING
    first: dict[str, Any] = {
        field.name: next((value for one in said if (value := getattr(one, field.name))), field.default)
        for field in fields(PhotoMetadata)
    }
    return PhotoMetadata(**first)


def _said(read: Callable[[Image], PhotoMetadata], image: Image) -> PhotoMetadata:
    """Read one block; a broken one says nothing."""
    try:
        return read(image)
    except Exception:  # broken metadata makes Pillow and expat raise almost anything; the photo itself is still good
        return _NOTHING


def _read_xmp(image: Image) -> PhotoMetadata:
    """Find the XMP packet and read it."""
    if image.format == "PNG":
        with suppress(Exception):  # broken pixels are not this function's business; what stands before them counts
            image.load()
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    return read_xmp(packet) if isinstance(packet, bytes) and packet else _NOTHING
