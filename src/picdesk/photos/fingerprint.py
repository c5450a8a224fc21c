"""What a photo is (a hash of its bytes) and what it looks like (two perceptual hashes)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

_SIDE = 8
_SAMPLES = 32
# First eight rows of the unnormalised DCT-II over 32 samples, the transform that pHash takes along both axes.
_COSINES = 2 * np.cos(np.pi * np.outer(np.arange(_SIDE), 2 * np.arange(_SAMPLES) + 1) / (2 * _SAMPLES))


def content_id(data: bytes) -> str:
    """Name the bytes of a file.

    Args:
        data: the whole file.

    Returns:
        The SHA-256 of the bytes (FIPS 180-4), 64 lower-case hexadecimal digits.
    """
    return hashlib.sha256(data).hexdigest()


def perceptual_hashes(image: Image) -> tuple[int, int]:
    """Hash what a picture looks like, so that near-duplicates lie few bits apart.

    pHash compares 64 low frequencies with their median, dHash compares neighbours along each row
    (Krawetz, "Looks Like It" and "Kind of Like That", hackerfactor.com). Bit for bit what ``phash`` and ``dhash`` of
    imagehash 4.3.2 say, the first bit being the highest; only where frequencies tie with the median but for rounding
    noise (a picture two pixels wide) may imagehash's noise say otherwise.

    Args:
        image: a picture of any size and mode that converts to greyscale.

    Returns:
        ``(pHash, dHash)``, each an unsigned 64-bit integer.
    """
    from PIL.Image import Resampling

    grey = image.convert("L")
    samples = np.asarray(grey.resize((_SAMPLES, _SAMPLES), Resampling.LANCZOS), dtype=np.float64)
    # Rounding makes the frequencies of flat and mirrored pictures true zeros; without it noise would decide their bits.
    frequencies = np.round(_COSINES @ samples @ _COSINES.T, 6)
    rows = np.asarray(grey.resize((_SIDE + 1, _SIDE), Resampling.LANCZOS))
    return _as_integer(frequencies > np.median(frequencies)), _as_integer(rows[:, 1:] > rows[:, :-1])


def _as_integer(bits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    """Read 64 bits, row by row, as an unsigned integer."""
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
