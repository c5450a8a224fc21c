"""What EXIF (CIPA DC-008) says about a photo: little about the story, but the camera's clock and orientation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.photos.metadata.dates import moment
from picdesk.photos.metadata.text import clean, clean_caption, decoded, joined
from picdesk.records import PhotoMetadata

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from PIL.Image import Image

_IMAGE_DESCRIPTION = 0x010E
_ORIENTATION = 0x0112
_DATE_TIME = 0x0132
_ARTIST = 0x013B
_COPYRIGHT = 0x8298
_EXIF_IFD = 0x8769
_DATE_TIME_ORIGINAL = 0x9003
_OFFSET_TIME = 0x9010
_OFFSET_TIME_ORIGINAL = 0x9011


def read_exif(image: Image) -> PhotoMetadata:
    """Read the EXIF block.

    Args:
        image: opened by Pillow, which parses the block once and keeps it.

    Returns:
        What it says; nothing where there is none.

    Raises:
        Exception: whatever Pillow raises on a broken block.
    """
    tags = image.getexif()
    if not len(tags):
        return PhotoMetadata()
    # The photographer's and the editor's notice share one field, with a NUL between.
    rights = (_text(tags, _COPYRIGHT) or "").split("\x00")
    return PhotoMetadata(
        caption=clean_caption(_text(tags, _IMAGE_DESCRIPTION)),
        creator=clean(_text(tags, _ARTIST)),
        rights=joined(rights),
        taken=_taken(tags, tags.get_ifd(_EXIF_IFD) if _EXIF_IFD in tags else {}),
    )


def orientation(image: Image) -> int:
    """How the picture lies: EXIF Orientation, 1 (upright) to 8; 1 where nothing sensible is said. Never raises."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # a broken block says nothing, and Pillow raises almost anything over one
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _text(tags: Mapping[int, object], tag: int) -> str | None:
    """Read a text tag; Pillow decodes as Latin-1, so the bytes are won back and decoded as what they are."""
    value = tags.get(tag)
    if isinstance(value, str):
        value = value.encode("latin-1", "replace")
    return decoded(value) if isinstance(value, bytes) else None


def _taken(tags: Mapping[int, object], camera: Mapping[int, object]) -> dt.datetime | None:
    """Take the shutter's time, else the file's."""
    original = moment(_text(camera, _DATE_TIME_ORIGINAL), _text(camera, _OFFSET_TIME_ORIGINAL))
    return original or moment(_text(tags, _DATE_TIME), _text(camera, _OFFSET_TIME))
