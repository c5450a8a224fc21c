"""What IPTC-IIM (version 4.2) says about a photo: the old newsroom block inside JPEG and TIFF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.photos.metadata.dates import moment
from picdesk.photos.metadata.text import clean, clean_caption, clean_entries, decoded, joined
from picdesk.records import PhotoMetadata

if TYPE_CHECKING:
    import datetime as dt

    from PIL.Image import Image

_CODED_CHARACTER_SET = (1, 90)
_UTF_8 = b"\x1b%G"  # the ISO 2022 escape that announces UTF-8
_KEYWORDS = (2, 25)
_INSTRUCTIONS = (2, 40)
_DATE_CREATED = (2, 55)
_TIME_CREATED = (2, 60)
_BYLINE = (2, 80)
_CITY_STATE_COUNTRY = ((2, 90), (2, 95), (2, 101))
_HEADLINE = (2, 105)
_CREDIT = (2, 110)
_COPYRIGHT = (2, 116)
_CAPTION = (2, 120)


def read_iptc(image: Image) -> PhotoMetadata:
    """Read the IPTC-IIM block.

    Args:
        image: opened by Pillow; only JPEG and TIFF carry the block.

    Returns:
        What it says; nothing where there is none. Text is UTF-8 where dataset 1:90 declares it, else UTF-8 if it is
        valid, else Windows-1252.

    Raises:
        Exception: whatever Pillow raises on a broken block.
    """
    if image.format not in ("JPEG", "MPO", "TIFF"):
        return PhotoMetadata()
    from PIL import ImageFile, IptcImagePlugin

    block = IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None
    if not block:
        return PhotoMetadata()
    declared = _UTF_8 in _values(block, _CODED_CHARACTER_SET)

    def texts(dataset: tuple[int, int]) -> list[str]:
        return [value.decode("utf-8", "replace") if declared else decoded(value) for value in _values(block, dataset)]

    def text(dataset: tuple[int, int]) -> str | None:
        return next(iter(texts(dataset)), None)

    return PhotoMetadata(
        caption=clean_caption(text(_CAPTION)),
        headline=clean(text(_HEADLINE)),
        keywords=clean_entries(texts(_KEYWORDS)),
        place=joined(text(dataset) for dataset in _CITY_STATE_COUNTRY),
        creator=joined(texts(_BYLINE)),
        credit=clean(text(_CREDIT)),
        rights=clean(text(_COPYRIGHT)),
        instructions=clean(text(_INSTRUCTIONS)),
        taken=_taken(text(_DATE_CREATED), text(_TIME_CREATED)),
    )


def _values(block: dict[tuple[int, int], bytes | list[bytes]], dataset: tuple[int, int]) -> list[bytes]:
    """List a dataset's values; Pillow gives one as itself, several as a list, and an empty one as ``None``."""
    value = block.get(dataset)
    return [one for one in (value if isinstance(value, list) else [value]) if one]


def _taken(day: str | None, time: str | None) -> dt.datetime | None:
    """Join the two datasets; a time that makes no sense does not take the day with it."""
    return (moment(f"{day} {time}") if time else None) or moment(day)
