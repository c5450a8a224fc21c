"""Drawn scenes, each with a headline that says what is in it, and a category: the same on every machine."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from PIL import Image

TABLE = "scenes.csv"

COLOURS = {"red": (220, 40, 40), "green": (40, 170, 60), "blue": (50, 70, 220), "yellow": (240, 220, 50)}
COLOURS |= {"pink": (250, 150, 200), "cyan": (60, 210, 230)}
THINGS = {"house": "homes", "sun": "weather", "tower": "city", "tent": "travel", "car": "traffic"}
"""What is drawn, and its category."""
PLACES = {"north": (0.5, 0.3), "south": (0.5, 0.7), "west": (0.3, 0.5), "east": (0.7, 0.5)}

_SIDE = 64


def draw_scenes(folder: Path, count: int, generator: np.random.Generator) -> Path:
    """Draw pictures into ``images`` and write a table of them, which `picdesk.train.pairs` reads.

    Args:
        folder: exists.
        count: how many; all combinations come equally often.
        generator: where chance comes from.

    Returns:
        The table: id, headline, image, category, paraphrases.
    """
    every = [(colour, thing, place) for colour in COLOURS for thing in THINGS for place in PLACES]
    (folder / "images").mkdir(exist_ok=True)
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "headline", "image", "category", "paraphrases"])
        for number in range(count):
            if number % len(every) == 0:
                order = generator.permutation(len(every))
            colour, thing, place = every[order[number % len(every)]]
            name = f"scene-{number:05d}"
            draw_scene(colour, thing, place, generator).save(folder / "images" / f"{name}.png")
            said = f"a {place} {thing} seen {colour}"
            table.writerow([number, f"{colour} {thing} in the {place}", name, THINGS[thing], said])
    return folder / TABLE


def draw_scene(colour: str, thing: str, place: str, generator: np.random.Generator) -> Image.Image:
    """A picture of 64 by 64 pixels: one thing of one colour in one place, on light ground."""
    from PIL import Image, ImageDraw

    ground = int(generator.integers(190, 231))
    picture = Image.new("RGB", (_SIDE, _SIDE), (ground,) * 3)
    brush = ImageDraw.Draw(picture)
    x, y = (_SIDE * part + float(generator.uniform(-3, 3)) for part in PLACES[place])
    size, fill = float(generator.uniform(12, 17)), COLOURS[colour]
    if thing == "sun":
        brush.ellipse((x - size, y - size, x + size, y + size), fill=fill)
    elif thing == "tent":
        brush.polygon([(x, y - size), (x + size, y + size), (x - size, y + size)], fill=fill)
    else:
        left, top, right, bottom = _BOXES[thing]
        brush.rectangle((x + left * size, y + top * size, x + right * size, y + bottom * size), fill=fill)
    if thing == "car":
        for side in (-1, 1):
            brush.ellipse((x + side * size - 4, y, x + side * size + 4, y + 8), fill=(90, 90, 90))
    return picture


_BOXES = {"house": (-1, -0.5, 1, 1), "tower": (-0.25, -1.4, 0.25, 1.4), "car": (-1.4, -0.33, 1.4, 0.2)}
"""Left, top, right and bottom of what is a box, in sizes from its centre."""
