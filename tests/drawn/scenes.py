"""Drawn scenes in the manner of news photos: a place, a light, and something that stands in it."""

from __future__ import annotations

import io
import math
import random
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from pathlib import Path

Colour = tuple[int, int, int]


def draw_scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Draw a scene; the same seed gives the same pixels, different seeds give pictures that nobody takes for copies."""
    chance = random.Random(seed)
    width, height = size
    picture = _light(chance, size)
    brush = ImageDraw.Draw(picture)
    horizon = chance.uniform(0.35, 0.8) * height
    slope = chance.uniform(-0.25, 0.25) * height
    brush.polygon([(0, horizon - slope), (width, horizon + slope), (width, height), (0, height)], fill=_colour(chance))
    for _ in range(chance.randint(5, 9)):
        draw = chance.choice((_building, _sun, _person, _flag, _mountain, _car))
        draw(brush, chance, width, height)
    return picture


def jpeg_bytes(image: Image.Image, quality: int = 90, **save_options: Any) -> bytes:
    """Save as JPEG; further options are Pillow's (``exif=``, ``xmp=``, ``progressive=``)."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, **save_options)
    return buffer.getvalue()


def fill_folder(folder: Path, count: int, *, start: int = 0) -> list[Path]:
    """Write ``scene-0000.jpg`` and so on, the number being the scene's seed."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"scene-{seed:04d}.jpg" for seed in range(start, start + count)]
    for seed, path in enumerate(paths, start):
        path.write_bytes(jpeg_bytes(draw_scene(seed)))
    return paths


def _colour(chance: random.Random) -> Colour:
    return chance.randint(0, 255), chance.randint(0, 255), chance.randint(0, 255)


def _light(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Four coloured corners, blended."""
    corners = Image.new("RGB", (2, 2))
    for x in (0, 1):
        for y in (0, 1):
            corners.putpixel((x, y), _colour(chance))
    return corners.resize(size, Image.Resampling.BILINEAR)


def _spot(chance: random.Random, width: int, height: int) -> tuple[float, float, float]:
    """Somewhere in the picture, and a size."""
    return chance.uniform(0, width), chance.uniform(0.1, 0.9) * height, chance.uniform(0.12, 0.45) * min(width, height)


def _building(brush: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    x, y, size = _spot(chance, width, height)
    wall, window = _colour(chance), _colour(chance)
    tall = size * chance.uniform(0.8, 2.2)
    brush.rectangle((x - size / 2, y - tall / 2, x + size / 2, y + tall / 2), fill=wall)
    for row in range(5):
        for column in range(3):
            left, top = x - size * (0.4 - 0.3 * column), y - tall * (0.45 - 0.18 * row)
            brush.rectangle((left, top, left + size * 0.15, top + tall * 0.1), fill=window)


def _sun(brush: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    x, y, size = _spot(chance, width, height)
    brush.ellipse((x - size / 2, y - size / 2, x + size / 2, y + size / 2), fill=_colour(chance))


def _person(brush: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    x, y, size = _spot(chance, width, height)
    brush.ellipse((x - size * 0.2, y - size * 0.7, x + size * 0.2, y - size * 0.3), fill=_colour(chance))
    brush.polygon(
        [(x, y - size * 0.35), (x + size * 0.4, y + size), (x - size * 0.4, y + size)],
        fill=_colour(chance),
    )


def _flag(brush: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    x, y, size = _spot(chance, width, height)
    for stripe in range(3):
        top = y + stripe * size / 3
        brush.rectangle((x - size * 0.7, top, x + size * 0.7, top + size / 3), fill=_colour(chance))


def _mountain(brush: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    x, y, size = _spot(chance, width, height)
    lean = chance.uniform(-0.5, 0.5) * size
    brush.polygon([(x + lean, y - size), (x + size, y + size * 0.5), (x - size, y + size * 0.5)], fill=_colour(chance))


def _car(brush: ImageDraw.ImageDraw, chance: random.Random, width: int, height: int) -> None:
    x, y, size = _spot(chance, width, height)
    brush.rounded_rectangle((x - size, y - size * 0.3, x + size, y + size * 0.2), size * 0.1, fill=_colour(chance))
    for side in (-1, 1):
        wheel = x + side * size * math.sqrt(0.3)
        brush.ellipse((wheel - size * 0.2, y, wheel + size * 0.2, y + size * 0.4), fill=_colour(chance))
