"""A small newsroom: photos with captions, and articles of which it is known which photo each got."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.drawn.scenes import draw_scene, jpeg_bytes

PLACES = ("Oslo", "Lima", "Cairo", "Quito", "Delhi", "Kyoto", "Sofia", "Minsk")
THINGS = ("fire", "flood", "strike", "election", "parade", "trial", "storm", "match")


@dataclass(frozen=True)
class Newsroom:
    """Where its files are.

    Attributes:
        photos: a list of 64 captioned photos.
        articles: a table of articles, each with its photo.
    """

    photos: Path
    articles: Path


def open_newsroom(folder: Path, articles: int = 120) -> Newsroom:
    """Write the files. Headlines name place and thing, but in every third the photo that was taken is another one."""
    chance = np.random.default_rng(0)
    folder.mkdir()
    captions = [f"{thing} in {place}" for place in PLACES for thing in THINGS]
    rows = []
    for number, caption in enumerate(captions):
        (folder / f"{number}.jpg").write_bytes(jpeg_bytes(draw_scene(number, (96, 72))))
        rows.append(json.dumps({"file": f"{number}.jpg", "id": f"p{number}", "caption": caption}))
    (folder / "list.jsonl").write_text("\n".join(rows), encoding="utf-8")
    table = folder / "articles.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["article_id", "article_title", "image_id"])
        for number in range(articles):
            photo = int(chance.integers(len(captions)))
            clear = bool(chance.random() < 0.5)
            thing, _, place = captions[photo].split(" ")
            headline = f"Reports of a {thing} near {place}" if clear else f"What comes after the {thing}"
            chosen = photo if chance.random() < 0.8 else int(chance.integers(len(captions)))
            writer.writerow([f"a{number}", headline, f"p{chosen}"])
    return Newsroom(folder / "list.jsonl", table)
