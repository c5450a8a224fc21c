"""Photos made small, of a few sizes, kept on disk."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from picdesk.encoders.cache import writable_cache
from picdesk.errors import NothingFound, PhotoError
from picdesk.photos.decode import decode

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.records import Photo

EDGES = (160, 320, 640, 1280)
"""Longest edges that there are, in pixels: nobody can have the disk filled with others."""
MEDIA_TYPE = "image/webp"
MOST = 2_000_000_000
"""Bytes on disk; past that the pictures that were not asked for the longest time go."""
_LOOK = 500
"""Pictures that are made before the size of the folder is looked at again."""


def thumbnail_url(photo_id: str, edge: int = 320) -> str:
    """Where a small picture is.

    >>> thumbnail_url("ab12", 160)
    '/api/v1/photos/ab12/thumbnails/160'
    """
    return f"/api/v1/photos/{photo_id}/thumbnails/{edge}"


def etag_of(photo_id: str, edge: int) -> str:
    """The tag of a small picture: its photo's bytes, its size and how it is made."""
    return f'"{photo_id[:32]}-{edge}-1"'


class Thumbnails:
    """Small pictures of an archive's photos, as WebP.

    Args:
        folder: where they are kept; ``None`` for the user's cache. Where nothing can be written they are made each
            time.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or writable_cache("thumbnails")
        self._made = 0

    def find(self, photo_id: str, edge: int) -> bytes | None:
        """A picture that was made before."""
        if self._folder is None:
            return None
        path = self.path(self._folder, photo_id, edge)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        # The time of its last use; reading alone does not set it on most disks.
        with suppress(OSError):
            os.utime(path)
        return data or None

    def make(self, photo: Photo, original: bytes, edge: int) -> bytes:
        """Make a picture and keep it.

        Args:
            photo: whose it is.
            original: its bytes.
            edge: one of ``EDGES``.

        Raises:
            NothingFound: the original cannot be decoded any more.
        """
        try:
            data = small_webp(original, edge)
        except PhotoError as error:
            raise NothingFound(f"'{photo.name}' cannot be shown: {error.message}", error.hint) from None
        if self._folder is not None:
            path = self.path(self._folder, photo.id, edge)
            part = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                part.write_bytes(data)
                part.replace(path)
            self._made += 1
            if self._made % _LOOK == 0:
                self._prune(self._folder)
        return data

    @staticmethod
    def path(folder: Path, photo_id: str, edge: int) -> Path:
        """Where a small picture is kept, by a digest of what was asked for: no text from outside is part of a path."""
        name = hashlib.sha256(f"{photo_id} {edge} 1".encode()).hexdigest()
        return folder / name[:2] / f"{name[2:42]}.webp"

    @staticmethod
    def _prune(folder: Path) -> None:
        kept = []
        for path in folder.glob("??/*.webp"):
            with suppress(OSError):
                status = path.stat()
                kept.append((status.st_mtime, status.st_size, path))
        size = sum(each for _, each, _ in kept)
        least = size if size <= MOST else 0.9 * MOST
        for _, each, path in sorted(kept):
            if size <= least:
                break
            with suppress(OSError):
                path.unlink()
            size -= each


def small_webp(data: bytes, edge: int) -> bytes:
    """A photo as WebP without metadata, its longest edge ``edge`` pixels at most.

    Raises:
        PhotoError: it is no picture that can be read.
    """
    from PIL import Image

    picture = decode(data, smallest_side=edge).image
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
    drawn = io.BytesIO()
    picture.save(drawn, "WEBP", quality=78, method=2)
    return drawn.getvalue()
