"""A photo of any shape becomes a picture of the benchmark's, without stretching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picdesk.errors import InputError
from picdesk.photos.crops.saliency import salient_box

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PIL.Image import Image


def crop(image: Image, size: tuple[int, int]) -> Image:
    """The part of a photo that draws the eye, in the wanted shape.

    The photo is scaled until it covers the size; what hangs over, on one side, is cut where it matters least.

    Args:
        image: RGB.
        size: pixels, width and height.

    Returns:
        RGB of that size.
    """
    from PIL.Image import Resampling

    return image.resize(size, Resampling.LANCZOS, box=salient_box(image, size))


def pad(image: Image, size: tuple[int, int]) -> Image:
    """The whole photo in the middle, transparent where it leaves room.

    Args:
        image: RGB.
        size: pixels, width and height.

    Returns:
        RGBA of that size.
    """
    from PIL import Image as Pillow

    scale = min(size[0] / image.width, size[1] / image.height)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    canvas = Pillow.new("RGBA", size, (0, 0, 0, 0))
    small = image.resize(inner, Pillow.Resampling.LANCZOS).convert("RGBA")
    canvas.paste(small, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return canvas


FITS: Mapping[str, Callable[[Image, tuple[int, int]], Image]] = {"crop": crop, "pad": pad}
"""How a photo is brought into shape."""


def fit_of(name: str) -> Callable[[Image, tuple[int, int]], Image]:
    """A way to bring a photo into shape, by its name.

    Raises:
        InputError: no such way.
    """
    if name not in FITS:
        raise InputError(f"there is no fit {name!r}", f"There are: {', '.join(FITS)}.")
    return FITS[name]
