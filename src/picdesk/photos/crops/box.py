"""A crop as values: the part of a photo that is kept, in shares of its sides, so that it fits a copy of any size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picdesk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class CropBox:
    """Part of a photo, as it is displayed (upright).

    Attributes:
        left: share of the width, 0 to 1.
        top: share of the height.
        right: share of the width, more than ``left``.
        bottom: share of the height, more than ``top``.

    Raises:
        InputError: it is no part of a photo.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        sides = (self.left, self.top, self.right, self.bottom)
        inside = all(math.isfinite(side) and -_SLACK <= side <= 1 + _SLACK for side in sides)
        if not inside or self.left >= self.right or self.top >= self.bottom:
            raise InputError(
                f"{', '.join(f'{side:g}' for side in sides)} is no part of a photo",
                "Give left, top, right and bottom, each from 0 to 1.",
            )
        for name, side in zip(("left", "top", "right", "bottom"), sides, strict=True):
            object.__setattr__(self, name, min(1.0, max(0.0, side)))

    @property
    def width(self) -> float:
        """Share of the photo's width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Share of the photo's height."""
        return self.bottom - self.top

    @property
    def sides(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.left, self.top, self.right, self.bottom

    def edges(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Left, top, right and bottom in pixels of a copy of that size, between pixels where they fall there."""
        width, height = size
        return self.left * width, self.top * height, self.right * width, self.bottom * height

    def pixels(self, size: tuple[int, int], shape: tuple[int, int] | None = None) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in whole pixels, one at least each way.

        Args:
            size: of the photo, width and height.
            shape: width to height that is wanted; the crop is as close to it as whole pixels are.
        """
        left, top, right, bottom = self.edges(size)
        width, height = max(1, round(right - left)), max(1, round(bottom - top))
        if shape is not None:
            height = min(size[1], max(1, round(width * shape[1] / shape[0])))
        first = min(round(left), size[0] - width), min(round(top), size[1] - height)
        return first[0], first[1], first[0] + width, first[1] + height

    def holds(self, other: Sequence[float]) -> float:
        """The share of another box (left, top, right, bottom) that is in this one."""
        across = min(self.right, other[2]) - max(self.left, other[0])
        down = min(self.bottom, other[3]) - max(self.top, other[1])
        whole = (other[2] - other[0]) * (other[3] - other[1])
        return max(0.0, across) * max(0.0, down) / whole if whole else 0.0


WHOLE = CropBox(0.0, 0.0, 1.0, 1.0)


def largest(size: tuple[int, int], shape: tuple[int, int]) -> tuple[float, float]:
    """Width and height, as shares, of the largest box of a shape in a photo of a size."""
    wide = shape[0] / shape[1] * size[1] / size[0]
    return (1.0, 1 / wide) if wide >= 1 else (wide, 1.0)


def around(focus: tuple[float, float], size: tuple[int, int], shape: tuple[int, int], zoom: float = 1.0) -> CropBox:
    """The box of a shape that has a point as near to its middle as the photo's edges let it.

    Args:
        focus: shares of width and height.
        size: of the photo, pixels.
        shape: width to height.
        zoom: 1 for the largest box, 2 for one of half its sides.

    Raises:
        InputError: a zoom below 1.
    """
    if not zoom >= 1:
        raise InputError(f"a zoom of {zoom:g} shows more than the photo", "Give 1 or more.")
    width, height = (side / zoom for side in largest(size, shape))
    left = min(max(focus[0] - width / 2, 0.0), 1 - width)
    top = min(max(focus[1] - height / 2, 0.0), 1 - height)
    return CropBox(left, top, left + width, top + height)
