"""An object read piece by piece, as a file is."""

from __future__ import annotations

import errno
from io import RawIOBase
from typing import TYPE_CHECKING, Any

from picdesk.errors import StorageUnavailable

if TYPE_CHECKING:
    from picdesk.objects.object_path import ObjectPath, ObjectStatus


class ObjectReader(RawIOBase):
    """An object as a file that is read piece by piece, each piece by a request of its own.

    Args:
        place: the object.
        status: of the object that is to be read; another that takes its place meanwhile is an error.
    """

    def __init__(self, place: ObjectPath, status: ObjectStatus) -> None:
        self.status = status
        self._place = place
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Bytes from the beginning."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; nothing is fetched."""
        self._at = max(0, offset + (0, self._at, self.status.st_size)[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fetch as much as there is room for."""
        size = min(len(buffer), max(0, self.status.st_size - self._at))
        try:
            data = self._place.read_span(self._at, size, self.status.tag)
        except StorageUnavailable as error:
            raise OSError(errno.EIO, error.message) from None  # what readers of files expect
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
