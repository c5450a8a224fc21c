"""The bytes of an archive's photos: only these, and only as they were when they were added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import NothingFound, PhotoError
from picdesk.photos.fingerprint import content_id
from picdesk.photos.locate import read_bytes

if TYPE_CHECKING:
    from picdesk.api import Archive
    from picdesk.records import Photo

TYPES = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
    "AVIF": ("image/avif", "avif"),
    "TIFF": ("image/tiff", "tif"),
    "GIF": ("image/gif", "gif"),
    "BMP": ("image/bmp", "bmp"),
    "JPEG2000": ("image/jp2", "jp2"),
}
"""Format of a photo -> media type and ending; any other is sent as bytes without a type."""


def photo_by_id(archive: Archive, photo_id: str) -> Photo:
    """A photo of the archive by its whole id.

    Raises:
        NothingFound: there is none.
    """
    found = archive.photos_of([photo_id]).get(photo_id)
    if found is None:
        raise NothingFound(f"no photo has the id {photo_id[:12]}", "It may have been taken out of the archive.")
    return found


def original_of(photo: Photo) -> bytes:
    """The bytes of a photo, from wherever they still lie.

    What lies there now may be another file: only bytes whose hash is the photo's id are given.

    Raises:
        NothingFound: they lie nowhere any more.
    """
    for uri in (photo.uri, *(place.uri for place in photo.copies)):
        try:
            data = read_bytes(uri)
        except PhotoError:
            continue
        if content_id(data) == photo.id:
            return data
    raise NothingFound(
        f"the original of '{photo.name}' is gone", "Its file was moved, changed or deleted since it was added."
    )
