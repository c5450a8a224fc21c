"""The organisers' own photos, to know them again."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from picdesk.errors import InputError, PhotoError
from picdesk.newsimages.editions.photo_files import find_photo_files
from picdesk.newsimages.submission.fit import crop
from picdesk.newsimages.submission.look import Looks, look_of
from picdesk.photos.decode import decode
from picdesk.photos.locate import printable, read_bytes, to_uri

if TYPE_CHECKING:
    from pathlib import Path

_SAME_SHAPE = 0.03


def read_originals(folder: Path, size: tuple[int, int]) -> Looks:
    """What the photos of a folder look like, three folders deep at most; files that are no pictures are passed over.

    A photo of another shape is remembered twice: as it is, and cut to the benchmark's shape.

    Args:
        folder: the organisers' photos.
        size: pixels of a submitted picture, width and height.

    Raises:
        InputError: there is no photo in it.
    """

    def read(path: Path) -> list[tuple[int, int]]:
        try:
            photo = decode(read_bytes(to_uri(path))).image
        except PhotoError:
            return []
        same_shape = abs(photo.width * size[1] / (photo.height * size[0]) - 1) < _SAME_SHAPE
        return [look_of(photo)] if same_shape else [look_of(photo), look_of(crop(photo, size))]

    looks, files = Looks(), find_photo_files(folder)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, found in zip(files, pool.map(read, files.values()), strict=True):
            for look in found:
                looks.add(name, look)
    if not len(looks):
        raise InputError(f"no photo in {printable(str(folder))}", "Name the folder newsimages of the data set.")
    return looks
