"""All photos below a prefix of an object store: what a folder is on a disk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from picdesk.errors import SourceError, StorageUnavailable
from picdesk.photos.locate import read_bytes, shown
from picdesk.photos.sources.found import found
from picdesk.photos.sources.kinds import OTHER_ENDINGS, PHOTO_ENDINGS, ending, is_image, is_passed_over
from picdesk.photos.words import file_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from picdesk.objects import ObjectPath
    from picdesk.objects.object_path import ObjectStatus
    from picdesk.photos.sources.found import Found


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every photo below ``root``, in the order of the keys; what is hidden is passed over, as in a folder.

    The listing says sizes and times, so that a run that goes on asks nothing about photos it knows.
    """

    root: ObjectPath

    @property
    def label(self) -> str:
        """What messages call the source."""
        return shown(self.root.as_uri())

    def __iter__(self) -> Iterator[Found]:
        for place, status in _walk(self.root):
            uri = place.as_uri()
            yield found(
                uri=uri,
                name=place.stem,
                file_words=file_words(place.name),
                size=status.st_size,
                changed=status.st_mtime_ns,
                read=partial(read_bytes, uri),
            )

    def count(self) -> None:
        """Not known before the prefix is listed, a thousand objects a request."""


def open_prefix(where: ObjectPath) -> Prefix:
    """A prefix as a source.

    Raises:
        SourceError: nothing lies below it.
        StorageUnavailable: its store does not answer, or does not let us in.
    """
    if not where.is_dir():
        raise SourceError(f"no object lies below {shown(where.as_uri())}", "Check the address.")
    return Prefix(where)


def _walk(root: ObjectPath) -> Iterator[tuple[ObjectPath, ObjectStatus]]:
    above = len(root.address.key)
    try:
        for place, status in root.walk():
            below = place.address.key[above:].strip("/").split("/")
            if not any(map(is_passed_over, below)) and _is_photo(place, status):
                yield place, status
    except StorageUnavailable as error:
        raise SourceError(error.message, error.hint) from None


def _is_photo(place: ObjectPath, status: ObjectStatus) -> bool:
    """As of a file: by its ending, or by its first bytes; one that cannot be looked into is refused by name."""
    kind = ending(place.name)
    if kind in PHOTO_ENDINGS:
        return True
    if kind in OTHER_ENDINGS or not status.st_size:
        return False
    try:
        return is_image(place.read_span(0, min(16, status.st_size), status.tag))
    except (OSError, StorageUnavailable):
        return True
