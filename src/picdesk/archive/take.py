"""One photo, from where it was found to everything the archive wants of it short of its vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from picdesk.archive.schema import METADATA_FIELDS, metadata_row, now
from picdesk.errors import PhotoError
from picdesk.photos.decode import decode
from picdesk.photos.fingerprint import content_id, perceptual_hashes
from picdesk.photos.locate import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from picdesk.archive.known import Known
    from picdesk.photos.sources import Found
    from picdesk.records import PhotoMetadata

SMALLEST_SIDE = 448
"""Pixels that decoding keeps at least, so that perceptual hashes do not depend on the encoder."""


class Eye(Protocol):
    """What of an encoder makes its input ready; it may be far from the weights."""

    @property
    def image_side(self) -> int | None:
        """Pixels of the larger edge of the input image."""

    def prepare_image(self, image: Image.Image) -> NDArray[np.uint8]:
        """Resize and cut one image: ``(3, height, width)`` uint8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A photo that was read.

    Attributes:
        found: where.
        id: SHA-256 of its bytes.
        row: its columns in table ``photos``, without vectors; of its words, what the source says, and where that is
            silent, what the file says.
        lacks: the vector columns that the photo had nothing in when it was read.
        pixels: ``(3, h, w)`` uint8 for each of these; none once they have been encoded elsewhere.
    """

    found: Found
    id: str
    row: dict[str, Any]
    lacks: tuple[str, ...]
    pixels: Mapping[str, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was not taken, and why."""

    found: Found
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOut:
    """A file whose photo was taken out on request."""

    found: Found


Result = Taken | Refused | KeptOut


def take(found: Found, known: Known, encoders: Mapping[str, Eye]) -> Result:
    """Read, hash, decode and prepare one photo. Runs in worker threads; never raises because of the photo.

    Args:
        found: the photo.
        known: what the archive has; asked for what it keeps out and lacks alone.
        encoders: the encoder of each wanted vector column.
    """
    try:
        data = found.read()
        photo_id = content_id(data)
        if known.keeps_out(photo_id):
            return KeptOut(found=found)
        decoded = decode(data, smallest_side=decoding_side(encoders.values()))
        metadata = said_first(found.given, decoded.metadata)
        phash, dhash = perceptual_hashes(decoded.image)
        pixels = {column: encoders[column].prepare_image(decoded.image) for column in known.lacks(photo_id)}
    except PhotoError as error:
        return Refused(found=found, reason=error.message)
    except Exception as error:
        # One file must not end a night's run, whatever is wrong with it; the reason is recorded.
        return Refused(found=found, reason=f"unexpected {type(error).__name__}: {one_line(error)}")
    row = {
        "id": photo_id,
        "name": found.name,
        "uri": found.uri,
        "stamps": [found.stamp],
        "bytes": len(data),
        "format": decoded.format,
        "width": decoded.width,
        "height": decoded.height,
        "file_words": found.file_words,
        "phash": phash,
        "dhash": dhash,
        "added": now(),
        **metadata_row(metadata),
        "copy_uris": [],
        "copy_names": [],
    }
    return Taken(found=found, id=photo_id, row=row, lacks=tuple(pixels), pixels=pixels)


def decoding_side(encoders: Iterable[Eye]) -> int:
    """Pixels that a picture's shorter side keeps when it is decoded for some encoders: twice what they look at."""
    return decoding_side_for(*(encoder.image_side or 0 for encoder in encoders))


def decoding_side_for(*image_sides: int) -> int:
    """The same for inputs of so many pixels, so that a photo has the same pixels wherever it is decoded."""
    return max([SMALLEST_SIDE, *(2 * side for side in image_sides)])


def said_first(first: PhotoMetadata, second: PhotoMetadata) -> PhotoMetadata:
    """What ``first`` says, and where it is silent, what ``second`` says."""
    return replace(second, **{name: value for name in METADATA_FIELDS if (value := getattr(first, name))})
