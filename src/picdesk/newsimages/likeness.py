"""What a picture is, by its bytes, and what it looks like."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from picdesk.errors import PhotoError
from picdesk.photos.alike import Likeness
from picdesk.photos.decode import decode
from picdesk.photos.fingerprint import content_id, perceptual_hashes
from picdesk.photos.locate import read_bytes, to_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def likeness_of(data: bytes) -> Likeness:
    """What a file's picture is and looks like.

    Raises:
        PhotoError: it is no picture that can be read.
    """
    phash, dhash = perceptual_hashes(decode(data).image)
    return Likeness(content_id(data), phash, dhash)


def read_likenesses(paths: Iterable[Path]) -> Iterator[Likeness | str]:
    """Of each file its likeness, or one line saying why it has none; several are read at a time."""

    def read(path: Path) -> Likeness | str:
        try:
            return likeness_of(read_bytes(to_uri(path)))
        except PhotoError as error:
            return error.message

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(read, paths)
