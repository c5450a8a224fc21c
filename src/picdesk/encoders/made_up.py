"""Images and texts for measuring, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_SIZE = (320, 240)
_SHAPES = 6
_WHO = ("minister", "striker", "farmer", "court", "singer", "police", "storm", "company", "mayor", "pilot", "crowd")
_DOES = ("opens", "visits", "wins", "stops", "blames", "rescues", "sells", "repairs", "celebrates", "follows", "paints")
_WHAT = ("a bridge", "the harbour", "two dogs", "an old castle", "the budget", "a stadium", "wild horses", "a red car")
_WHERE = ("in Leipzig", "near the coast", "after heavy rain", "on Tuesday", "at night", "in a small village")


def made_up_image(number: int) -> Image.Image:
    """Clouds of colour with a few shapes on them, 320 by 240.

    Args:
        number: another number, another image.
    """
    from PIL import Image, ImageDraw

    generator = np.random.default_rng(number)
    grid = generator.integers(0, 256, (*generator.integers(2, 9, 2), 3), dtype=np.uint8)
    image = Image.fromarray(grid).resize(_SIZE, Image.Resampling.BICUBIC)
    pencil = ImageDraw.Draw(image)
    for _ in range(int(generator.integers(1, _SHAPES))):
        left, top = generator.integers(0, _SIZE[0] - 20), generator.integers(0, _SIZE[1] - 20)
        right, bottom = left + generator.integers(8, 120), top + generator.integers(8, 120)
        draw = pencil.ellipse if generator.random() < 0.5 else pencil.rectangle
        colour = tuple(int(shade) for shade in generator.integers(0, 256, 3))
        draw((int(left), int(top), int(right), int(bottom)), fill=colour)
    return image


def made_up_text(number: int) -> str:
    """One to three plain sentences, no two the same.

    Args:
        number: another number, another text.
    """
    generator = np.random.default_rng(number)
    parts = [
        " ".join(str(generator.choice(words)) for words in (_WHO, _DOES, _WHAT, _WHERE))
        for _ in range(int(generator.integers(1, 4)))
    ]
    return f"{'. The '.join(parts).capitalize()}, report {number}."
