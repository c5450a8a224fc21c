"""A data set of the 2025 edition made of drawn scenes, models beside it, and a recipe of every kind of stage."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from picdesk.recipes.scenes import draw_scenes
from tests.tiny import build_clip


@dataclass(frozen=True)
class World:
    """Where data and models lie."""

    data: Path
    models: Path


def make_world(folder: Path, articles: int = 90) -> World:
    """Write ``data/drawn25`` and ``models/reader``, ``models/seer``, ``models/knows-colours``."""
    data, scratch = folder / "data" / "drawn25", folder / "scratch"
    (data / "newsimages").mkdir(parents=True)
    scratch.mkdir()
    with draw_scenes(scratch, articles, np.random.default_rng(3)).open(encoding="utf-8") as file:
        scenes = list(csv.DictReader(file))
    with (data / "newsarticles.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["article_id", "article_url", "article_title", "article_tags", "image_id", "image_url"])
        for number, scene in enumerate(scenes):
            (scratch / "images" / f"{scene['image']}.png").rename(data / "newsimages" / f"IMG{number:03d}.png")
            words = scene["headline"].replace(" ", "-")
            url = f"https://example.org/{words if number % 3 else 'picture'}.png"
            table.writerow([number, f"https://example.org/{number}", scene["headline"], "", f"IMG{number:03d}", url])
    models = folder / "models"
    models.mkdir()
    build_clip(models / "knows-colours")
    build_clip(models / "reader", dimension=18, sides=("textual",), text_input="input_ids")
    build_clip(models / "seer", seed=7, dimension=24, sides=("visual",))
    return World(folder / "data", models)


ABOUT = """
[about]
title = "A system of drawn scenes"
authors = "Nobody"
event = "Tests"
system = "everything at once"

[cost]
gigabytes = 0.1
hours = 0.1
machine = "any"

[data.drawn]
kind = "newsimages"
about = "drawn scenes"
ask = "the tests"
folder = "drawn25"
edition = "2025"

[sets.all]
data = "drawn"
first = 60
measures = ["MRR@100", "R@1", "matchIn100"]
"""

SHORT = (
    ABOUT
    + """
[readings.title]
texts = { select = "headline" }

[models.clip]
kind = "catalogue"
encoder = "knows-colours"

[runs.plain]
about = "1: colours"
models = ["clip"]
reading = "title"

[runs.dual]
about = "2: colours and dual softmax"
models = ["clip"]
reading = "title"
dual_softmax = 20.0

[[published]]
name = "Table 1"
source = "the tests"
seen = true
measures = ["MRR@100", "Likes"]
rows = [
    { run = "plain", set = "all", values = [0.25, 4] },
    { run = "dual", values = [nan, 5] },
    { label = "somebody else", values = [0.9, 1] },
]

[stand_in]
stands_for = [{ what = "eyes", by = "colours" }]

[stand_in.runs.dual]
dual_softmax = 5.0
"""
)
"""Nothing is trained: seconds."""

WHOLE = (
    ABOUT
    + """
[data.scenes]
kind = "drawn"
about = "scenes"
scenes = 90

[readings.title]
texts = { select = "headline" }

[models.reader]
kind = "catalogue"
encoder = "reader"

[models.seer]
kind = "catalogue"
encoder = "seer"

[models.joined]
kind = "spaces"
texts = ["reader"]
images = ["seer"]
pairs = ["own"]
reading = "title"

[models.tiny]
kind = "tiny"
pairs = ["scenes"]
epochs = 2

[models.tuned]
kind = "clip"
model = "tiny"
pairs = ["own"]
reading = "title"
recipe = "wise-ft"
settings = { rate = 1e-3, batch = 24, piece = 24, epochs = 2, patience = 0, device = "cpu" }

[models.between]
kind = "blend"
models = ["tiny", "tuned"]
sweep = "0:1:0.5"
pairs = ["own"]
reading = "title"

[models.aligned]
kind = "alignment"
model = "tiny"
pairs = ["scenes"]
reading = "title"
settings = { epochs = 2, batch = 32, device = "cpu" }

[runs.joined]
models = ["joined"]
reading = "title"
words = true
rerank = "tuned"
rerank_depth = 5

[runs.zero-shot]
models = ["tiny"]
reading = "title"
sides = ["test", "train"]

[runs.between]
models = ["between"]
reading = "title"
one_to_one = true

[runs.aligned]
models = ["aligned"]
reading = "title"

[[changes]]
before = "zero-shot"
after = "between"

[submission]
runs = ["joined"]
group = "Drawn"
edition = "2025"
kind = "RET"
"""
)
"""Every kind of stage but ratings."""
