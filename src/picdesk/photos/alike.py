"""Which pictures look the same: few differing bits of both perceptual hashes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

PHASH_BITS, DHASH_BITS = 10, 14
"""Two pictures look the same up to so many differing bits of both hashes: measured on 7,930 news photos, where pairs
within both bounds were true duplicates (a logo added, a slight crop) and those within the first alone were not."""

_BLOCK = 1024


class Hashed(Protocol):
    """Anything with the two hashes of `picdesk.photos.fingerprint.perceptual_hashes`."""

    @property
    def phash(self) -> int:
        """64-bit hash by DCT."""

    @property
    def dhash(self) -> int:
        """64-bit hash by differences."""


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


def alike(one: Hashed, other: Hashed) -> bool:
    """Whether two pictures look the same."""
    differing = (one.phash ^ other.phash).bit_count(), (one.dhash ^ other.dhash).bit_count()
    return differing[0] <= PHASH_BITS and differing[1] <= DHASH_BITS


def find_alike(ones: Sequence[Hashed], others: Sequence[Hashed]) -> Iterator[tuple[int, int]]:
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


def groups_alike(pictures: Sequence[Hashed]) -> list[list[int]]:
    """Pictures that look the same as one another, or as one that looks the same as the other, and so on.

    A picture that was reached leaves those that others are compared with, so that thousands of versions of one picture
    take a thousandth of all their pairs; pictures that are all different take each pair once, in blocks of a thousand.

    Returns:
        Groups of places in the list, each in order, by their first; a picture that is like no other is a group of one.
    """
    versions: dict[tuple[int, int], list[int]] = {}
    for place, picture in enumerate(pictures):
        versions.setdefault((picture.phash, picture.dhash), []).append(place)
    places = list(versions.values())
    hashes = np.array(list(versions), dtype=np.uint64).reshape(-1, 2).T
    groups: list[list[int]] = []
    left = np.arange(len(places))
    while len(left):
        block = left[:_BLOCK]
        alone = _near(hashes, block, left).sum(axis=1) == 1  # itself
        groups += [places[version] for version in block[alone].tolist()]
        left = np.concatenate([block[~alone], left[_BLOCK:]])
        grouped: set[int] = set()
        for seed in block[~alone].tolist():
            if seed not in grouped:
                reached, left = _reached(hashes, seed, left)
                grouped.update(reached)
                groups.append(sorted(place for version in reached for place in places[version]))
    return sorted(groups)


def _reached(hashes: NDArray[np.uint64], seed: int, left: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
    """What looks like a picture, directly or through others, and what is then left of those it was looked for among."""
    found, at = [seed], 0
    left = left[left != seed]
    while at < len(found) and len(left):
        edge = np.array(found[at : at + _BLOCK])
        at += len(edge)
        like = _near(hashes, edge, left).any(axis=0)
        found += left[like].tolist()
        left = left[~like]
    return found, left


def _near(hashes: NDArray[np.uint64], ones: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """``(n, m)``: which look the same, of pictures ``(2, k)`` with both their hashes."""
    phash, dhash = hashes
    near = np.asarray(np.bitwise_count(phash[ones][:, None] ^ phash[others]) <= PHASH_BITS)
    rows = np.flatnonzero(near.any(axis=1))
    near[rows] &= np.bitwise_count(dhash[ones[rows]][:, None] ^ dhash[others]) <= DHASH_BITS
    return near


def _bits(pictures: Sequence[Hashed], name: str) -> NDArray[np.uint64]:
    return np.array([getattr(picture, name) for picture in pictures], dtype=np.uint64)
