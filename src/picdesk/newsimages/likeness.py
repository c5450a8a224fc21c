"""Which pictures are the same: by their bytes, or by what they look like."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from picdesk.errors import PhotoError
from picdesk.photos.decode import decode
from picdesk.photos.fingerprint import content_id, perceptual_hashes
from picdesk.photos.locate import read_bytes, to_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PHASH_BITS, DHASH_BITS = 10, 14
"""Two pictures look the same up to so many differing bits of both hashes: measured on 7,930 news photos, where pairs
within both bounds were true duplicates (a logo added, a slight crop) and those within the first alone were not."""

_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a picture is and looks like.

    Attributes:
        id: SHA-256 of the file's bytes.
        phash: 64-bit hash by DCT.
        dhash: 64-bit hash by differences.
    """

    id: str
    phash: int
    dhash: int


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


def alike(one: Likeness, other: Likeness) -> bool:
    """Whether two pictures look the same."""
    differing = (one.phash ^ other.phash).bit_count(), (one.dhash ^ other.dhash).bit_count()
    return differing[0] <= PHASH_BITS and differing[1] <= DHASH_BITS


def find_alike(ones: Sequence[Likeness], others: Sequence[Likeness]) -> Iterator[tuple[int, int]]:
    """Pairs that look the same, as places in the two lists, in order.

    Every pair is compared, in blocks of a thousand, so that memory stays below some megabytes a thousand ``others``.
    """
    their_phash, their_dhash = _bits(others, "phash"), _bits(others, "dhash")
    for start in range(0, len(ones), _BLOCK):
        block = ones[start : start + _BLOCK]
        near = np.bitwise_count(_bits(block, "phash")[:, None] ^ their_phash) <= PHASH_BITS
        rows, columns = np.nonzero(near)
        differing = np.bitwise_count(_bits(block, "dhash")[rows] ^ their_dhash[columns])
        for row, column in zip(rows[differing <= DHASH_BITS], columns[differing <= DHASH_BITS], strict=True):
            yield start + int(row), int(column)


def _bits(pictures: Sequence[Likeness], name: str) -> NDArray[np.uint64]:
    return np.array([getattr(picture, name) for picture in pictures], dtype=np.uint64)
