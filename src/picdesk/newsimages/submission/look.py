"""What a submitted picture looks like: its hashes without the transparent frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picdesk.photos.alike import DHASH_BITS, PHASH_BITS
from picdesk.photos.fingerprint import perceptual_hashes

if TYPE_CHECKING:
    from PIL.Image import Image


def look_of(image: Image) -> tuple[int, int]:
    """The pHash and dHash of what a picture shows; a transparent frame does not count.

    Args:
        image: of any mode that turns into RGB.
    """
    if not image.has_transparency_data:
        return perceptual_hashes(image.convert("RGB"))
    from PIL import Image as Pillow

    layer = image.convert("RGBA")
    shown = layer.crop(layer.getchannel("A").getbbox() or (0, 0, *layer.size))
    flat = Pillow.new("RGB", shown.size, "white")
    flat.paste(shown, mask=shown.getchannel("A"))
    return perceptual_hashes(flat)


class Looks:
    """Pictures met so far, by what they look like and what they are called."""

    def __init__(self) -> None:
        self._hashes = np.zeros((2, 64), dtype=np.uint64)
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str, look: tuple[int, int]) -> None:
        """Remember a picture."""
        if len(self._names) == self._hashes.shape[1]:
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)], axis=1)
        self._hashes[:, len(self._names)] = look
        self._names.append(name)

    def first_like(self, look: tuple[int, int]) -> str | None:
        """The first picture met that looks the same; ``None`` where there is none."""
        bits = np.bitwise_count(self._hashes[:, : len(self._names)] ^ np.array(look, dtype=np.uint64)[:, None])
        alike = np.flatnonzero((bits[0] <= PHASH_BITS) & (bits[1] <= DHASH_BITS))
        return self._names[alike[0]] if alike.size else None
